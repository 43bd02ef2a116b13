// SPDX-License-Identifier: MIT
#include "understudy/scenario/values.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>

#include "understudy/failover/time_text.h"
#include "understudy/scenario/bad_input.h"
#include "understudy/scenario/spelling.h"
#include "understudy/scenario/trace.h"
#include "understudy/scenario/units.h"

namespace understudy {
namespace {

using Type = Written::Type;

[[noreturn]] void no(std::string_view what, const Written& found, const std::string& remedy) {
  throw BadInput(shown(found) + " is no " + std::string(what) + "; write " + remedy);
}

[[noreturn]] void out_of_range(const Written& found, const Range& range) {
  throw BadInput(shown(found) + " is out of range; allowed is " + std::string(range.text));
}

// Text with a unit; a bare number lacks one.
const std::string& unit_text(const Reading& reading) {
  const Written& value = reading.value;
  if (value.type == Type::text) return value.text;
  const std::string name(to_text(reading.type));
  const std::string example(example_of(reading.type));
  if (value.type == Type::integer || value.type == Type::real) {
    throw BadInput(shown(value) + " has no unit; write a " + name + " such as " + example);
  }
  no(name, value, "a number and a unit such as " + example);
}

// What is a number but was put in quotes is worth a word of its own.
[[noreturn]] void no_number(const Reading& reading) {
  const Written& value = reading.value;
  const std::string name(to_text(reading.type));
  const std::string example(example_of(reading.type));
  if (value.type == Type::text && !value.text.empty()) {
    throw BadInput(shown(value) + " is text; write a " + name + " without quotes such as " +
                   example);
  }
  no(name, value, "one such as " + example);
}

// ---- distributions ------------------------------------------------------------------------------

// A span in a distribution, which must not be negative whatever the key allows.
Duration span_in(const Written& value) {
  if (value.type != Type::text) {
    const bool number = value.type == Type::integer || value.type == Type::real;
    throw BadInput(shown(value) + (number ? " has no unit" : " is no duration") +
                   R"(; write a duration such as "50ms")");
  }
  const Duration span = duration_from_text(value.text);
  if (span < Duration::zero()) {
    throw BadInput(shown(value) + " is negative; write a duration such as \"50ms\"");
  }
  return span;
}

struct Two {
  Duration first;
  Duration second;
};

Two two_in(const Written& shape, const Written& value, const std::string& example) {
  if (value.type != Type::list || value.items.size() != 2) {
    throw BadInput(shown(shape) + " needs two durations; write " + example);
  }
  return {span_in(value.items[0]), span_in(value.items[1])};
}

Distribution uniform_in(const Written& shape, const Written& value) {
  const Two bounds = two_in(shape, value, R"({ uniform = ["30s", "31s"] })");
  if (bounds.first > bounds.second) {
    throw BadInput(shown(shape) + " has its bounds swapped; write { uniform = [" +
                   shown(value.items[1]) + ", " + shown(value.items[0]) + "] }");
  }
  return Uniform{bounds.first, bounds.second};
}

Distribution normal_in(const Written& shape, const Written& value) {
  const Two parameters = two_in(shape, value, R"({ normal = ["20s", "2s"] }: mean and deviation)");
  return Normal{parameters.first, parameters.second};
}

Distribution exponential_in(const Written& value) { return Exponential{span_in(value)}; }

std::filesystem::path recording_in(const Written& shape, const Written& value,
                                   const std::filesystem::path& folder) {
  if (value.type != Type::text || value.text.empty()) {
    throw BadInput(shown(shape) + " names no file; write { " + shape.names.front() +
                   R"( = "rtt.csv" })");
  }
  // No file name can hold a zero byte; what follows one would be dropped silently.
  if (value.text.find('\0') != std::string::npos) no("file name", value, R"(one like "rtt.csv")");
  return folder / value.text;
}

Distribution shape_in(const Reading& reading) {
  constexpr std::array<std::string_view, 5> names = {"uniform", "normal", "exponential", "trace",
                                                     "replay"};
  const Written& shape = reading.value;
  if (shape.items.size() != 1) {
    throw BadInput(shown(shape) + " must name one of " + listed(names, "and") + "; " +
                   R"(write { uniform = ["30s", "31s"] } or the like)");
  }
  const std::string& name = shape.names.front();
  const Written& value = shape.items.front();
  if (name == "uniform") return uniform_in(shape, value);
  if (name == "normal") return normal_in(shape, value);
  if (name == "exponential") return exponential_in(value);
  if (name == "trace") return read_trace(recording_in(shape, value, reading.folder));
  if (name == "replay") return read_replay(recording_in(shape, value, reading.folder));
  const std::string_view near = nearest(name, names);
  throw BadInput(
      in_quotes(name) + " is no distribution; " +
      (near.empty() ? "write " + listed(names, "or") : "did you mean " + std::string(near) + "?"));
}

struct WriteShape {
  std::string operator()(const Fixed& fixed) const { return text(fixed.value); }
  std::string operator()(const Uniform& uniform) const {
    return "{ uniform = [" + text(uniform.from) + ", " + text(uniform.to) + "] }";
  }
  std::string operator()(const Normal& normal) const {
    return "{ normal = [" + text(normal.mean) + ", " + text(normal.deviation) + "] }";
  }
  std::string operator()(const Exponential& exponential) const {
    return "{ exponential = " + text(exponential.mean) + " }";
  }
  std::string operator()(const Trace& trace) const {
    return "{ trace = " + toml_string(trace.path) + " }";
  }
  std::string operator()(const Replay& replay) const {
    return "{ replay = " + toml_string(replay.trace.path) + " }";
  }

