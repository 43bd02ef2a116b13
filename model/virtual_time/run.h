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
                           Detail detail = Detail::changes, Pace pace = Pace::leaping);

}  // namespace understudy::virtual_time
