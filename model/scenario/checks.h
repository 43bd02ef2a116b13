// SPDX-License-Identifier: MIT
//
// What is wrong with a scenario as a whole, where each value by itself makes sense.
#pragma once

#include <string>
#include <vector>

#include "understudy/failover/derive.h"
#include "understudy/scenario/scenario.h"

namespace understudy {

struct Finding {
  Severity severity = Severity::error;
  std::string text;  // one line that names the keys, what was found and what would be right
  std::vector<std::string> keys;  // "pair.boot_min", "fault.0.at": what it follows from
};

// The pair's inequalities (derive.h), those that need the topology too, and each fault's target and
// instant. Errors make the scenario one that cannot be run; warnings are worth a line.
[[nodiscard]] std::vector<Finding> findings(const Scenario& scenario);

// Throws BadInput for the first error. For scenarios that were changed (keys.h) or made in code;
// the reader has done it already.
void check(const Scenario& scenario);

// The warnings, for the log.
[[nodiscard]] std::vector<std::string> warnings(const Scenario& scenario);

}  // namespace understudy
