// SPDX-License-Identifier: MIT
#include "understudy/manual/key_list.h"

#include <cstddef>
#include <sstream>

namespace understudy {
namespace {

constexpr std::size_t longest_line = 78;

std::string escaped(std::string_view text) {
  std::string out;
  bool in_code = false;
  for (const char c : text) {
    switch (c) {
      case '`':
        in_code = !in_code;
        out += in_code ? "\\fB" : "\\fR";
        break;
      case '\\': out += "\\e"; break;
      case '^': out += "\\(ha"; break;
      case '~': out += "\\(ti"; break;
      default: out += c;
    }
  }
  return out;
}

bool ends_sentence(const std::string& word) {
  return word.ends_with('.') || word.ends_with(".\\fR");
}

// "Default: 3; `original`: 1." and the like.
std::string remark(std::string_view what, const std::string& text) {
  return text.empty() ? "" : " " + std::string(what) + ": " + text + ".";
}

std::string entry(const KeyInWords& key) {
  const std::string range = key.type.empty() || key.range.empty() ? key.range : ", " + key.range;
  return ".It Ic " + key.name + "\n" +
         in_mdoc(key.meaning + remark("Value", key.type + range) +
                 remark("Default", key.standard)) +
         "\n";
}

}  // namespace

std::string in_mdoc(std::string_view text) {
  std::istringstream words(escaped(text));
  std::string out;
  std::string line;
  const auto end_line = [&] {
    if (line.empty()) return;
    // A line that begins so would be a request to the formatter.
    if (line.front() == '.' || line.front() == '\'') line.insert(0, "\\&");
    out += (out.empty() ? "" : "\n") + line;
    line.clear();
  };
  for (std::string word; words >> word;) {
    if (line.size() + 1 + word.size() > longest_line) end_line();
    line += (line.empty() ? "" : " ") + word;
    if (ends_sentence(word)) end_line();
  }
  end_line();
  return out;
}

std::string key_list(std::span<const KeyInWords> keys) {
  std::string text;
  std::string table;
  for (const KeyInWords& key : keys) {
    if (key.table != table) {
      if (!table.empty()) text += ".El\n";
      table = key.table;
      text += ".Ss \\(lB" + table + "\\(rB\n.Bl -tag -width Ds\n";
    }
    text += entry(key);
  }
  return text.empty() ? text : text + ".El\n";
}

}  // namespace understudy
