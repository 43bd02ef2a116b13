// SPDX-License-Identifier: MIT
//
// The substrates agree: run by run, because the draws belong to the run.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <optional>
#include <vector>

#include "substrates.h"
#include "understudy/outcome/outcome.h"
#include "understudy/scenario/plan.h"

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

// The same pings are lost on both, so the same failures are declared, within a millisecond.
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
  loss.at = 100ms;
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

INSTANTIATE_TEST_SUITE_P(Ns3, Agreement, testing::Values(ns3_substrate_v4, ns3_substrate_v6),
                         substrate_name);

}  // namespace
}  // namespace understudy
