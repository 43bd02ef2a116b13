// SPDX-License-Identifier: MIT
//
// What the claims are shown in: as short as may be, since on real sockets a second is a second.
#pragma once

#include "substrates.h"
#include "understudy/scenario/faults.h"

namespace understudy {

// Servers boot in a second or so, the primary crashes after two to three, and after seven both
// roles are filled again.
inline Scenario short_crash() {
  using namespace std::chrono_literals;
  Scenario scenario = crash_scenario();
  scenario.server.boot_time = 1200ms;
  scenario.faults[0].at = Uniform{2s, 3s};
  scenario.run.duration = 7s;
  return scenario;
}

inline Scenario original() {
  Scenario scenario = short_crash();
  scenario.pair.method = Method::original;
  return scenario;
}

inline Scenario crash_with(Takeover takeover) {
  Scenario scenario = short_crash();
  scenario.pair.takeover = takeover;
  return scenario;
}

// The second is of the server that the first made the primary, with the other as its monitor.
inline Scenario two_crashes() {
  using namespace std::chrono_literals;
  Scenario scenario = short_crash();
  scenario.faults.push_back(scenario.faults[0]);
  scenario.faults[1].at = 7s;
  scenario.run.duration = 12s;
  return scenario;
}

inline Scenario quiet() {
  using namespace std::chrono_literals;
  Scenario scenario = short_crash();
  scenario.faults.clear();
  scenario.run.duration = 5s;
  return scenario;
}

// From 1 s on, they take 60 ms, and 50 ms are allowed.
inline Scenario late_answers() {
  using namespace std::chrono_literals;
  Scenario scenario = quiet();
  Fault delay;
  become(delay, FaultKind::delay);
  delay.at = 1s;
  delay.delay = Distribution(30ms);
  scenario.faults = {delay};
  return scenario;
}

}  // namespace understudy
