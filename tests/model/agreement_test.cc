// SPDX-License-Identifier: MIT
//
// The substrates agree: run by run, because the draws belong to the run.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "substrates.h"
#include "understudy/outcome/outcome.h"
#include "understudy/scenario/faults.h"
#include "understudy/scenario/plan.h"
#include "understudy/scenario/words.h"

namespace understudy {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t runs = 40;

Outcome outcome_of(const Substrate& substrate, const Scenario& scenario, std::uint64_t number) {
  return measure(scenario, substrate.run(scenario, {.seed = 1, .number = number}, Detail::changes));
}

Duration distance(Duration a, Duration b) { return a > b ? a - b : b - a; }

// The monitor's answers arrive at phase + k I + 2 d. A crash this near to one may fall on the other
// side of it where packets take a microsecond longer; the detection then takes an interval more or
// less.
bool falls_on_an_answer(const Scenario& scenario, const Outcome& outcome, std::uint64_t number) {
  const Config config = scenario.config();
  const Time phase = draw_phases(config, {.seed = 1, .number = number}).ping;
  const Duration since = (outcome.faults.at(0).at - phase) % config.ping_interval;
  return since < 1ms || since > config.ping_interval - 1ms;
}

class Agreement : public testing::TestWithParam<Substrate> {};

TEST_P(Agreement, DetectionTimesDifferByLessThanAMillisecond) {
  const Scenario scenario = crash_scenario();
  std::uint64_t on_an_answer = 0;
  for (std::uint64_t number = 1; number <= runs; ++number) {
    const Outcome here = outcome_of(virtual_substrate, scenario, number);
    const Outcome there = outcome_of(GetParam(), scenario, number);
    ASSERT_EQ(there.faults.size(), 1U);
    EXPECT_EQ(there.faults[0].at, here.faults[0].at) << "the same crash, run " << number;
    if (falls_on_an_answer(scenario, here, number)) {
      ++on_an_answer;
      continue;
    }
    EXPECT_LT(distance(*there.faults[0].detection, *here.faults[0].detection), 1ms)
        << "run " << number;
    EXPECT_LT(distance(*there.faults[0].takeover, *here.faults[0].takeover), 1ms)
        << "run " << number;
    EXPECT_LT(distance(*there.faults[0].outage, *here.faults[0].outage), 11ms)
        << "a request interval and a millisecond, run " << number;
    EXPECT_LT(distance(*there.faults[0].redundancy, *here.faults[0].redundancy), 1ms)
        << "run " << number;
    EXPECT_EQ(there.boots, here.boots);
    EXPECT_EQ(there.false_failovers, 0U);
    EXPECT_EQ(there.dual_primary, 0ns);
    EXPECT_EQ(there.roles, here.roles);
    EXPECT_NEAR(static_cast<double>(there.lost_writes), static_cast<double>(here.lost_writes), 3)
        << "run " << number;
  }
  RecordProperty("crashes_on_an_answer", std::to_string(on_an_answer));
  EXPECT_LT(on_an_answer, runs / 4);
}

TEST_P(Agreement, AColdStartSettlesAlike) {
  Scenario scenario;
  scenario.run.start = Start::cold;
  scenario.run.duration = 90s;
  for (std::uint64_t number = 1; number <= 10; ++number) {
    const Outcome here = outcome_of(virtual_substrate, scenario, number);
    const Outcome there = outcome_of(GetParam(), scenario, number);
    EXPECT_EQ(there.roles, here.roles) << "run " << number;
    EXPECT_EQ(there.boots, here.boots) << "run " << number;
  }
}

TEST_P(Agreement, TheSameRunIsTheSameToTheBitInAnyOrder) {
  const Scenario scenario = crash_scenario();
  std::vector<Timeline> forward;
  for (std::uint64_t number = 1; number <= 4; ++number) {
    forward.push_back(GetParam().run(scenario, {.seed = 1, .number = number}, Detail::packets));
  }
  for (std::uint64_t number = 4; number >= 1; --number) {
    EXPECT_EQ(GetParam().run(scenario, {.seed = 1, .number = number}, Detail::packets),
              forward[number - 1]);
  }
}

// The same pings are lost on both, so the same failures are declared, within a millisecond: from
// the first instant, because a settled pair has nobody to ask for.
TEST_P(Agreement, LostPingsMakeTheSameFalseFailovers) {
  Scenario scenario;
  scenario.run.duration = 60s;
  scenario.pair.misses = 2U;
  scenario.pair.watch_monitor = false;
  scenario.pair.copy_every = 0U;
  scenario.service.enabled = false;
  Fault loss;
  loss.kind = FaultKind::loss;
  loss.target = FaultTarget::network;
  loss.at = 0ns;
  loss.probability = 0.1;
  scenario.faults.push_back(loss);
  std::uint64_t failovers = 0;
  for (std::uint64_t number = 1; number <= 20; ++number) {
    const Outcome here = outcome_of(virtual_substrate, scenario, number);
    const Outcome there = outcome_of(GetParam(), scenario, number);
    ASSERT_EQ(there.faults[0].detection.has_value(), here.faults[0].detection.has_value());
    if (!here.faults[0].detection) continue;
    ++failovers;
    EXPECT_LT(distance(*there.faults[0].detection, *here.faults[0].detection), 1ms)
        << "run " << number;
  }
  EXPECT_GT(failovers, 10U);
}

TEST_P(Agreement, AFaultOfTheFirstInstantFindsAPair) {
  Scenario scenario;
  scenario.run.duration = 5s;
  Fault crash;
  crash.at = 0ns;
  scenario.faults.push_back(crash);
  for (const Substrate& substrate : {virtual_substrate, GetParam()}) {
    EXPECT_TRUE(outcome_of(substrate, scenario, 1).faults.at(0).detection) << substrate.name;
  }
}

// Each fault that is not drawn packet by packet: the same instants, within a millisecond.
TEST_P(Agreement, EveryKindOfFaultDoesTheSame) {
  struct Case {
    FaultKind kind;
    Duration lasts;
    FaultTarget target;
  };
  using enum FaultTarget;
  for (const Case& c :
       {Case{FaultKind::hang, 30s, primary}, Case{FaultKind::hang, 120ms, monitor},
        Case{FaultKind::pause, 120ms, primary}, Case{FaultKind::service_hang, 20s, primary},
        Case{FaultKind::boot_failure, 30s, primary},
        Case{FaultKind::daemon_restart, 500ms, monitor}, Case{FaultKind::clock_rate, 30s, monitor},
        Case{FaultKind::power_failure, 20s, primary}, Case{FaultKind::power_delay, 20s, primary},
        Case{FaultKind::link_down, 5s, primary}, Case{FaultKind::link_down, 5s, monitor},
        Case{FaultKind::partition, 5s, network}, Case{FaultKind::delay, 5s, network},
        Case{FaultKind::slow, 5s, primary}, Case{FaultKind::switch_failure, 5s, network},
        Case{FaultKind::maintenance, 20s, pair}}) {
    Scenario scenario;
    scenario.run.duration = 60s;
    Fault fault;
    become(fault, c.kind);
    fault.target = c.target;
    fault.at = Uniform{10s, 11s};
    fault.lasts = Distribution(c.lasts);
    if (c.kind == FaultKind::partition) fault.from = {Side::Member::primary};
    if (c.kind == FaultKind::clock_rate) fault.factor = 2.0;
    Fault crash;
    crash.at = 25s;
    scenario.faults = {fault, crash};
    for (std::uint64_t number = 1; number <= 3; ++number) {
      SCOPED_TRACE(std::string(to_text(c.kind)) + ", run " + std::to_string(number));
      const Outcome here = outcome_of(virtual_substrate, scenario, number);
      const Outcome there = outcome_of(GetParam(), scenario, number);
      ASSERT_EQ(there.faults.size(), here.faults.size());
      EXPECT_EQ(there.roles, here.roles);
      EXPECT_EQ(there.boots, here.boots);
      EXPECT_EQ(there.false_failovers, here.false_failovers);
      EXPECT_LT(distance(there.no_primary, here.no_primary), 2ms);
      EXPECT_LT(distance(there.dual_primary, here.dual_primary), 2ms);
      for (std::size_t i = 0; i < here.faults.size(); ++i) {
        EXPECT_EQ(there.faults[i].at, here.faults[i].at);
        ASSERT_EQ(there.faults[i].detection.has_value(), here.faults[i].detection.has_value());
        if (!here.faults[i].detection) continue;
        EXPECT_LT(distance(*there.faults[i].detection, *here.faults[i].detection), 1ms);
      }
    }
  }
}

// Whoever sleeps as it goes down, or is started meanwhile, is told.
TEST_P(Agreement, AServerWhoseOwnLinkIsDownFencesNobody) {
  struct Case {
    FaultKind kind;
    FaultTarget target;
  };
  for (const Case& c : {Case{FaultKind::link_down, FaultTarget::monitor},
                        Case{FaultKind::switch_failure, FaultTarget::network}}) {
    Scenario scenario;
    scenario.run.duration = 30s;
    scenario.pair.startup_grace = Duration(2s);
    // Who is not cut off boots who is.
    scenario.pair.watch_monitor = c.kind == FaultKind::switch_failure;
    Fault down{.kind = c.kind, .target = c.target, .at = 10s, .lasts = Distribution(8s)};
    Fault restart{.kind = FaultKind::daemon_restart, .target = FaultTarget::monitor, .at = 11s};
    Fault pause{.kind = FaultKind::pause, .target = FaultTarget::monitor, .at = 9'950ms};
    pause.lasts = Distribution(100ms);
    scenario.faults = {down, restart, pause};
    for (const Substrate& substrate : {virtual_substrate, GetParam()}) {
      SCOPED_TRACE(std::string(to_text(c.kind)) + ", " + substrate.name);
      const Outcome outcome = outcome_of(substrate, scenario, 1);
      EXPECT_EQ(outcome.boots, 0U);
      EXPECT_EQ(outcome.roles, (std::array{Role::primary, Role::monitor}));
      for (const Method method : {Method::today, Method::original}) {
        Scenario careless = scenario;
        careless.pair.method = method;
        careless.pair.own_link = method == Method::today ? std::optional(false) : std::nullopt;
        EXPECT_GT(outcome_of(substrate, careless, 1).boots, 0U);
      }
    }
  }
}

// Faults that are drawn packet by packet, once the hosts know each other's hardware addresses (what
// ns-3 has to ask for meets them too): the same pings fare the same, so each pair fails over, or
// not, within a millisecond.
TEST_P(Agreement, EveryPacketMeetsTheSame) {
  using enum Side::Member;
  struct Case {
    std::string name;
    Fault fault;
  };
  const auto of = [](FaultKind kind, auto change) {
    Fault fault;
    become(fault, kind);
    fault.at = Uniform{5s, 6s};
    fault.lasts = Distribution(20s);
    change(fault);
    return fault;
  };
  const std::vector<Case> cases = {
      {"loss one way", of(FaultKind::loss,
                          [](Fault& f) {
                            f.probability = 0.2;
                            f.from = {monitor};
                            f.to = {primary};
                            f.ways = Ways::one;
                          })},
      {"loss in bursts", of(FaultKind::loss,
                            [](Fault& f) {
                              f.probability = 0.0;
                              f.burst_begins = 0.05;
                              f.burst_ends = 0.5;
                              f.burst_probability = 0.9;
                            })},
      {"corrupt", of(FaultKind::corrupt, [](Fault& f) { f.probability = 0.15; })},
      {"jitter", of(FaultKind::jitter, [](Fault& f) { f.delay = Exponential{25ms}; })},
      {"reorder", of(FaultKind::reorder,
                     [](Fault& f) {
                       f.probability = 0.2;
                       f.delay = Uniform{20ms, 120ms};
                     })},
      {"duplicate", of(FaultKind::duplicate, [](Fault& f) { f.probability = 0.5; })},
      {"slow", of(FaultKind::slow,
                  [](Fault& f) {
                    f.delay = Uniform{0ms, 80ms};
                  })},
  };
  for (const Case& c : cases) {
    Scenario scenario;
    scenario.run.duration = 30s;
    scenario.pair.misses = 2U;
    scenario.pair.copy_every = 0U;
    scenario.service.enabled = false;
    scenario.faults = {c.fault};
    std::uint64_t failovers = 0;
    for (std::uint64_t number = 1; number <= 10; ++number) {
      SCOPED_TRACE(c.name + ", run " + std::to_string(number));
      const Outcome here = outcome_of(virtual_substrate, scenario, number);
      const Outcome there = outcome_of(GetParam(), scenario, number);
      ASSERT_EQ(there.faults[0].detection.has_value(), here.faults[0].detection.has_value());
      if (!here.faults[0].detection) continue;
      ++failovers;
      EXPECT_LT(distance(*there.faults[0].detection, *here.faults[0].detection), 1ms);
    }
    EXPECT_EQ(failovers > 5, c.fault.kind != FaultKind::duplicate) << c.name;
  }
}

// Of a queue that other traffic fills, the virtual substrate knows the steady state only; ns-3 has
// the queue. A packet's fate is another one on each, so it is their part that has to agree.
TEST_P(Agreement, ACongestedNetworkLosesAsManyRequests) {
  Scenario scenario;
  scenario.run.duration = 40s;
  scenario.pair.misses = 50U;  // goes on
  scenario.pair.watch_monitor = false;
  scenario.pair.copy_every = 0U;
  scenario.topology.bandwidth_bps = 1e7;
  scenario.service.request_interval = 20ms;
  Fault congestion;
  become(congestion, FaultKind::congestion);
  congestion.at = 5s;
  congestion.lasts = Distribution(30s);
  congestion.load = 2.0;
  congestion.queue = 20U;
  scenario.faults = {congestion};
  double here = 0.0;
  double there = 0.0;
  for (std::uint64_t number = 1; number <= 5; ++number) {
    here += static_cast<double>(outcome_of(virtual_substrate, scenario, number).lost_requests);
    there += static_cast<double>(outcome_of(GetParam(), scenario, number).lost_requests);
  }
  // Half of all packets find the queue full, so three of four of these 7500 requests are lost: 5625
  // with a deviation of 37, were they independent. Some, 20 ms apart, meet the same full queue.
  EXPECT_NEAR(here, 5625.0, 4 * 37.0);
  EXPECT_NEAR(there, here, 8 * 37.0);
}

INSTANTIATE_TEST_SUITE_P(Ns3, Agreement, testing::Values(ns3_substrate_v4, ns3_substrate_v6),
                         substrate_name);

}  // namespace
}  // namespace understudy
