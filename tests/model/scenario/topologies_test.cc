// SPDX-License-Identifier: MIT
//
// What of a network works, and whom a fault of a part of it parts.
#include "understudy/scenario/topologies.h"

#include <gtest/gtest.h>

#include "understudy/scenario/dual_switch.h"
#include "understudy/scenario/faults.h"
#include "understudy/scenario/route_table.h"

namespace understudy {
namespace {

using namespace std::chrono_literals;

Fault of(FaultKind kind, FaultTarget target) { return {.kind = kind, .target = target}; }

Topology wan(ServerId client_site) {
  return {.kind = TopologyKind::wan,
          .delay = 1ms,
          .wan_delay = 10ms,
          .wan_delay_back = Distribution(20ms),
          .wan_bandwidth_bps = 1e6,
          .client_site = client_site};
}

// ---- wan ----------------------------------------------------------------------------------------

TEST(Wan, TheClientAndTheWitnessAreAtTheSiteOfOneServer) {
  EXPECT_EQ(hosts_at(wan(ServerId::first), Site::a),
            (HostSet{Host::first, Host::client, Host::witness}));
  EXPECT_EQ(hosts_at(wan(ServerId::second), Site::a), HostSet{Host::first});
}

TEST(Wan, TheWayBackMayTakeAnotherTime) {
  const Topology topology = wan(ServerId::first);
  EXPECT_EQ(wan_delay(topology, Host::first, Host::client), nullptr);
  EXPECT_EQ(wan_delay(topology, Host::client, Host::second)->mean(), 10ms);
  EXPECT_EQ(wan_delay(topology, Host::second, Host::client)->mean(), 20ms);
  EXPECT_EQ(greatest_round_trip(topology), 32ms);
}

TEST(Wan, TheLinkBetweenTheSitesIsTheNarrowOne) {
  const Topology topology = wan(ServerId::first);
  EXPECT_EQ(bandwidth_bps(topology, Host::first, Host::client), 1e9);
  EXPECT_EQ(bandwidth_bps(topology, Host::first, Host::second), 1e6);
}

TEST(Wan, AFaultOfAPartStrikesWhomItParts) {
  const Topology topology = wan(ServerId::second);
  const HostSet far = {Host::second, Host::client, Host::witness};
  EXPECT_EQ(struck_by(of(FaultKind::link_down, FaultTarget::wan), topology, {}),
            (Struck{{Host::first}, far}));
  EXPECT_EQ(struck_by(of(FaultKind::switch_failure, FaultTarget::switch_b), topology, {}),
            (Struck{far, HostSet::all()}));
}

// ---- dual-switch --------------------------------------------------------------------------------

TEST(DualSwitch, ConnectsEverybodyAsLongAsNothingIsBroken) {
  const DualSwitch network;
  for (const Host from : all_hosts) {
    EXPECT_EQ(network.in_use(from), Port::a);
    EXPECT_EQ(network.better(from), std::nullopt);
    for (const Host to : all_hosts) EXPECT_TRUE(network.connected(from, to));
  }
}

TEST(DualSwitch, ADeadSwitchPartsEverybodyUntilTheyUseTheOther) {
  DualSwitch network;
  network.begin(0, of(FaultKind::switch_failure, FaultTarget::switch_a), HostSet::all());
  EXPECT_FALSE(network.connected(Host::first, Host::second));
  EXPECT_EQ(network.better(Host::first), Port::b);
  network.use(Host::first, Port::b);
  EXPECT_FALSE(network.connected(Host::first, Host::second));  // still on A
  network.use(Host::second, Port::b);
  EXPECT_TRUE(network.connected(Host::first, Host::second));
  network.end(0);
  EXPECT_EQ(network.better(Host::first), std::nullopt);  // and there it stays
}

TEST(DualSwitch, HostsOnDifferentSwitchesNeedTheUplink) {
  DualSwitch network;
  network.use(Host::first, Port::b);
  EXPECT_TRUE(network.connected(Host::first, Host::client));
  network.begin(3, of(FaultKind::link_down, FaultTarget::uplink), HostSet::all());
  EXPECT_FALSE(network.connected(Host::first, Host::client));
  EXPECT_TRUE(network.connected(Host::second, Host::client));
  EXPECT_EQ(network.better(Host::first), std::nullopt);  // its own port has a carrier
  network.end(3);
  EXPECT_TRUE(network.connected(Host::first, Host::client));
}

TEST(DualSwitch, ALinkThatGoesDownIsTheOneInUse) {
  DualSwitch network;
  network.use(Host::second, Port::b);
  network.begin(0, of(FaultKind::link_down, FaultTarget::pair), {Host::first, Host::second});
  EXPECT_FALSE(network.carrier(Host::first, Port::a));
  EXPECT_TRUE(network.carrier(Host::first, Port::b));
  EXPECT_TRUE(network.carrier(Host::second, Port::a));
  EXPECT_FALSE(network.carrier(Host::second, Port::b));
}

TEST(DualSwitch, NobodyGoesOverToAPortWithoutACarrier) {
  DualSwitch network;
  network.begin(0, of(FaultKind::switch_failure, FaultTarget::network), HostSet::all());
  EXPECT_EQ(network.better(Host::client), std::nullopt);
  EXPECT_FALSE(network.connected(Host::client, Host::first));
}

TEST(DualSwitch, WhatTwoFaultsBreakIsWholeWhenBothHaveEnded) {
  DualSwitch network;
  network.begin(0, of(FaultKind::switch_failure, FaultTarget::switch_a), HostSet::all());
  network.begin(1, of(FaultKind::switch_failure, FaultTarget::switch_a), HostSet::all());
  network.end(0);
  EXPECT_FALSE(network.switch_works(Port::a));
  network.end(1);
  EXPECT_TRUE(network.switch_works(Port::a));
}

// ---- routed -------------------------------------------------------------------------------------

RouteTable table_with(const Distribution& delay) {
  return {{.kind = TopologyKind::routed, .route_delay = delay}, Host::client, {}};
}

TEST(RouteTable, KnowsNobodyAtFirst) {
  EXPECT_EQ(table_with(50ms).holder(Address::primary), std::nullopt);
}

TEST(RouteTable, ChangesARouteWhenTheChangeIsDue) {
  RouteTable table = table_with(50ms);
  table.settle(Address::primary, ServerId::first);
  const auto change = table.hear(Address::primary, ServerId::second);
  ASSERT_TRUE(change);
  EXPECT_EQ(change->later, 50ms);
  EXPECT_EQ(table.holder(Address::primary), ServerId::first);
  EXPECT_TRUE(table.install(Address::primary, ServerId::second, change->number));
  EXPECT_EQ(table.holder(Address::primary), ServerId::second);
}

TEST(RouteTable, WhoIsKnownAlreadyChangesNothing) {
  RouteTable table = table_with(50ms);
  table.settle(Address::monitor, ServerId::second);
  EXPECT_FALSE(table.hear(Address::monitor, ServerId::second));
  EXPECT_TRUE(table.hear(Address::primary, ServerId::second));
  EXPECT_FALSE(table.hear(Address::primary, ServerId::second));  // it is on its way
}

TEST(RouteTable, OfTwoHoldersTheOneHeardOfLaterCounts) {
  RouteTable table = table_with(50ms);
  const auto slow = table.hear(Address::primary, ServerId::first);
  const auto quick = table.hear(Address::primary, ServerId::second);
  EXPECT_TRUE(table.install(Address::primary, ServerId::second, quick->number));
  EXPECT_FALSE(table.install(Address::primary, ServerId::first, slow->number));
  EXPECT_EQ(table.holder(Address::primary), ServerId::second);
}

}  // namespace
}  // namespace understudy
