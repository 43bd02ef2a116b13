// SPDX-License-Identifier: MIT
//
// A span as people write it, the same in messages, transcripts and scenario files.
#pragma once

#include <string>

#include "understudy/failover/time.h"

namespace understudy {

// One number and one unit, exact to the nanosecond: "50ms", "28.75s", "90min"; "forever" for
// `forever`. From an hour on, whole minutes, hours and days are said as such.
[[nodiscard]] std::string to_text(Duration span);

}  // namespace understudy
