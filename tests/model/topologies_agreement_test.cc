// SPDX-License-Identifier: MIT
//
// The substrates agree on every topology, run by run.
//
// Faults strike 60 ms after a ping of the monitor left, when it has been answered wherever the
// primary is, and the next is still to come: what is on the wire at that instant meets a cable that
// goes down in ns-3, and gets through in virtual time (links.h).
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <tuple>
#include <vector>

#include "substrates.h"
#include "understudy/outcome/outcome.h"
#include "understudy/scenario/checks.h"
#include "understudy/scenario/faults.h"
#include "understudy/scenario/plan.h"
#include "understudy/scenario/topologies.h"
#include "understudy/scenario/words.h"

namespace understudy {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t runs = 2;

Run run_of(std::uint64_t number) { return {.seed = 1, .number = number}; }

Outcome outcome_of(const Substrate& substrate, const Scenario& scenario, std::uint64_t number) {
  return measure(scenario, substrate.run(scenario, run_of(number), Detail::changes));
}

Duration distance(Duration a, Duration b) { return a > b ? a - b : b - a; }

Duration between_pings(const Scenario& scenario, Duration about, std::uint64_t number) {
  const Config config = scenario.config();
  const Time phase = draw_phases(config, run_of(number)).ping;
  return about - (Time{} + about - phase) % config.ping_interval + 60ms;
}

class Topologies : public testing::TestWithParam<std::tuple<TopologyKind, Substrate>> {
 protected:
  [[nodiscard]] static TopologyKind kind() { return std::get<0>(GetParam()); }
  [[nodiscard]] static const Substrate& there() { return std::get<1>(GetParam()); }

  [[nodiscard]] static Scenario scenario_of(std::vector<Fault> faults) {
    Scenario scenario;
    scenario.run.duration = 60s;
    scenario.topology.kind = kind();
    scenario.faults = std::move(faults);
    return scenario;
  }

  // What a client may see of packets that take longer in ns-3: a request more or less, and a round
  // trip in which a server looks for the client's hardware address.
  [[nodiscard]] static Duration of_a_client(const Scenario& scenario) {
    return scenario.service.request_interval + greatest_round_trip(scenario.topology) + 1ms;
  }

  static void agree(Scenario scenario) {
    check(scenario);
    const std::vector<Fault> faults = scenario.faults;
    for (std::uint64_t number = 1; number <= runs; ++number) {
      SCOPED_TRACE("run " + std::to_string(number));
      for (std::size_t i = 0; i < faults.size(); ++i) {
        scenario.faults[i].at = between_pings(scenario, faults[i].at.mean(), number);
      }
      const Outcome here = outcome_of(virtual_substrate, scenario, number);
      const Outcome ns3 = outcome_of(there(), scenario, number);
      EXPECT_EQ(ns3.roles, here.roles);
      EXPECT_EQ(ns3.boots, here.boots);
      EXPECT_EQ(ns3.false_failovers, here.false_failovers);
      EXPECT_LT(distance(ns3.no_primary, here.no_primary), 2ms);
      EXPECT_LT(distance(ns3.dual_primary, here.dual_primary), 2ms);
      ASSERT_EQ(ns3.faults.size(), here.faults.size());
      for (std::size_t i = 0; i < here.faults.size(); ++i) {
        agree_on(ns3.faults[i], here.faults[i], of_a_client(scenario));
      }
    }
  }

  static void agree_on(const FaultOutcome& ns3, const FaultOutcome& here, Duration of_a_client) {
    EXPECT_EQ(ns3.at, here.at);
    ASSERT_EQ(ns3.detection.has_value(), here.detection.has_value());
    ASSERT_EQ(ns3.redundancy.has_value(), here.redundancy.has_value());
    EXPECT_LT(distance(ns3.detection.value_or(0s), here.detection.value_or(0s)), 1ms);
    EXPECT_LT(distance(ns3.redundancy.value_or(0s), here.redundancy.value_or(0s)), 2ms);
    EXPECT_LT(distance(*ns3.outage, *here.outage), of_a_client);
  }

