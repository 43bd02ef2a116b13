// SPDX-License-Identifier: MIT
#include "understudy/virtual_time/lone_detector.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "understudy/scenario/bad_input.h"
#include "understudy/scenario/faults.h"

namespace understudy {
namespace {

using namespace std::chrono_literals;

// Every answer takes 60 ms; the patience is 50 ms of an interval of 100 ms.
Scenario slow_network(std::uint32_t misses) {
  Scenario scenario;
  scenario.pair.ping_interval = 100ms;
  scenario.pair.ping_timeout = 50ms;
  scenario.pair.misses = misses;
  scenario.topology.delay = 30ms;
  return scenario;
}

Scenario with(Scenario scenario, FaultKind kind) {
  Fault fault;
  become(fault, kind);
  fault.at = 0ns;
  scenario.faults.push_back(fault);
  return scenario;
}

TEST(LoneDetector, IsMistakenFromTheEndOfItsPatienceUntilTheAnswer) {
  const auto mistakes = mistakes_alone(slow_network(1), {}, 3);
  const std::vector<Mistake> expected = {{Time{50ms}, 10ms}, {Time{150ms}, 10ms}};
  EXPECT_EQ(mistakes, expected) << "the third one is not over";
}

TEST(LoneDetector, TrustsWhileTheAnswerBeforeIsFreshEnough) {
  EXPECT_TRUE(mistakes_alone(slow_network(2), {}, 100).empty());
}

TEST(LoneDetector, ErrsForGoodOnceNothingGetsThrough) {
  Scenario deaf = with(slow_network(1), FaultKind::loss);
  deaf.faults[0].probability = 1.0;
  EXPECT_TRUE(mistakes_alone(deaf, {}, 100).empty()) << "a mistake without an end is none yet";
}

TEST(LoneDetector, LearnsToWaitIfItsKindLearns) {
  Scenario scenario = slow_network(1);
  scenario.pair.detector = DetectorKind::chen;
  const auto mistakes = mistakes_alone(scenario, {}, 100);
  EXPECT_EQ(mistakes.size(), 4U) << "until it has seen four answers, it waits as fixed does";
}

TEST(LoneDetector, DrawsFromTheStreamsOfItsRun) {
  Scenario scenario = with(slow_network(2), FaultKind::loss);
  scenario.topology.delay = 1ms;
  scenario.faults[0].probability = 0.2;
  const auto first = mistakes_alone(scenario, {.seed = 3, .number = 1}, 1000);
  EXPECT_FALSE(first.empty());
  EXPECT_EQ(first, mistakes_alone(scenario, {.seed = 3, .number = 1}, 1000));
  EXPECT_NE(first, mistakes_alone(scenario, {.seed = 3, .number = 2}, 1000));
}

TEST(LoneDetector, KnowsNoFaultsThatBeginOrEndOrStrikeServers) {
  for (const FaultKind kind : {FaultKind::crash, FaultKind::partition, FaultKind::link_down}) {
    EXPECT_THROW((void)mistakes_alone(with(slow_network(1), kind), {}, 1), BadInput);
  }
  for (const bool ends : {false, true}) {
    Scenario scenario = with(slow_network(1), FaultKind::loss);
    if (ends) {
      scenario.faults[0].lasts = Distribution(1s);
    } else {
      scenario.faults[0].at = 1s;
    }
    EXPECT_THROW((void)mistakes_alone(scenario, {}, 1), BadInput);
  }
}

}  // namespace
}  // namespace understudy
