// SPDX-License-Identifier: MIT
//
// Quantities as text: one number and one unit, "50ms", "64KiB", "200/s", "1Gbps". A number alone is
// never a quantity, zero included: what it would mean depends on who reads it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "understudy/failover/time.h"

namespace understudy {

// Longer ones are mistakes, and sums of two of these stay far from overflowing.
inline constexpr Duration longest_span = std::chrono::hours(24 * 36500);

// These throw BadInput that says what was found and what would be right, without place and key:
// `"50" has no unit; write a duration such as "50ms"`. Negative numbers are read as such.
[[nodiscard]] Duration duration_from_text(std::string_view text);
[[nodiscard]] std::uint64_t size_from_text(std::string_view text);  // in bytes
[[nodiscard]] double rate_from_text(std::string_view text);         // per second
[[nodiscard]] double bandwidth_from_text(std::string_view text);    // in bits per second

// And back, exactly: from_text(to_text(x)) == x. (Durations: failover/time_text.h.)
[[nodiscard]] std::string size_to_text(std::uint64_t bytes);
[[nodiscard]] std::string rate_to_text(double per_s);
[[nodiscard]] std::string bandwidth_to_text(double bps);
// The shortest text that reads as this very number.
[[nodiscard]] std::string number_to_text(double number);

// A measured span, where a number alone means seconds and fractions of nanoseconds are rounded:
// "0.00123", "1.23e-3", "1.23ms". Throws as above.
[[nodiscard]] Duration measured_span_from_text(std::string_view text);

}  // namespace understudy
