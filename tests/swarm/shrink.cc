// SPDX-License-Identifier: MIT
#include "shrink.h"

#include <chrono>

namespace understudy::swarm {
namespace {

using Fails = std::function<bool(const Scenario&)>;

// Takes the change if the scenario still fails with it.
bool take(Scenario& scenario, const Scenario& changed, const Fails& fails) {
  if (changed == scenario || !fails(changed)) return false;
  scenario = changed;
  return true;
}

bool drop_faults(Scenario& scenario, const Fails& fails) {
  bool any = false;
  for (std::size_t i = scenario.faults.size(); i-- > 0;) {
    Scenario fewer = scenario;
    fewer.faults.erase(fewer.faults.begin() + static_cast<std::ptrdiff_t>(i));
    any = take(scenario, fewer, fails) || any;
  }
  return any;
}

bool shorten_faults(Scenario& scenario, const Fails& fails) {
  bool any = false;
  for (std::size_t i = 0; i < scenario.faults.size(); ++i) {
    if (!scenario.faults[i].lasts) continue;
    const auto whole =
        std::chrono::duration_cast<std::chrono::milliseconds>(scenario.faults[i].lasts->mean());
    if (whole < std::chrono::milliseconds(20)) continue;
    Scenario shorter = scenario;
    shorter.faults[i].lasts = Distribution(whole / 2);
    any = take(scenario, shorter, fails) || any;
  }
  return any;
}

// Back to what a pair is like if nothing is said.
template <class T>
bool unsay(Scenario& scenario, std::optional<T> PairSettings::*field, const Fails& fails) {
  Scenario plainer = scenario;
  (plainer.pair.*field).reset();
  return take(scenario, plainer, fails);
}

bool unsay_all(Scenario& scenario, const Fails& fails) {
  using S = PairSettings;
  bool any = unsay(scenario, &S::witness, fails);
  any = unsay(scenario, &S::witness_patience, fails) || any;
  any = unsay(scenario, &S::own_link, fails) || any;
  any = unsay(scenario, &S::detector, fails) || any;
  any = unsay(scenario, &S::takeover, fails) || any;
  any = unsay(scenario, &S::fence_mode, fails) || any;
  any = unsay(scenario, &S::on_fence_failure, fails) || any;
  any = unsay(scenario, &S::copy_every, fails) || any;
  any = unsay(scenario, &S::fence_attempts, fails) || any;
  any = unsay(scenario, &S::handover_timeout, fails) || any;
  any = unsay(scenario, &S::taking_over_timeout, fails) || any;
  return any;
}

}  // namespace

Scenario shrink(const Scenario& scenario, const Fails& fails) {
  Scenario small = scenario;
  for (bool again = true; again;) {
    again = drop_faults(small, fails);
    again = shorten_faults(small, fails) || again;
    again = unsay_all(small, fails) || again;
  }
  return small;
}

}  // namespace understudy::swarm
