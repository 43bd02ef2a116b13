// SPDX-License-Identifier: MIT
#include "understudy/scenario/units.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "understudy/failover/time_text.h"
#include "understudy/scenario/bad_input.h"
#include "understudy/scenario/spelling.h"

namespace understudy {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr std::array<Unit, 7> time_units = {{{"ns", 1},
                                             {"us", 1'000},
                                             {"ms", 1'000'000},
                                             {"s", 1'000'000'000},
                                             {"min", 60'000'000'000},
                                             {"h", 3'600'000'000'000},
                                             {"d", 86'400'000'000'000}}};
constexpr std::array<Unit, 8> size_units = {{{"B", 1},
                                             {"kB", 1'000},
                                             {"MB", 1'000'000},
                                             {"GB", 1'000'000'000},
                                             {"KiB", 1ULL << 10},
                                             {"MiB", 1ULL << 20},
                                             {"GiB", 1ULL << 30},
                                             {"TiB", 1ULL << 40}}};
constexpr std::array<Unit, 4> bandwidth_units = {
    {{"bps", 1}, {"kbps", 1'000}, {"Mbps", 1'000'000}, {"Gbps", 1'000'000'000}}};
constexpr std::array<Unit, 3> rate_units = {{{"/s", 1}, {"/min", 60}, {"/h", 3600}}};

// A kind of quantity, for the messages.
struct Quantity {
  std::string_view name;
  std::string_view example;
  std::span<const Unit> units;
};
constexpr Quantity duration{"duration", "50ms", time_units};
constexpr Quantity size{"size", "64KiB", size_units};
constexpr Quantity bandwidth{"bandwidth", "100Mbps", bandwidth_units};
constexpr Quantity rate{"rate", "200/s", rate_units};

// "-12.5ms" in its parts.
struct Parts {
  bool negative = false;
  std::string_view whole;     // digits
  std::string_view fraction;  // digits, without zeros at the end
  std::string_view number;    // all of it but the sign and the unit
  Unit unit{};
};

bool digit(char c) { return c >= '0' && c <= '9'; }
bool letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

std::string_view take_digits(std::string_view& rest) {
  const auto* const end = std::find_if_not(rest.begin(), rest.end(), digit);
  const std::string_view digits = rest.substr(0, static_cast<std::size_t>(end - rest.begin()));
  rest.remove_prefix(digits.size());
  return digits;
}

[[noreturn]] void no_quantity(std::string_view text, const Quantity& quantity) {
  throw BadInput(in_quotes(text) + " is no " + std::string(quantity.name) +
                 "; write a number and a unit such as " + in_quotes(quantity.example));
}

Unit find_unit(std::string_view text, std::string_view name, const Quantity& quantity) {
  std::vector<std::string_view> names;
  for (const Unit& unit : quantity.units) {
    if (unit.name == name) return unit;
    names.push_back(unit.name);
  }
  throw BadInput(in_quotes(text) + " has the unknown unit " + in_quotes(name) + "; use " +
                 listed(names, "or"));
}

Parts split(std::string_view text, const Quantity& quantity) {
  Parts parts;
  std::string_view rest = text;
  if (rest.starts_with('-')) {
    parts.negative = true;
    rest.remove_prefix(1);
  }
  const std::string_view from = rest;
  parts.whole = take_digits(rest);
  bool complete = !parts.whole.empty();
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    parts.fraction = take_digits(rest);
    complete = complete && !parts.fraction.empty();
    parts.fraction = parts.fraction.substr(0, parts.fraction.find_last_not_of('0') + 1);
  }
  if (!complete) no_quantity(text, quantity);
  parts.number = from.substr(0, from.size() - rest.size());
  if (rest.empty()) {
    throw BadInput(in_quotes(text) + " has no unit; write a " + std::string(quantity.name) +
                   " such as " + in_quotes(quantity.example));
  }
  // What begins like no unit at all is not one that is merely unknown.
  if (!letter(rest.front()) && rest.front() != '/') no_quantity(text, quantity);
  parts.unit = find_unit(text, rest, quantity);
  return parts;
}

// The whole number that the parts stand for, if they do and it fits.
enum class Inexact { fraction, overflow };
struct Whole {
  std::uint64_t value = 0;
  std::optional<Inexact> inexact;
};

Whole whole_number(const Parts& parts) {
  __extension__ using Wide = unsigned __int128;
  // With more digits no duration is whole: a day has 16 factors of 2, and no unit has more.
  constexpr std::size_t most_digits = 18;
  if (parts.fraction.size() > most_digits) return {0, Inexact::fraction};

  Wide sum = 0;
  for (const char c : parts.whole) {
    sum = sum * 10 + static_cast<unsigned>(c - '0');
    if (sum > std::numeric_limits<std::uint64_t>::max()) return {0, Inexact::overflow};
  }
  sum *= parts.unit.factor;
  Wide fraction = 0;
  Wide scale = 1;
  for (const char c : parts.fraction) {
    fraction = fraction * 10 + static_cast<unsigned>(c - '0');
    scale *= 10;
  }
  fraction *= parts.unit.factor;
  if (fraction % scale != 0) return {0, Inexact::fraction};
  sum += fraction / scale;
  if (sum > std::numeric_limits<std::uint64_t>::max()) return {0, Inexact::overflow};
  return {static_cast<std::uint64_t>(sum), std::nullopt};
}

double real_number(const Parts& parts) {
  double number = 0.0;
  // Digits and a point, checked: what can fail is the range, which ends at infinity.
  const auto result =
      std::from_chars(parts.number.data(), parts.number.data() + parts.number.size(), number);
  if (result.ec != std::errc()) number = std::numeric_limits<double>::infinity();
  return parts.negative ? -number : number;
}

// The shortest digits that read as this very number, without an exponent.
std::string decimal(double number) {
  std::array<char, 400> text{};  // the least positive number takes 326
  return {text.data(),
          std::to_chars(text.begin(), text.end(), number, std::chars_format::fixed).ptr};
}

}  // namespace

Duration duration_from_text(std::string_view text) {
  const Parts parts = split(text, duration);
  const Whole whole = whole_number(parts);
  if (whole.inexact == Inexact::fraction) {
    throw BadInput(in_quotes(text) + " is not a whole number of nanoseconds; round it");
  }
  constexpr auto longest = static_cast<std::uint64_t>(longest_span.count());
  if (whole.inexact == Inexact::overflow || whole.value > longest) {
    throw BadInput(in_quotes(text) + " is longer than " + to_text(longest_span) +
                   "; write a shorter duration");
  }
  const Duration span(static_cast<Duration::rep>(whole.value));
  return parts.negative ? -span : span;
}

std::uint64_t size_from_text(std::string_view text) {
  const Parts parts = split(text, size);
  const Whole whole = whole_number(parts);
  if (parts.negative)
    throw BadInput(in_quotes(text) + " is negative; write a size such as \"64KiB\"");
  if (whole.inexact == Inexact::fraction) {
    throw BadInput(in_quotes(text) + " is not a whole number of bytes; round it");
  }
  if (whole.inexact == Inexact::overflow) {
    throw BadInput(in_quotes(text) + " is too large; write a smaller size");
  }
  return whole.value;
}

double rate_from_text(std::string_view text) {
  const Parts parts = split(text, rate);
  return real_number(parts) / static_cast<double>(parts.unit.factor);
}

double bandwidth_from_text(std::string_view text) {
  const Parts parts = split(text, bandwidth);
  return real_number(parts) * static_cast<double>(parts.unit.factor);
}

std::string size_to_text(std::uint64_t bytes) {
  for (const std::string_view name : {"GiB", "MiB", "KiB"}) {
    const Unit unit = find_unit(name, name, size);
    if (bytes >= unit.factor && bytes % unit.factor == 0) {
      return std::to_string(bytes / unit.factor) + std::string(name);
    }
  }
  return std::to_string(bytes) + "B";
}

std::string rate_to_text(double per_s) { return decimal(per_s) + "/s"; }

std::string bandwidth_to_text(double bps) {
  // The largest unit in which the number is neither below 1 nor rounded by the way to and fro.
  for (std::size_t i = bandwidth_units.size(); i-- > 1;) {
    const auto factor = static_cast<double>(bandwidth_units[i].factor);
    if (bps < factor || bps / factor * factor != bps) continue;
    return decimal(bps / factor) + std::string(bandwidth_units[i].name);
  }
  return decimal(bps) + "bps";
}

std::string number_to_text(double number) {
  std::array<char, 32> text{};
  return {text.data(), std::to_chars(text.begin(), text.end(), number).ptr};
}

Duration measured_span_from_text(std::string_view text) {
  double number = 0.0;
  const char* const end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, number);
  if (result.ec != std::errc() || !std::isfinite(number)) {
    throw BadInput(in_quotes(text) + " is no span; write seconds such as 0.05, or 50ms");
  }
  std::string_view name(result.ptr, static_cast<std::size_t>(end - result.ptr));
  name.remove_prefix(std::min(name.find_first_not_of(' '), name.size()));
  const Unit unit = find_unit(text, name.empty() ? "s" : name, duration);
  const double ns = std::round(number * static_cast<double>(unit.factor));
  if (ns < 0.0) throw BadInput(in_quotes(text) + " is negative; write a span such as 50ms");
  if (ns > static_cast<double>(longest_span.count())) {
    throw BadInput(in_quotes(text) + " is longer than " + to_text(longest_span) +
                   "; write a shorter span");
  }
  return Duration(static_cast<Duration::rep>(ns));
}

}  // namespace understudy
