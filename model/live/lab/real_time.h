// SPDX-License-Identifier: MIT
//
// Who comes first in the lab: its instruments before the servers' mainboards, those before what
// runs on the servers, and all of them before the rest of the machine.
#pragma once

namespace understudy::lab {

inline constexpr int priority_of_instruments = 50;
inline constexpr int priority_of_mainboards = 45;
inline constexpr int priority_of_servers = 30;

// Of the calling process, under SCHED_FIFO; its children begin as any other program. False: the
// kernel does not allow it.
bool take_real_time_priority(int priority);

}  // namespace understudy::lab
