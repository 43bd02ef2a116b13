// SPDX-License-Identifier: MIT
//
// What happens to an agent, for programs: one JSON object a line. `at_ns` is CLOCK_BOOTTIME.
//
//   {"at_ns": 81234567890, "event": "became", "role": "primary", "cause": "fence confirmed"}
//   {"at_ns": 81234567890, "event": "missed", "address": "primary", "count": 2}
//   {"at_ns": 81234567890, "event": "ordered", "order": "off"}
//
// `event` is the kind of a note (failover/journal.h), or one of
//   booted    the agent begins
//   ordered   it gives the power channel this `order`
//   reported  it is told this `result`
//   serves, rests
#pragma once

#include <string>
#include <string_view>

#include "understudy/failover/ports.h"

namespace understudy::live {

[[nodiscard]] std::string event_line(Time at, const Note& note);
[[nodiscard]] std::string event_line(Time at, PowerOrder order);
[[nodiscard]] std::string event_line(Time at, FenceResult result);
// An event that has nothing to add.
[[nodiscard]] std::string event_line(Time at, std::string_view event);

}  // namespace understudy::live
