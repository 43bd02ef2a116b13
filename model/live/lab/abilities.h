// SPDX-License-Identifier: MIT
//
// What the lab can build, and how long it takes: a second there is a second here.
#pragma once

#include <chrono>
#include <cstdint>

#include "understudy/scenario/scenario.h"

namespace understudy::lab {

// Throws BadInput that names the key of what it cannot.
void check_abilities(const Scenario& scenario);

struct Amount {
  std::uint64_t runs = 1;
  std::uint64_t jobs = 1;
};
// Of so many runs, so many of them at a time. Throws BadInput as well, for a machine that lacks the
// programs too.
[[nodiscard]] Duration time_for(const Scenario& scenario, const Amount& amount);

}  // namespace understudy::lab
