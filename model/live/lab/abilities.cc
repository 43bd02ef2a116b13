// SPDX-License-Identifier: MIT
#include "understudy/lab/abilities.h"

#include <algorithm>
#include <string>

#include "understudy/lab/server_settings.h"
#include "understudy/scenario/bad_input.h"

namespace understudy::lab {

void check_abilities(const Scenario& scenario) {
  if (scenario.topology.kind == TopologyKind::routed) {
    throw BadInput(
        "topology.kind: \"routed\" cannot be built in the lab, since the daemon speaks no routing "
        "protocol; write \"lan\", \"dual-switch\" or \"wan\", or take --substrate virtual or ns3");
  }
  for (std::size_t i = 0; i < scenario.faults.size(); ++i) {
    if (scenario.faults[i].kind != FaultKind::clock_rate) continue;
    throw BadInput("fault." + std::to_string(i) +
                   ".kind: \"clock-rate\" cannot be done in the lab, since all of its hosts have "
                   "this machine's clock; take --substrate virtual or ns3");
  }
}

Duration time_for(const Scenario& scenario, const Amount& amount) {
  check_abilities(scenario);
  static_cast<void>(find_programs());
  // A settled pair is one that has booted, one server after the other, and found quiet.
  const Config config = scenario.config();
  const Duration to_settle = std::chrono::seconds(2) + config.probes * config.probe_timeout +
                             std::max<Duration>(std::chrono::seconds(1), 7 * config.ping_interval);
  const auto rounds = static_cast<Duration::rep>((amount.runs + amount.jobs - 1) / amount.jobs);
  const Duration run = after(Time{}, scenario.run.duration) - Time{} + to_settle;
  return run > forever / rounds ? forever : run * rounds;
}

}  // namespace understudy::lab