  static std::string text(Duration span) { return '"' + to_text(span) + '"'; }
};

bool within(double number, const Range& range) {
  return number >= range.least && number <= range.greatest;
}

}  // namespace

std::string_view to_text(ValueType type) {
  switch (type) {
    case ValueType::word: return "word";
    case ValueType::truth: return "truth value";
    case ValueType::count: return "whole number";
    case ValueType::number: return "number";
    case ValueType::duration: return "duration";
    case ValueType::distribution: return "duration or distribution";
    case ValueType::size: return "size";
    case ValueType::rate: return "rate";
    case ValueType::bandwidth: return "bandwidth";
    case ValueType::hosts: return "host or list of hosts";
  }
  return "?";
}

std::string_view example_of(ValueType type) {
  switch (type) {
    case ValueType::word: return R"("word")";
    case ValueType::truth: return "true";
    case ValueType::count: return "3";
    case ValueType::number: return "0.1";
    case ValueType::duration: return R"("50ms")";
    case ValueType::distribution: return R"("20s" or { uniform = ["30s", "31s"] })";
    case ValueType::size: return R"("64KiB")";
    case ValueType::rate: return R"("200/s")";
    case ValueType::bandwidth: return R"("1Gbps")";
    case ValueType::hosts: return R"("first" or ["first", "client"])";
  }
  return "?";
}

void read_value(const Reading& reading, bool& value) {
  if (reading.value.type != Type::truth) no("truth value", reading.value, "true or false");
  value = reading.value.truth;
}

void read_value(const Reading& reading, std::uint32_t& value) {
  if (reading.value.type != Type::integer) no_number(reading);
  const std::int64_t number = reading.value.integer;
  constexpr std::int64_t most = std::numeric_limits<std::uint32_t>::max();
  if (number < 0 || number > most || !within(static_cast<double>(number), reading.range)) {
    out_of_range(reading.value, reading.range);
  }
  value = static_cast<std::uint32_t>(number);
}

void read_value(const Reading& reading, std::uint64_t& value) {
  const std::uint64_t bytes = size_from_text(unit_text(reading));
  if (!within(static_cast<double>(bytes), reading.range)) {
    out_of_range(reading.value, reading.range);
  }
  value = bytes;
}

void read_value(const Reading& reading, double& value) {
  double number = 0.0;
  if (reading.type == ValueType::rate) {
    number = rate_from_text(unit_text(reading));
  } else if (reading.type == ValueType::bandwidth) {
    number = bandwidth_from_text(unit_text(reading));
  } else if (reading.value.type == Type::integer) {
    number = static_cast<double>(reading.value.integer);
  } else if (reading.value.type == Type::real) {
    number = reading.value.real;
  } else {
    no_number(reading);
  }
  if (!within(number, reading.range)) out_of_range(reading.value, reading.range);
  value = number;
}

void read_value(const Reading& reading, Duration& value) {
  const std::string& text = unit_text(reading);
  if (text == to_text(forever) && reading.range.forever) {
    value = forever;
    return;
  }
  const Duration span = duration_from_text(text);
  if (!within(static_cast<double>(span.count()), reading.range)) {
    out_of_range(reading.value, reading.range);
  }
  value = span;
}

void read_value(const Reading& reading, Distribution& value) {
  if (reading.value.type == Type::table) {
    value = shape_in(reading);
    return;
  }
  Duration span{};
  read_value({reading.value, ValueType::duration, reading.range, reading.folder}, span);
  value = span;
}

// One host may stand without brackets.
void read_value(const Reading& reading, Side& value) {
  const Written& written = reading.value;
  const auto all = all_words<Side::Member>();
  Side side;
  if (written.type == Type::list) {
    for (const Written& item : written.items) {
      side.add(words<Side::Member>[read_word(item, all)].value);
    }
    if (side.empty())
      throw BadInput("names no host; write " + std::string(example_of(ValueType::hosts)));
  } else {
    side.add(words<Side::Member>[read_word(written, all)].value);
  }
  value = side;
}

std::size_t read_word(const Written& value, const std::vector<std::string_view>& all) {
  const std::string choice = "write " + listed(all, "or");
  if (value.type != Type::text) throw BadInput(shown(value) + " is not known; " + choice);
  const auto found = std::ranges::find(all, value.text);
  if (found != all.end()) return static_cast<std::size_t>(found - all.begin());
  const std::string_view near = nearest(value.text, all);
  throw BadInput(shown(value) + " is not known; " +
                 (near.empty() ? choice : "did you mean " + in_quotes(near) + "?"));
}

std::string write_value(bool value, ValueType /*type*/) { return value ? "true" : "false"; }

std::string write_value(std::uint32_t value, ValueType /*type*/) { return std::to_string(value); }

std::string write_value(std::uint64_t value, ValueType /*type*/) {
  return '"' + size_to_text(value) + '"';
}

std::string write_value(double value, ValueType type) {
  if (type == ValueType::rate) return '"' + rate_to_text(value) + '"';
  if (type == ValueType::bandwidth) return '"' + bandwidth_to_text(value) + '"';
  return number_to_text(value);
}

std::string write_value(Duration value, ValueType /*type*/) { return WriteShape::text(value); }

std::string write_value(const Distribution& value, ValueType /*type*/) {
  return std::visit(WriteShape{}, value.shape());
}

std::string write_value(Side value, ValueType /*type*/) {
  std::string text;
  for (const Word<Side::Member>& word : words<Side::Member>) {
    if (!value.has(word.value)) continue;
    text += (text.empty() ? "" : ", ") + std::string("\"") + std::string(word.text) + '"';
  }
  return text.empty() ? text : '[' + text + ']';
}

}  // namespace understudy
