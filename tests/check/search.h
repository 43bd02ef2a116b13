// SPDX-License-Identifier: MIT
//
// The search: breadth first over everything that can happen, so that a counterexample is as short
// as can be. The states of one depth are shared among the threads, in parts by fingerprint, so that
// neither what is explored nor the length of a counterexample to safety depends on how many there
// are. To liveness one of several is told: what one thread has looked at, another need not.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "checked_pair.h"

namespace understudy::check {

struct Counterexample {
  std::string promise;            // that is broken
  std::vector<Step> steps;        // from the settled pair
  std::size_t faults_end_at = 0;  // after so many steps, if liveness is at stake
  std::size_t returns_to = 0;     // after the last step it is as after this one, for ever
  bool liveness = false;
};

struct Report {
  std::uint64_t states = 0;          // distinct, with faults
  std::uint64_t calm_states = 0;     // distinct, after they have ended
  std::uint64_t steps = 0;           // taken from those states
  std::uint32_t depth = 0;           // of the last new state, in steps
  std::uint32_t settles_within = 0;  // ticks after the end of faults, at most
  bool exhausted = false;
  std::optional<Counterexample> found;
};

struct Limits {
  unsigned jobs = 1;
  std::uint64_t states = 0;  // give up beyond; 0: never
  bool liveness = true;
};

// `progress` is told from time to time.
[[nodiscard]] Report search(const Config& config, const Policy& policy, const Bounds& bounds,
                            const Limits& limits,
                            const std::function<void(const Report&)>& progress);

// What happens in a counterexample, a line each.
[[nodiscard]] std::vector<std::string> transcript(const Counterexample& found, const Config& config,
                                                  const Policy& policy, const Bounds& bounds);

}  // namespace understudy::check
