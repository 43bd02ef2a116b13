// SPDX-License-Identifier: MIT
//
// A failing run, made small: the fewest faults, and as little said of the pair as still fails.
#pragma once

#include <functional>

#include "understudy/scenario/scenario.h"

namespace understudy::swarm {

// Takes away what can be taken away one by one, until nothing more can; `fails` says whether a
// scenario still does. A fault that strikes and then ends is shortened by halves, too.
[[nodiscard]] Scenario shrink(const Scenario& scenario,
                              const std::function<bool(const Scenario&)>& fails);

}  // namespace understudy::swarm
