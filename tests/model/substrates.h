// SPDX-License-Identifier: MIT
//
// The substrates, so that one test can run on each of them.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <ostream>
#include <string>

#include "understudy/lab/run.h"
#include "understudy/ns3/run.h"
#include "understudy/outcome/timeline.h"
#include "understudy/virtual_time/run.h"

namespace understudy {

struct Substrate {
  std::string name;
  Timeline (*run)(const Scenario&, const Run&, Detail);
  Duration slack{};  // how far it may be from what the method says to the nanosecond
};

inline void PrintTo(const Substrate& substrate, std::ostream* out) { *out << substrate.name; }

inline Timeline run_in_ns3(const Scenario& scenario, const Run& run, Detail detail) {
  return ns3_substrate::run(scenario, run, {}, detail);
}

inline const Substrate virtual_substrate{.name = "virtual", .run = &virtual_time::run};
inline const Substrate ns3_substrate_v4{.name = "ns3", .run = &run_in_ns3};
inline const Substrate ns3_substrate_v6{
    .name = "ns3_IPv6", .run = [](const Scenario& scenario, const Run& run, Detail detail) {
      Scenario with_ipv6 = scenario;
      with_ipv6.topology.ip = IpVersion::v6;
      return run_in_ns3(with_ipv6, run, detail);
    }};

// In real time an instant is late by what kernels and programs take: tenths of a millisecond. But
// labs run side by side and share the cores, and whoever has them has them for some milliseconds.
constexpr Duration slack_of_real_time = std::chrono::milliseconds(20);

inline Timeline run_in_the_lab(const Scenario& scenario, const Run& run, Detail detail) {
  return lab::run(scenario, run, detail);
}

inline const Substrate live_substrate_v4{
    .name = "live", .run = &run_in_the_lab, .slack = slack_of_real_time};
inline const Substrate live_substrate_v6{
    .name = "live_IPv6",
    .run =
        [](const Scenario& scenario, const Run& run, Detail detail) {
          Scenario with_ipv6 = scenario;
          with_ipv6.topology.ip = IpVersion::v6;
          return run_in_the_lab(with_ipv6, run, detail);
        },
    .slack = slack_of_real_time};

inline std::string substrate_name(const testing::TestParamInfo<Substrate>& info) {
  return info.param.name;
}

// Two minutes of a pair whose primary crashes after 30 to 31 s.
inline Scenario crash_scenario() {
  using namespace std::chrono_literals;
  Scenario scenario;
  scenario.name = "crash";
  scenario.run.duration = 120s;
  Fault crash;
  crash.at = Uniform{30s, 31s};
  scenario.faults.push_back(crash);
  return scenario;
}

}  // namespace understudy
