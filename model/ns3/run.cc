// SPDX-License-Identifier: MIT
#include "understudy/ns3/run.h"

#include <cstddef>
#include <stdexcept>
#include <string>

#include <ns3/nstime.h>
#include <ns3/simulator.h>

#include "understudy/ns3/experiment.h"
#include "understudy/ns3/simulation.h"
#include "understudy/scenario/bad_input.h"
#include "understudy/scenario/spelling.h"
#include "understudy/scenario/words.h"

namespace understudy::ns3_substrate {
namespace {

ns3::UnderstudySimulation::Options simulation_options(const Run& run, const Options& options) {
  ns3::UnderstudySimulation::Options result;
  // ns-3's own draws: any seed of ours makes a valid one of theirs.
  result.seed = static_cast<std::uint32_t>(run.seed % 0xffff'fffeU) + 1;
  result.run = run.number;
  for (const auto& [name, value] : options.attributes) result.defaults.push_back({name, value});
  return result;
}

// One that this substrate cannot do yet must not pass for one that did nothing.
void refuse_what_is_unknown(const Scenario& scenario) {
  for (std::size_t i = 0; i < scenario.faults.size(); ++i) {
    const Fault& fault = scenario.faults[i];
    const std::string key = "fault." + std::to_string(i) + ".";
    const auto refuse = [](const std::string& place, const std::string& what) {
      throw BadInput(place + ": " + what + " cannot be done in ns-3 yet; take --substrate virtual");
    };
    if (fault.kind != FaultKind::crash && fault.kind != FaultKind::loss) {
      refuse(key + "kind", in_quotes(to_text(fault.kind)));
    }
    if (!fault.from.empty()) refuse(key + "from", "a side");
    if (!fault.to.empty()) refuse(key + "to", "a side");
    if (fault.burst_begins) refuse(key + "burst_begins", "a burst");
  }
}

}  // namespace

Timeline run(const Scenario& scenario, const Run& run, const Options& options, Detail detail) {
  refuse_what_is_unknown(scenario);
  try {
    const ns3::UnderstudySimulation simulation(simulation_options(run, options));
    Experiment experiment(scenario, run, detail);
    if (!options.pcap_directory.empty()) experiment.lan().capture(options.pcap_directory);
    ns3::Simulator::Stop(ns3::NanoSeconds(scenario.run.duration.count()));
    ns3::Simulator::Run();
    return experiment.finish();
  } catch (const std::invalid_argument& error) {
    throw BadInput(error.what());
  }
}

}  // namespace understudy::ns3_substrate
