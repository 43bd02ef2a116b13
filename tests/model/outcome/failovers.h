// SPDX-License-Identifier: MIT
//
// What the tests of the outcome are about: faults, and a failover as it should be.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <utility>
#include <vector>

#include "timeline_maker.h"
#include "understudy/outcome/outcome.h"

namespace understudy::testing {

using namespace std::chrono_literals;

inline Fault fault_of(FaultKind kind, FaultTarget target) {
  Fault fault;
  fault.kind = kind;
  fault.target = target;
  return fault;
}
inline Fault crash_of(FaultTarget target) { return fault_of(FaultKind::crash, target); }
inline Fault crash_of_primary() { return crash_of(FaultTarget::primary); }
inline Fault crash_of_monitor() { return crash_of(FaultTarget::monitor); }
inline Fault loss(double probability) {
  Fault fault = fault_of(FaultKind::loss, FaultTarget::network);
  fault.probability = probability;
  return fault;
}

inline Scenario with(std::vector<Fault> faults) {
  Scenario scenario;
  scenario.faults = std::move(faults);
  return scenario;
}

// What followed from the only fault.
inline FaultOutcome only_fault(const Scenario& scenario, const Timeline& timeline) {
  const Outcome outcome = measure(scenario, timeline);
  EXPECT_EQ(outcome.faults.size(), 1U);
  return outcome.faults.at(0);
}

// A failover as it should be: the primary dies at 30 s, is declared failed at 30.25 s, is off for
// sure at 30.75 s and back as the monitor at 50 s.
inline TimelineMaker failover() {
  TimelineMaker t;
  t.settled();
  t.at(30s).fault(0, first).powered_off(first);
  t.at(30250ms).declares(second, Address::primary).orders(second, PowerOrder::off);
  t.at(30750ms).is_told(second, FenceResult::off).releases(second, Address::monitor);
  t.claims(second, Address::primary).serves(second).orders(second, PowerOrder::on);
  t.powered_on_by_channel(first).is_told(second, FenceResult::on);
  t.at(49400ms).up(first);
  t.at(50s).claims(first, Address::monitor);
  return t;
}

}  // namespace understudy::testing
