// SPDX-License-Identifier: MIT
#include "understudy/scenario/trace.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "understudy/scenario/bad_input.h"
#include "understudy/scenario/spelling.h"
#include "understudy/scenario/text_file.h"
#include "understudy/scenario/units.h"

namespace understudy {
namespace {

constexpr std::size_t largest_file = std::size_t{256} << 20;
constexpr std::string_view ping_mark = " time=";

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blank = " \t\r";
  const std::size_t from = text.find_first_not_of(blank);
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(blank) - from + 1);
}

std::string_view unquoted(std::string_view cell) {
  if (cell.size() >= 2 && cell.front() == '"' && cell.back() == '"') {
    cell.remove_prefix(1);
    cell.remove_suffix(1);
  }
  return cell;
}

// "0.123 ms" of "64 bytes from 10.0.0.1: icmp_seq=1 ttl=64 time=0.123 ms (DUP!)"; empty for the
// lines around the answers.
std::string_view ping_span(std::string_view line) {
  const std::size_t mark = line.find(ping_mark);
  if (mark == std::string_view::npos) return {};
  const std::string_view span = line.substr(mark + ping_mark.size());
  const std::size_t unit = span.find(' ');
  if (unit == std::string_view::npos) return span;
  return span.substr(0, span.find(' ', unit + 1));
}

std::string_view csv_span(std::string_view line) {
  return line.starts_with('#') ? std::string_view() : unquoted(line);
}

// A heading has no digit in front; a value that was spoilt mostly does.
bool heading(std::string_view cell) { return cell.find_first_of("0123456789.+-") != 0; }

Duration span_of(std::string_view cell) {
  if (cell.find(',') != std::string_view::npos || cell.find(';') != std::string_view::npos) {
    throw BadInput(in_quotes(cell) + " is more than one column; leave only the spans");
  }
  return measured_span_from_text(cell);
}

// In the order of the file.
std::vector<Duration> spans_in(const TraceText& source) {
  const bool ping = source.text.find(ping_mark) != std::string_view::npos;
  std::vector<Duration> spans;
  bool may_be_heading = !ping;
  std::size_t number = 0;
  for (std::string_view rest = source.text; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = trimmed(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    ++number;
    const std::string_view cell = ping ? ping_span(line) : csv_span(line);
    if (cell.empty() || (std::exchange(may_be_heading, false) && heading(cell))) continue;
    try {
      spans.push_back(span_of(cell));
    } catch (const BadInput& mistake) {
      throw BadInput(std::string(source.path) + ":" + std::to_string(number) + ": " +
                     mistake.what());
    }
  }
  if (spans.empty()) {
    throw BadInput(std::string(source.path) +
                   ": holds no span; write one a line, or keep what ping -D prints");
  }
  return spans;
}

Trace sorted(std::string_view path, std::vector<Duration> spans) {
  std::sort(spans.begin(), spans.end());
  return {std::string(path), std::make_shared<const std::vector<Duration>>(std::move(spans))};
}

}  // namespace

Trace parse_trace(const TraceText& source) { return sorted(source.path, spans_in(source)); }

Replay parse_replay(const TraceText& source) {
  std::vector<Duration> spans = spans_in(source);
  Trace trace = sorted(source.path, spans);
  return {std::move(trace), std::make_shared<const std::vector<Duration>>(std::move(spans))};
}

Trace read_trace(const std::filesystem::path& path) {
  const std::string text = read_text_file(path, largest_file);
  return parse_trace({path.native(), text});
}

Replay read_replay(const std::filesystem::path& path) {
  const std::string text = read_text_file(path, largest_file);
  return parse_replay({path.native(), text});
}

}  // namespace understudy
