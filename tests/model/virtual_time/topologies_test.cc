// SPDX-License-Identifier: MIT
//
// What a pair makes of each topology.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <vector>

#include "understudy/outcome/outcome.h"
#include "understudy/scenario/checks.h"
#include "understudy/scenario/faults.h"
#include "understudy/virtual_time/run.h"
#include "understudy/virtual_time/virtual_world.h"

namespace understudy {
namespace {

using namespace std::chrono_literals;

// The client asks at whole multiples of 10 ms.
constexpr Duration between_requests = 30'003ms;

Scenario on(TopologyKind kind) {
  Scenario scenario;
  scenario.run.duration = 120s;
  scenario.topology.kind = kind;
  return scenario;
}

Fault fault_of(FaultKind kind, FaultTarget target, Duration begins,
               std::optional<Duration> lasts = std::nullopt) {
  Fault fault;
  become(fault, kind);
  fault.target = target;
  fault.at = begins;
  if (lasts) fault.lasts = Distribution(*lasts);
  return fault;
}

Outcome outcome_of(const Scenario& scenario, std::uint64_t number = 1) {
  check(scenario);
  return measure(scenario, virtual_time::run(scenario, {.seed = 1, .number = number}));
}

Timeline packets_of(const Scenario& scenario) {
  return virtual_time::run(scenario, {}, Detail::packets);
}

Time first(const Timeline& timeline, Event::Kind kind, Host host) {
  const auto found = std::ranges::find_if(
      timeline.events, [&](const Event& e) { return e.kind == kind && e.host == host; });
  return found == timeline.events.end() ? never : found->at;
}

// ---- dual-switch --------------------------------------------------------------------------------

TEST(DualSwitchWorld, ADeadSwitchCostsTheClientTheFailoverDelayAndNobodyHisRole) {
  Scenario scenario = on(TopologyKind::dual_switch);
  scenario.faults = {fault_of(FaultKind::switch_failure, FaultTarget::switch_a, between_requests)};
  for (std::uint64_t number = 1; number <= 20; ++number) {
    const Outcome outcome = outcome_of(scenario, number);
    EXPECT_EQ(outcome.boots, 0U);
    EXPECT_EQ(outcome.false_failovers, 0U);
    EXPECT_EQ(outcome.lost_requests, 10U);  // 100 ms, one every 10 ms
    EXPECT_EQ(outcome.roles[0], Role::primary);
    EXPECT_EQ(outcome.faults.at(0).target, FaultTarget::switch_a);
  }
}

TEST(DualSwitchWorld, ASwitchThatNobodyUsesIsNotMissed) {
  Scenario scenario = on(TopologyKind::dual_switch);
  scenario.faults = {fault_of(FaultKind::switch_failure, FaultTarget::switch_b, between_requests)};
  EXPECT_EQ(outcome_of(scenario).lost_requests, 0U);
}

TEST(DualSwitchWorld, HostsOnDifferentSwitchesReachEachOtherByTheUplink) {
  Scenario scenario = on(TopologyKind::dual_switch);
  scenario.faults = {fault_of(FaultKind::link_down, FaultTarget::first, between_requests)};
  const Outcome outcome = outcome_of(scenario);
  EXPECT_EQ(outcome.lost_requests, 10U);
  EXPECT_EQ(outcome.boots, 0U);
  // Without the uplink, first is alone on B from 60 s on, until it has been fenced and booted.
  scenario.faults.push_back(fault_of(FaultKind::link_down, FaultTarget::uplink, 60s, 10s));
  const Outcome parted = outcome_of(scenario);
  EXPECT_EQ(parted.boots, 1U);
  EXPECT_EQ(parted.false_failovers, 0U);  // the client does not reach it
  EXPECT_EQ(parted.roles[1], Role::primary);
}

TEST(DualSwitchWorld, BothPortsOfAPrimaryDownIsAFailover) {
  Scenario scenario = on(TopologyKind::dual_switch);
  scenario.faults = {fault_of(FaultKind::link_down, FaultTarget::first, between_requests, 10s),
                     fault_of(FaultKind::link_down, FaultTarget::first, 31s, 10s)};
  EXPECT_EQ(outcome_of(scenario).boots, 1U);
}

TEST(DualSwitchWorld, BothPortsOfAMonitorDownAreItsOwnFault) {
  Scenario scenario = on(TopologyKind::dual_switch);
  scenario.pair.watch_monitor = false;
  scenario.faults = {fault_of(FaultKind::link_down, FaultTarget::second, between_requests, 10s),
                     fault_of(FaultKind::link_down, FaultTarget::second, 31s, 10s)};
  EXPECT_EQ(outcome_of(scenario).boots, 0U);
  // The uplink is nobody's own.
  scenario.faults[1].target = FaultTarget::uplink;
  EXPECT_EQ(outcome_of(scenario).boots, 1U);
}

TEST(DualSwitchWorld, WhoGoesOverAnnouncesItsAddresses) {
  Scenario scenario = on(TopologyKind::dual_switch);
  scenario.pair.announce_interval = 0s;  // so that nobody else does
  scenario.topology.failover_delay = 120ms;
  scenario.faults = {fault_of(FaultKind::switch_failure, FaultTarget::switch_a, between_requests)};
  const Timeline timeline = packets_of(scenario);
  EXPECT_EQ(first(timeline, Event::Kind::moved_port, Host::first),
            Time{} + between_requests + 120ms);
  EXPECT_EQ(std::ranges::count_if(timeline.events,
                                  [](const Event& e) {
                                    return e.kind == Event::Kind::announcement_sent &&
                                           e.at == Time{} + between_requests + 120ms;
                                  }),
            2);
}

TEST(DualSwitchWorld, TheFailoverDelayIsDrawnForEachHost) {
  Scenario scenario = on(TopologyKind::dual_switch);
  scenario.topology.failover_delay = Uniform{0s, 100ms};
  scenario.faults = {fault_of(FaultKind::switch_failure, FaultTarget::switch_a, between_requests)};
  const Timeline timeline = packets_of(scenario);
  const Time of_first = first(timeline, Event::Kind::moved_port, Host::first);
  const Time of_second = first(timeline, Event::Kind::moved_port, Host::second);
  EXPECT_NE(of_first, of_second);
  EXPECT_LE(std::max(of_first, of_second), Time{} + between_requests + 100ms);
}

TEST(DualSwitchWorld, AHastyMonitorTakesADeadSwitchForADeadServer) {
  Scenario scenario = on(TopologyKind::dual_switch);
  scenario.topology.failover_delay = 400ms;
  scenario.faults = {fault_of(FaultKind::switch_failure, FaultTarget::switch_a, between_requests)};
  EXPECT_EQ(outcome_of(scenario).boots, 1U);
}

// ---- routed -------------------------------------------------------------------------------------

TEST(RoutedWorld, AnAddressMovesFromNetworkToNetworkRouteDelayAfterItsClaim) {
  Scenario scenario = on(TopologyKind::routed);
  scenario.topology.route_delay = 200ms;
  scenario.faults = {fault_of(FaultKind::crash, FaultTarget::primary, 30s)};
  Scenario lan = scenario;
  lan.topology = {};
  for (std::uint64_t number = 1; number <= 20; ++number) {
    const Outcome routed = outcome_of(scenario, number);
    const Outcome switched = outcome_of(lan, number);
    EXPECT_EQ(routed.faults.at(0).takeover, switched.faults.at(0).takeover);
    EXPECT_EQ(*routed.faults.at(0).outage - *switched.faults.at(0).outage, 200ms);
    EXPECT_EQ(routed.roles, switched.roles);
  }
}

TEST(RoutedWorld, AColdStartSettles) {
  Scenario scenario = on(TopologyKind::routed);
  scenario.run.start = Start::cold;
  for (std::uint64_t number = 1; number <= 20; ++number) {
    const Outcome outcome = outcome_of(scenario, number);
    EXPECT_EQ(std::ranges::count(outcome.roles, Role::primary), 1);
    EXPECT_EQ(std::ranges::count(outcome.roles, Role::monitor), 1);
    EXPECT_EQ(outcome.boots, 0U);
  }
}

// A partition makes two primaries of `immediate` until the fence; where that fails, until they hear
// of each other.
TEST(RoutedWorld, TwoHoldersHearOfEachOther) {
  Scenario scenario = on(TopologyKind::routed);
  scenario.pair.takeover = Takeover::immediate;
  Fault partition = fault_of(FaultKind::partition, FaultTarget::network, 30s, 10s);
  partition.from = {Side::Member::first};
  partition.to = {Side::Member::second};
  scenario.faults = {partition, fault_of(FaultKind::power_failure, FaultTarget::pair, 30s, 60s)};
  const Outcome outcome = outcome_of(scenario);
  EXPECT_GT(outcome.dual_primary, 9s);
  EXPECT_LT(outcome.dual_primary, 10'500ms);
  EXPECT_EQ(std::ranges::count(outcome.roles, Role::primary), 1);
}

TEST(RoutedWorld, RoutersThatAreDownCutEverybodyOff) {
  Scenario scenario = on(TopologyKind::routed);
  scenario.faults = {fault_of(FaultKind::switch_failure, FaultTarget::network, 30s, 10s)};
  const Outcome outcome = outcome_of(scenario);
  EXPECT_EQ(outcome.false_failovers, 0U);
  EXPECT_GE(outcome.lost_requests, 1000U);
}

// ---- wan ----------------------------------------------------------------------------------------

TEST(WanWorld, ARequestTakesTheTimeOfItsWayThereAndBack) {
  Scenario scenario = on(TopologyKind::wan);
  scenario.topology.wan_delay = 30ms;
  scenario.topology.wan_delay_back = Distribution(25ms);
  scenario.pair.ping_timeout = 60ms;
  EXPECT_EQ(outcome_of(scenario).lost_requests, 0U);  // client and primary are at one site
  scenario.topology.client_site = ServerId::second;
  EXPECT_EQ(outcome_of(scenario).lost_requests, outcome_of(scenario).requests);  // 55 ms
  scenario.service.request_timeout = 56ms;
  EXPECT_EQ(outcome_of(scenario).lost_requests, 0U);
}

TEST(WanWorld, DrawnDelaysAreDrawnForEachDirection) {
  Scenario scenario = on(TopologyKind::wan);
  scenario.topology.wan_delay = Uniform{10ms, 11ms};
  scenario.topology.wan_delay_back = Distribution(5ms);
  const Timeline timeline = packets_of(scenario);
  std::vector<Duration> round_trips;
  Time sent = never;
  for (const Event& e : timeline.events) {
    if (e.host != Host::second) continue;
    if (e.kind == Event::Kind::ping_sent) sent = e.at;
    if (e.kind == Event::Kind::answer_heard) round_trips.push_back(e.at - sent);
  }
  ASSERT_GT(round_trips.size(), 1000U);
  const auto [least, most] = std::ranges::minmax(round_trips);
  EXPECT_GE(least, 15'100us);
  EXPECT_LT(least, 15'110us);
  EXPECT_LE(most, 16'100us);
  EXPECT_GT(most, 16'090us);
}

TEST(WanWorld, ACopyFromSiteToSiteTakesTheNarrowLink) {
  Scenario scenario = on(TopologyKind::wan);
  scenario.topology.wan_bandwidth_bps = 8e6;  // 64 KiB take 65.536 ms
  const Timeline timeline = packets_of(scenario);
  const Time begun = first(timeline, Event::Kind::copy_begun, Host::second);
  const auto whole = std::ranges::find_if(timeline.events, [](const Event& e) {
    return e.kind == Event::Kind::note && e.note.kind == Note::Kind::copy_whole;
  });
  ASSERT_NE(whole, timeline.events.end());
  EXPECT_EQ(whole->at - begun, 65'536us + 10'050us);
}

TEST(WanWorld, TheLinkBetweenTheSitesDownIsAFalseFailoverOfAPrimaryAtTheClientsSite) {
  for (const ServerId site : {ServerId::first, ServerId::second}) {
    Scenario scenario = on(TopologyKind::wan);
    scenario.topology.client_site = site;
    scenario.faults = {fault_of(FaultKind::link_down, FaultTarget::wan, 30s, 10s)};
    const Outcome outcome = outcome_of(scenario);
    EXPECT_EQ(outcome.boots, 1U);
    EXPECT_EQ(outcome.dual_primary, 0s);
    EXPECT_EQ(outcome.false_failovers, site == ServerId::first ? 1U : 0U);
    EXPECT_EQ(outcome.faults.at(0).target, FaultTarget::wan);
  }
}

// At the client's site, as at a gateway: what the monitor on the other side asks in vain.
TEST(WanWorld, AWitnessAtThePrimarysSiteKeepsTheMonitorFromBlamingThePrimary) {
  Scenario scenario = on(TopologyKind::wan);
  scenario.pair.witness = true;
  scenario.pair.watch_monitor = false;
  scenario.faults = {fault_of(FaultKind::link_down, FaultTarget::wan, 30s, 10s)};
  EXPECT_EQ(outcome_of(scenario).boots, 0U);
}

TEST(WanWorld, ASwitchIsThatOfOneSite) {
  Scenario scenario = on(TopologyKind::wan);
  scenario.pair.witness = true;
  scenario.pair.watch_monitor = false;
  scenario.faults = {fault_of(FaultKind::switch_failure, FaultTarget::switch_b, 30s, 10s)};
  EXPECT_EQ(outcome_of(scenario).lost_requests, 0U);
  scenario.faults[0].target = FaultTarget::switch_a;
  EXPECT_NEAR(static_cast<double>(outcome_of(scenario).lost_requests), 1000.0, 1.0);
}

}  // namespace
}  // namespace understudy
