// SPDX-License-Identifier: MIT
//
// Copies of a world that take different branches of its run.
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "understudy/scenario/faults.h"
#include "understudy/scenario/trace.h"
#include "understudy/scenario/words.h"
#include "understudy/virtual_time/virtual_world.h"

namespace understudy {
namespace {

using namespace std::chrono_literals;

constexpr Time at(Duration since_start) { return Time{} + since_start; }

// What happens when, and how many writes a copy knows of; tokens, which no two branches share, left
// out.
struct Glimpse {
  Time at{};
  Event::Kind kind = Event::Kind::note;
  FenceResult result = FenceResult::off;
  std::uint64_t writes = 0;
  bool operator==(const Glimpse&) const = default;
};

std::vector<Glimpse> rest_of(VirtualWorld world) {
  world.run_until(at(60s));
  std::vector<Glimpse> glimpses;
  for (const Event& event : world.finish().events) {
    glimpses.push_back({.at = event.at,
                        .kind = event.kind,
                        .result = event.result,
                        .writes = event.kind == Event::Kind::copy_begun ? event.value : 0});
  }
  return glimpses;
}

VirtualWorld branch_of(VirtualWorld world, std::uint64_t number) {
  world.branch(number);
  return world;
}

// Nothing is left to chance but the phases.
Scenario certain() {
  Scenario scenario;
  scenario.server.boot_time = 10s;
  scenario.memory.write_rate_per_s = 0.0;
  scenario.service.enabled = false;
  scenario.run.duration = 60s;
  return scenario;
}

Fault fault_of(FaultKind kind, Duration at) {
  Fault fault;
  become(fault, kind);
  fault.at = at;
  return fault;
}

struct Chance {
  std::string name;
  std::function<void(Scenario&)> add;
};

// Each thing that is drawn while a run is under way, alone. Faults of the network once with streams
// that are at work at the branch, at 10 s, and once with such as begin later.
std::vector<Chance> chances() {
  std::vector<Chance> all = {{"delay", [](Scenario& s) { s.topology.delay = Exponential{1ms}; }},
                             {"wan delay",
                              [](Scenario& s) {
                                s.topology.kind = TopologyKind::wan;
                                s.topology.wan_delay = Exponential{1ms};
                              }},
                             {"route delay",
                              [](Scenario& s) {
                                s.topology.kind = TopologyKind::routed;
                                s.topology.route_delay = Uniform{10ms, 500ms};
                                s.faults.push_back(fault_of(FaultKind::crash, 20s));
                              }},
                             {"failover delay of ports",
                              [](Scenario& s) {
                                s.topology.kind = TopologyKind::dual_switch;
                                s.topology.failover_delay = Uniform{10ms, 500ms};
                                s.faults.push_back(fault_of(FaultKind::switch_failure, 20s));
                                s.faults.back().target = FaultTarget::switch_a;
                              }},
                             {"writes", [](Scenario& s) { s.memory.write_rate_per_s = 5.0; }},
                             {"boots",
                              [](Scenario& s) {
                                s.server.boot_time = Normal{10s, 1s};
                                s.faults.push_back(fault_of(FaultKind::crash, 20s));
                              }},
                             {"power latency",
                              [](Scenario& s) {
                                s.power.latency = Uniform{100ms, 1s};
                                s.faults.push_back(fault_of(FaultKind::crash, 20s));
                              }},
                             {"power confirmation",
                              [](Scenario& s) {
                                s.power.confirmation = Uniform{100ms, 1s};
                                s.faults.push_back(fault_of(FaultKind::crash, 20s));
                              }},
                             {"power refusal",
                              [](Scenario& s) {
                                s.power.refusal = 0.5;
                                s.faults.push_back(fault_of(FaultKind::crash, 20s));
                              }},
                             {"power-delay",
                              [](Scenario& s) {
                                s.faults.push_back(fault_of(FaultKind::power_delay, 0s));
                                s.faults.back().delay = Uniform{100ms, 1s};
                                s.faults.push_back(fault_of(FaultKind::crash, 20s));
                              }},
                             {"occurrences",
                              [](Scenario& s) {
                                s.faults.push_back(fault_of(FaultKind::link_down, 0s));
                                s.faults.back().every = Uniform{5s, 10s};
                                s.faults.back().lasts = 10ms;
                              }},
                             {"wan delay",
                              [](Scenario& s) {
                                s.topology.kind = TopologyKind::wan;
                                s.topology.wan_delay = Uniform{1ms, 5ms};
                              }},
                             {"failover delay",
                              [](Scenario& s) {
                                s.topology.kind = TopologyKind::dual_switch;
                                s.topology.failover_delay = Uniform{0s, 100ms};
                                s.faults.push_back(fault_of(FaultKind::switch_failure, 20s));
                                s.faults.back().target = FaultTarget::switch_a;
                              }},
                             {"route delay",
                              [](Scenario& s) {
                                s.topology.kind = TopologyKind::routed;
                                s.topology.route_delay = Uniform{100ms, 1s};
                                s.faults.push_back(fault_of(FaultKind::crash, 20s));
                              }},
                             {"delay of an occurrence", [](Scenario& s) {
                                s.faults.push_back(fault_of(FaultKind::delay, 20s));
                                s.faults.back().delay = Uniform{1ms, 5ms};
                              }}};
  for (const Duration begins : {0s, 20s}) {
    for (const FaultKind kind :
         {FaultKind::loss, FaultKind::corrupt, FaultKind::jitter, FaultKind::reorder,
          FaultKind::duplicate, FaultKind::congestion, FaultKind::slow}) {
      all.push_back({std::string(to_text(kind)) + (begins > 0s ? ", later" : ""), [=](Scenario& s) {
                       s.faults.push_back(fault_of(kind, begins));
                       if (among(kinds_with_delay, kind)) s.faults.back().delay = Exponential{1ms};
                     }});
    }
    all.push_back({begins > 0s ? "bursts, later" : "bursts", [=](Scenario& s) {
                     s.faults.push_back(fault_of(FaultKind::loss, begins));
                     s.faults.back().burst_begins = 0.1;
                   }});
  }
  return all;
}

TEST(Branches, ShareNothingThatIsDrawnLater) {
  for (const Chance& chance : chances()) {
    SCOPED_TRACE(chance.name);
    Scenario scenario = certain();
    chance.add(scenario);
    // Some draws have few outcomes, so that two branches may agree by chance; not in 16 runs.
    int from_the_run = 0;
    int from_each_other = 0;
    for (std::uint64_t run = 1; run <= 16; ++run) {
      VirtualWorld world(scenario, {.seed = 1, .number = run}, Detail::packets);
      world.run_until(at(10s));
      const auto first = rest_of(branch_of(world, 1));
      if (rest_of(world) != first) ++from_the_run;
      if (rest_of(branch_of(world, 2)) != first) ++from_each_other;
    }
    EXPECT_GT(from_the_run, 0);
    EXPECT_GT(from_each_other, 0);
  }
}

TEST(Branches, DifferInWhatIsDrawnOnly) {
  VirtualWorld world(certain(), {.seed = 1, .number = 1}, Detail::packets);
  world.run_until(at(10s));
  EXPECT_EQ(rest_of(branch_of(world, 1)), rest_of(world));
}

// What was recorded one after the other stays so.
TEST(Branches, GoOnWithAReplayWhereTheyAre) {
  Scenario scenario = certain();
  std::string spans;
  for (int i = 0; i < 5'000; ++i) spans += std::to_string(50 + (i * i) % 997) + "us\n";
  scenario.topology.delay = parse_replay({.path = "spans.csv", .text = spans});
  VirtualWorld world(scenario, {.seed = 1, .number = 1}, Detail::packets);
  world.run_until(at(10s));
  EXPECT_EQ(rest_of(branch_of(world, 1)), rest_of(world));
  EXPECT_NE(rest_of(VirtualWorld(scenario, {.seed = 1, .number = 2}, Detail::packets)),
            rest_of(world));
}

TEST(Branches, AreTheSameWheneverTheyAreTaken) {
  for (const Chance& chance : chances()) {
    SCOPED_TRACE(chance.name);
    Scenario scenario = certain();
    chance.add(scenario);
    VirtualWorld world(scenario, {.seed = 1, .number = 1}, Detail::packets);
    world.run_until(at(10s));
    const VirtualWorld branch = branch_of(world, 1);
    EXPECT_EQ(rest_of(branch_of(world, 1)), rest_of(branch));
    EXPECT_EQ(rest_of(branch_of(branch, 2)), rest_of(branch_of(branch_of(world, 1), 2)));
  }
}

TEST(Branches, OfBranchesDependOnTheOrderOfTheirNumbers) {
  Scenario scenario = certain();
  scenario.topology.delay = Exponential{1ms};
  const VirtualWorld world(scenario, {.seed = 1, .number = 1}, Detail::packets);
  const auto one_two = rest_of(branch_of(branch_of(world, 1), 2));
  EXPECT_NE(one_two, rest_of(branch_of(branch_of(world, 2), 1)));
  EXPECT_NE(one_two, rest_of(branch_of(world, 3)));
  EXPECT_NE(one_two, rest_of(branch_of(world, 1 ^ 2)));
}

}  // namespace
}  // namespace understudy
