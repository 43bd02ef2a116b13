// SPDX-License-Identifier: MIT
//
// A random experiment: a pair with random parameters that satisfy the inequalities, on a random
// network, to which random things happen for some seconds. Each kind of fault is in or out, how
// many there are is drawn too. They end; then the network is whole, whoever lost its power has it
// again, and the pair has its time to settle.
#pragma once

#include "understudy/scenario/draws.h"
#include "understudy/scenario/scenario.h"

namespace understudy::swarm {

// The same for the same seed and number.
[[nodiscard]] Scenario draw_scenario(const Run& run);

// When the last fault of a drawn scenario has ended, and what it delayed has arrived.
[[nodiscard]] Time faults_end(const Scenario& scenario);

// How long a pair may take from then on to have both roles filled for good.
[[nodiscard]] Duration settling_time(const Scenario& scenario);

}  // namespace understudy::swarm
