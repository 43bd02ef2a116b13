// SPDX-License-Identifier: MIT
//
// Time as the pair knows it: whole nanoseconds. An instant (`Time`) and a span (`Duration`) are
// different types, so that adding two instants does not compile. Instants count from the epoch of
// the world that the agent runs in: the start of a simulation, or CLOCK_BOOTTIME's zero on a server
// (a clock that counts sleep; see `asleep_after` in config.h).
#pragma once

#include <chrono>
#include <cstdint>

namespace understudy {

using Duration = std::chrono::nanoseconds;

// The clock of the world that an agent lives in. It has no now(): time is always passed in.
struct WorldClock {
  using duration = Duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<WorldClock>;
  static constexpr bool is_steady = true;
};

using Time = WorldClock::time_point;

// An instant that never comes: the deadline of a timer that is not armed.
inline constexpr Time never = Time::max();

// A span that never ends: a deadline that is switched off.
inline constexpr Duration forever = Duration::max();

// The instant `span` after `from`; a span without end leads to `never` instead of overflowing.
[[nodiscard]] constexpr Time after(Time from, Duration span) {
  return span >= never - from ? never : from + span;
}

}  // namespace understudy
