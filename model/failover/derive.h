// SPDX-License-Identifier: MIT
//
// From what somebody wrote to what an agent runs on: the defaults that follow from other fields,
// and the inequalities that a configuration must satisfy for the pair's promises to hold. What is
// not said is chosen such that they hold, as far as what is said allows.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "understudy/failover/config.h"

namespace understudy {

// Fills every absent field: from `method`, from the fields that are set, and from the formulas in
// config.h. What is set is never changed.
[[nodiscard]] Config derive(const PairSettings& settings);

// The way back: every field said, so that derive(settings(config)) == config.
[[nodiscard]] PairSettings settings(const Config& config);

enum class Severity { warning, error };

// An inequality that does not hold, both sides with their values:
// "pair.ping_timeout (200ms) must not exceed pair.ping_interval (100ms)".
struct Violation {
  Severity severity = Severity::error;
  std::string text;
  std::vector<std::string> fields;  // that the two sides are made of, the left one's first
};

// All that is wrong with a configuration. `Method::original` is exempt from all inequalities but
// two (a ping must be judged before the next is sent, and a last copy have some time); that a value
// makes no sense at all, such as an interval of zero, is said for every method.
[[nodiscard]] std::vector<Violation> violations(const Config& config);

}  // namespace understudy
