// SPDX-License-Identifier: MIT
#include "understudy/scenario/spelling.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

namespace understudy {
namespace {

// The optimal string alignment distance: letters put in, left out, exchanged, swapped.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t exchange = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({exchange, last[j] + 1, row[j - 1] + 1});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
    before.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

}  // namespace

std::string toml_string(std::string_view text) {
  constexpr std::string_view hex = "0123456789ABCDEF";
  std::string out = "\"";
  for (const char letter : text) {
    const auto byte = static_cast<unsigned char>(letter);
    if (letter == '"' || letter == '\\') {
      out += '\\';
      out += letter;
    } else if (byte < 0x20 || byte == 0x7f) {
      out += "\\u00";
      out += hex[byte >> 4];
      out += hex[byte & 15];
    } else {
      out += letter;
    }
  }
  return out + '"';
}

std::string shortened(std::string text, std::size_t most) {
  if (text.size() <= most) return text;
  std::size_t end = most;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;  // UTF-8
  text.resize(end);
  return text + "...";
}

std::string in_quotes(std::string_view text) {
  return toml_string(shortened(std::string(text), longest_shown));
}

std::string as_name(std::string_view text) {
  constexpr std::string_view bare =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
  if (text.empty() || text.find_first_not_of(bare) != std::string_view::npos) {
    return in_quotes(text);
  }
  return shortened(std::string(text));
}

std::string listed(std::span<const std::string_view> words, std::string_view conjunction) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) {
      text += i + 1 < words.size() ? ", " : " " + std::string(conjunction) + " ";
    }
    text += words[i];
  }
  return text;
}

std::string_view nearest(std::string_view word, std::span<const std::string_view> words) {
  if (word.size() > longest_shown) return {};
  std::string_view best;
  // Of a short word two wrong letters leave little.
  const std::size_t most = word.size() < 4 ? 1 : std::max<std::size_t>(2, word.size() / 3);
  std::size_t least = most + 1;
  for (const std::string_view candidate : words) {
    const std::size_t edits = distance(word, candidate);
    if (edits >= least) continue;
    least = edits;
    best = candidate;
  }
  return best;
}

}  // namespace understudy
