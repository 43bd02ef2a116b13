// SPDX-License-Identifier: MIT
#include "understudy/failover/time_text.h"

#include <array>
#include <cstdint>
#include <string_view>

namespace understudy {
namespace {

struct Unit {
  std::uint64_t ns;
  std::string_view name;
};

constexpr std::uint64_t second = 1'000'000'000;
constexpr std::uint64_t minute = 60 * second;
constexpr std::uint64_t hour = 60 * minute;
constexpr std::array<Unit, 3> long_units = {{{24 * hour, "d"}, {hour, "h"}, {minute, "min"}}};
constexpr std::array<Unit, 4> decimal_units = {
    {{second, "s"}, {1'000'000, "ms"}, {1'000, "us"}, {1, "ns"}}};

// `magnitude` in a unit that is a power of ten nanoseconds: "28.75s".
std::string decimal(std::uint64_t magnitude, const Unit& unit) {
  std::string text = std::to_string(magnitude / unit.ns);
  const std::uint64_t rest = magnitude % unit.ns;
  if (rest != 0) {
    // The leading 1 keeps the zeros that follow the point.
    std::string digits = std::to_string(unit.ns + rest);
    digits.erase(digits.find_last_not_of('0') + 1);
    digits.front() = '.';
    text += digits;
  }
  text += unit.name;
  return text;
}

std::string to_text_unsigned(std::uint64_t magnitude) {
  if (magnitude == 0) return "0s";
  if (magnitude >= hour) {
    for (const Unit& unit : long_units) {
      if (magnitude % unit.ns != 0) continue;
      std::string text = std::to_string(magnitude / unit.ns);
      text += unit.name;
      return text;
    }
  }
  for (const Unit& unit : decimal_units) {
    if (magnitude >= unit.ns) return decimal(magnitude, unit);
  }
  return {};  // not reached: the last unit is 1
}

}  // namespace

std::string to_text(Duration span) {
  if (span == forever) return "forever";
  if (span >= Duration::zero()) return to_text_unsigned(static_cast<std::uint64_t>(span.count()));
  // Negated as unsigned, so that the least value has a magnitude too.
  return "-" + to_text_unsigned(-static_cast<std::uint64_t>(span.count()));
}

}  // namespace understudy
