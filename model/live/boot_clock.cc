// SPDX-License-Identifier: MIT
#include "understudy/live/boot_clock.h"

#include <algorithm>

namespace understudy::live {
namespace {

Duration to_span(const timespec& value) {
  return std::chrono::seconds(value.tv_sec) + Duration(value.tv_nsec);
}

Duration read(clockid_t clock) {
  timespec value{};
  clock_gettime(clock, &value);
  return to_span(value);
}

}  // namespace

Time boot_now() { return Time{} + read(CLOCK_BOOTTIME); }

Duration wall_now() { return read(CLOCK_REALTIME); }

Time from_wall(const timespec& stamp) {
  const Duration age = wall_now() - to_span(stamp);
  return boot_now() - std::max(age, Duration::zero());
}

timespec to_timespec(Duration span) {
  const auto whole = std::chrono::floor<std::chrono::seconds>(span);
  return {.tv_sec = static_cast<time_t>(whole.count()),
          .tv_nsec = static_cast<long>((span - whole).count())};
}

}  // namespace understudy::live
