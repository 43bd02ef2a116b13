// SPDX-License-Identifier: MIT
//
// The clock of a real agent: CLOCK_BOOTTIME, which counts the time that the machine slept.
#pragma once

#include <ctime>

#include "understudy/failover/time.h"

namespace understudy::live {

[[nodiscard]] Time boot_now();
// The wall clock, since 1970: for what must make sense after a boot.
[[nodiscard]] Duration wall_now();

// The instant of a time stamp that the kernel took by the wall clock. Not after now: a wall clock
// that was set back in between makes no answer come from the future.
[[nodiscard]] Time from_wall(const timespec& stamp);

[[nodiscard]] timespec to_timespec(Duration span);

}  // namespace understudy::live
