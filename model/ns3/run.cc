// SPDX-License-Identifier: MIT
#include "understudy/ns3/run.h"

#include <optional>
#include <stdexcept>

#include <ns3/nstime.h>
#include <ns3/simulator.h>

#include "understudy/ns3/animation.h"
#include "understudy/ns3/experiment.h"
#include "understudy/ns3/simulation.h"
#include "understudy/scenario/bad_input.h"

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

Animation::Hosts nodes_of(const PairNetwork& network) {
  Animation::Hosts nodes;
  for (const Host host : all_hosts) {
    nodes[static_cast<std::size_t>(host)] = network.host(host)->GetNode();
  }
  return nodes;
}

}  // namespace

Timeline run(const Scenario& scenario, const Run& run, const Options& options, Detail detail) {
  try {
    const ns3::UnderstudySimulation simulation(simulation_options(run, options));
    Experiment experiment(scenario, run, detail);
    if (!options.pcap_directory.empty()) experiment.network().capture(options.pcap_directory);
    std::optional<Animation> animation;
    if (!options.animation.empty()) {
      animation.emplace(options.animation, nodes_of(experiment.network()));
    }
    // What happens at the last instant belongs to the run, whenever it was planned.
    ns3::Simulator::Stop(ns3::NanoSeconds(scenario.run.duration.count()) + ns3::NanoSeconds(1));
    ns3::Simulator::Run();
    Timeline timeline = experiment.finish();
    if (animation) animation->finish(timeline);
    return timeline;
  } catch (const std::invalid_argument& error) {
    throw BadInput(error.what());
  }
}

void try_attribute(const std::string& name, const std::string& value) {
  try {
    const ns3::UnderstudySimulation simulation({.defaults = {{name, value}}});
    // Those of the agents are judged by the rules of scenarios.
    ns3::CreateObject<ns3::UnderstudyAgent>()->CheckAttributes();
  } catch (const std::invalid_argument& error) {
    throw BadInput(error.what());
  }
}

}  // namespace understudy::ns3_substrate