  static Fault fault_of(FaultKind kind, FaultTarget target, Duration about,
                        std::optional<Duration> lasts = std::nullopt) {
    Fault fault;
    become(fault, kind);
    fault.target = target;
    fault.at = about;
    if (lasts) fault.lasts = Distribution(*lasts);
    return fault;
  }
};

TEST_P(Topologies, AgreeOnACrash) {
  agree(scenario_of({fault_of(FaultKind::crash, FaultTarget::primary, 20s)}));
}

TEST_P(Topologies, AgreeOnAColdStart) {
  Scenario scenario = scenario_of({});
  scenario.run.start = Start::cold;
  for (std::uint64_t number = 1; number <= runs; ++number) {
    const Outcome here = outcome_of(virtual_substrate, scenario, number);
    const Outcome ns3 = outcome_of(there(), scenario, number);
    EXPECT_EQ(ns3.roles, here.roles) << "run " << number;
    EXPECT_EQ(ns3.boots, here.boots) << "run " << number;
    EXPECT_LT(distance(ns3.no_primary, here.no_primary), 2ms) << "run " << number;
  }
}

TEST_P(Topologies, AgreeOnCablesThatGoDown) {
  for (const FaultTarget target :
       {FaultTarget::primary, FaultTarget::monitor, FaultTarget::client}) {
    SCOPED_TRACE(to_text(target));
    agree(scenario_of({fault_of(FaultKind::link_down, target, 20s, 5s)}));
  }
}

TEST_P(Topologies, AgreeOnSwitchesThatFail) {
  for (const FaultTarget target : targets_of(FaultKind::switch_failure)) {
    if (!has_part(kind(), target)) continue;
    SCOPED_TRACE(to_text(target));
    agree(scenario_of({fault_of(FaultKind::switch_failure, target, 20s, 5s)}));
  }
}

TEST_P(Topologies, AgreeOnPartitions) {
  Fault of_servers = fault_of(FaultKind::partition, FaultTarget::network, 20s, 5s);
  of_servers.from = {Side::Member::first};
  of_servers.to = {Side::Member::second};
  Fault of_primary = of_servers;
  of_primary.to = {};
  Fault one_way = of_servers;
  one_way.ways = Ways::one;
  for (const Fault& fault : {of_servers, of_primary, one_way}) agree(scenario_of({fault}));
}

TEST_P(Topologies, AgreeOnPacketsThatAreLost) {
  Fault loss = fault_of(FaultKind::loss, FaultTarget::network, 1s);
  loss.probability = 0.05;
  Scenario scenario = scenario_of({loss});
  scenario.pair.misses = 2U;
  scenario.pair.watch_monitor = false;
  scenario.pair.copy_every = 0U;
  scenario.service.enabled = false;
  std::uint64_t failovers = 0;
  for (std::uint64_t number = 1; number <= 3 * runs; ++number) {
    scenario.faults[0].at = between_pings(scenario, 1s, number);
    const Outcome here = outcome_of(virtual_substrate, scenario, number);
    const Outcome ns3 = outcome_of(there(), scenario, number);
    ASSERT_EQ(ns3.faults[0].detection.has_value(), here.faults[0].detection.has_value());
    if (!here.faults[0].detection) continue;
    ++failovers;
    EXPECT_LT(distance(*ns3.faults[0].detection, *here.faults[0].detection), 1ms)
        << "run " << number;
  }
  EXPECT_GT(failovers, runs);
}

TEST_P(Topologies, AgreeOnDrawnDelays) {
  Scenario scenario = scenario_of({fault_of(FaultKind::crash, FaultTarget::primary, 20s)});
  scenario.topology.delay = Uniform{50us, 2ms};
  if (kind() == TopologyKind::wan) {
    scenario.topology.wan_delay = Uniform{5ms, 8ms};
    scenario.topology.wan_delay_back = Uniform{1ms, 9ms};
  }
  if (kind() == TopologyKind::routed) scenario.topology.route_delay = Uniform{10ms, 200ms};
  agree(scenario);
}

std::string name_of(const testing::TestParamInfo<std::tuple<TopologyKind, Substrate>>& info) {
  std::string name(to_text(std::get<0>(info.param)));
  std::erase(name, '-');
  return name + "_" + std::get<1>(info.param).name;
}

INSTANTIATE_TEST_SUITE_P(All, Topologies,
                         testing::Combine(testing::Values(TopologyKind::lan,
                                                          TopologyKind::dual_switch,
                                                          TopologyKind::routed, TopologyKind::wan),
                                          testing::Values(ns3_substrate_v4, ns3_substrate_v6)),
                         name_of);

// ---- what only one of them has ------------------------------------------------------------------

class DualSwitchAgreement : public Topologies {};

// The primary is on B, all others on A; then the uplink goes, and the monitor takes over.
TEST_P(DualSwitchAgreement, AgreesOnTheUplink) {
  agree(scenario_of({fault_of(FaultKind::link_down, FaultTarget::first, 10s),
                     fault_of(FaultKind::link_down, FaultTarget::uplink, 20s, 5s)}));
}

TEST_P(DualSwitchAgreement, AgreesOnBothPortsDown) {
  agree(scenario_of({fault_of(FaultKind::link_down, FaultTarget::pair, 10s, 15s),
                     fault_of(FaultKind::link_down, FaultTarget::first, 20s, 5s),
                     fault_of(FaultKind::switch_failure, FaultTarget::switch_b, 45s)}));
}

TEST_P(DualSwitchAgreement, AgreesOnFailoverDelaysThatAreDrawn) {
  Scenario scenario =
      scenario_of({fault_of(FaultKind::switch_failure, FaultTarget::switch_a, 20s, 5s),
                   fault_of(FaultKind::switch_failure, FaultTarget::switch_b, 40s)});
  scenario.topology.failover_delay = Uniform{0s, 100ms};
  for (std::uint64_t number = 1; number <= runs; ++number) {
    const Timeline here = virtual_substrate.run(scenario, run_of(number), Detail::changes);
    const Timeline ns3 = there().run(scenario, run_of(number), Detail::changes);
    const auto moves = [](const Timeline& timeline) {
      std::vector<Event> events = timeline.events;
      std::erase_if(events, [](const Event& e) { return e.kind != Event::Kind::moved_port; });
      return events;
    };
    EXPECT_EQ(moves(ns3), moves(here));
    EXPECT_EQ(moves(here).size(), 8U);  // four hosts, there and back
  }
}

INSTANTIATE_TEST_SUITE_P(All, DualSwitchAgreement,
                         testing::Combine(testing::Values(TopologyKind::dual_switch),
                                          testing::Values(ns3_substrate_v4, ns3_substrate_v6)),
                         name_of);

class WanAgreement : public Topologies {};

TEST_P(WanAgreement, AgreesOnTheLinkBetweenTheSites) {
  for (const ServerId site : {ServerId::first, ServerId::second}) {
    Scenario scenario = scenario_of({fault_of(FaultKind::link_down, FaultTarget::wan, 20s, 5s)});
    scenario.topology.client_site = site;
    scenario.topology.wan_delay_back = Distribution(3ms);
    agree(scenario);
  }
}

INSTANTIATE_TEST_SUITE_P(All, WanAgreement,
                         testing::Combine(testing::Values(TopologyKind::wan),
                                          testing::Values(ns3_substrate_v4, ns3_substrate_v6)),
                         name_of);

class RoutedAgreement : public Topologies {};

// Two primaries, as the power channel says nothing, until the partition is over.
TEST_P(RoutedAgreement, AgreesOnTwoHoldersThatHearOfEachOther) {
  Fault partition = fault_of(FaultKind::partition, FaultTarget::network, 20s, 5s);
  partition.from = {Side::Member::first};
  partition.to = {Side::Member::second};
  Scenario scenario =
      scenario_of({partition, fault_of(FaultKind::power_failure, FaultTarget::pair, 20s, 60s)});
  scenario.pair.takeover = Takeover::immediate;
  agree(scenario);
}

INSTANTIATE_TEST_SUITE_P(All, RoutedAgreement,
                         testing::Combine(testing::Values(TopologyKind::routed),
                                          testing::Values(ns3_substrate_v4, ns3_substrate_v6)),
                         name_of);

}  // namespace
}  // namespace understudy
