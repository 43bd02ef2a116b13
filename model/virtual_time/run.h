// SPDX-License-Identifier: MIT
//
// The virtual substrate: a scenario's run in virtual time.
#pragma once

#include "understudy/outcome/timeline.h"
#include "understudy/scenario/draws.h"
#include "understudy/scenario/scenario.h"
#include "understudy/virtual_time/leap.h"

namespace understudy::virtual_time {

[[nodiscard]] Timeline run(const Scenario& scenario, const Run& run,
                           Detail detail = Detail::changes);
// The same, leaping or not.
[[nodiscard]] Timeline run(const Scenario& scenario, const Run& run, Detail detail, Pace pace);

}  // namespace understudy::virtual_time
