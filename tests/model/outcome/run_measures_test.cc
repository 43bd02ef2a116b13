// SPDX-License-Identifier: MIT
//
// What outcome.h says of a whole run, by timelines written by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <vector>

#include "failovers.h"
#include "timeline_maker.h"
#include "understudy/outcome/outcome.h"

namespace understudy {
namespace {

using namespace std::chrono_literals;
using testing::crash_of_primary;
using ::testing::ElementsAre;
using testing::failover;
using testing::fault_of;
using testing::first;
using testing::loss;
using testing::second;
using testing::TimelineMaker;
using testing::with;

// ---- holders of the primary address -------------------------------------------------------------

TEST(DualPrimaryTime, IsTheTimeThatTwoServersHoldTheAddress) {
  TimelineMaker t;
  t.settled().at(30s).claims(second, Address::primary);
  t.at(30500ms).powered_off(first);
  const Outcome outcome = measure(with({}), t.ends(60s));
  EXPECT_EQ(outcome.dual_primary, 500ms);
  EXPECT_EQ(outcome.no_primary, 0ms);
}

TEST(DualPrimaryTime, EndsWithARelease) {
  TimelineMaker t;
  t.settled().at(30s).claims(second, Address::primary).at(33s).releases(first, Address::primary);
  EXPECT_EQ(measure(with({}), t.ends(60s)).dual_primary, 3s);
}

TEST(DualPrimaryTime, LastsToTheEndIfNothingEndsIt) {
  TimelineMaker t;
  t.settled().at(50s).claims(second, Address::primary);
  EXPECT_EQ(measure(with({}), t.ends(60s)).dual_primary, 10s);
}

TEST(DualPrimaryTime, AddsUpOverTheRun) {
  TimelineMaker t;
  t.settled().at(10s).claims(second, Address::primary).at(11s).releases(second, Address::primary);
  t.at(20s).claims(second, Address::primary).at(22s).releases(second, Address::primary);
  EXPECT_EQ(measure(with({}), t.ends(60s)).dual_primary, 3s);
}

TEST(DualPrimaryTime, IsNotOfTheMonitorAddress) {
  TimelineMaker t;
  t.settled().at(10s).claims(first, Address::monitor);
  EXPECT_EQ(measure(with({}), t.ends(60s)).dual_primary, 0ms);
}

TEST(DualPrimaryTime, IsNotThatOfAFrozenServer) {
  TimelineMaker t;
  t.settled().at(10s).freezes(first).at(20s).claims(second, Address::primary);
  t.at(30s).thaws(first).at(34s).releases(first, Address::primary);
  EXPECT_EQ(measure(with({}), t.ends(60s)).dual_primary, 4s);
}

TEST(NoPrimaryTime, IsThatOfAFrozenHolderToo) {
  TimelineMaker t;
  t.settled().at(10s).freezes(first).at(13s).thaws(first);
  EXPECT_EQ(measure(with({}), t.ends(60s)).no_primary, 3s);
}

TEST(NoPrimaryTime, EndsForAFrozenHolderWithItsPowerAndItsBoot) {
  TimelineMaker t;
  t.settled().at(10s).freezes(first).at(12s).powered_off(first).at(20s).up(first);
  t.claims(first, Address::primary);
  EXPECT_EQ(measure(with({}), t.ends(60s)).no_primary, 10s);
}

TEST(NoPrimaryTime, IsTheTimeThatNobodyHoldsTheAddress) {
  TimelineMaker t = failover();
  EXPECT_EQ(measure(with({crash_of_primary()}), t.ends(120s)).no_primary, 750ms);
}

TEST(NoPrimaryTime, CountsFromTheFirstPrimaryOn) {
  TimelineMaker t;
  t.at(20s).up(first).claims(first, Address::monitor);
  t.at(25s).up(second).claims(second, Address::primary);
  t.at(30s).powered_off(second).at(31s).claims(first, Address::primary);
  EXPECT_EQ(measure(with({}), t.ends(60s)).no_primary, 1s);
}

TEST(NoPrimaryTime, IsZeroIfThereNeverWasAPrimary) {
  TimelineMaker t;
  t.at(20s).up(first).claims(first, Address::monitor);
  EXPECT_EQ(measure(with({}), t.ends(60s)).no_primary, 0ms);
}

TEST(NoPrimaryTime, LastsToTheEndIfNothingEndsIt) {
  TimelineMaker t;
  t.settled().at(30s).powered_off(first);
  EXPECT_EQ(measure(with({}), t.ends(60s)).no_primary, 30s);
}

TEST(NoPrimaryTime, GoesOnWhileAServerHoldsTheAddressWithItsPowerOff) {
  TimelineMaker t;
  t.settled().at(30s).powered_off(first).at(35s).powered_on_by_itself(first);
  t.at(40s).up(first).at(41s).claims(first, Address::primary);
  EXPECT_EQ(measure(with({}), t.ends(60s)).no_primary, 11s);
}

// ---- false failovers ----------------------------------------------------------------------------

TEST(FalseFailovers, AreFailuresDeclaredThoughThePrimaryCouldServe) {
  TimelineMaker t;
  t.settled().at(30s).declares(second, Address::primary);
  EXPECT_EQ(measure(with({}), t.ends(60s)).false_failovers, 1U);
}

TEST(FalseFailovers, AreEachDeclaration) {
  TimelineMaker t;
  t.settled().at(30s).declares(second, Address::primary).at(31s).declares(second, Address::primary);
  EXPECT_EQ(measure(with({}), t.ends(60s)).false_failovers, 2U);
}

TEST(FalseFailovers, AreNotThoseOfADeadPrimary) {
  TimelineMaker t = failover();
  EXPECT_EQ(measure(with({crash_of_primary()}), t.ends(120s)).false_failovers, 0U);
}

TEST(FalseFailovers, AreNotThoseOfAPrimaryThatDoesNotServe) {
  TimelineMaker t;
  t.settled().at(20s).rests(first).at(30s).declares(second, Address::primary);
  EXPECT_EQ(measure(with({}), t.ends(60s)).false_failovers, 0U);
}

TEST(FalseFailovers, AreNotThePrimarysFencesOfTheMonitor) {
  TimelineMaker t;
  t.settled().at(30s).declares(first, Address::monitor);
  EXPECT_EQ(measure(with({}), t.ends(60s)).false_failovers, 0U);
}

TEST(FalseFailovers, AreThoseUnderLossToo) {
  TimelineMaker t;
  t.settled().at(10s).fault(0).at(30s).declares(second, Address::primary);
  EXPECT_EQ(measure(with({loss(0.5)}), t.ends(60s)).false_failovers, 1U);
}

TEST(FalseFailovers, AreNotThoseWhileNoPacketReachesThePrimary) {
  TimelineMaker t;
  t.settled().at(10s).fault(0).at(11s).declares(second, Address::primary);
  t.at(20s).fault_ends(0).at(30s).declares(second, Address::primary);
  EXPECT_EQ(measure(with({loss(1.0)}), t.ends(60s)).false_failovers, 1U);
}

TEST(FalseFailovers, AreNotThoseOfAFrozenPrimary) {
  TimelineMaker t;
  t.settled().at(30s).freezes(first).at(31s).declares(second, Address::primary);
  t.at(32s).thaws(first).at(33s).declares(second, Address::primary);
  EXPECT_EQ(measure(with({}), t.ends(60s)).false_failovers, 1U);
}

TEST(FalseFailovers, AreNotThoseOfAPrimaryThatTheClientCannotReach) {
  const HostSet primary{Host::first};
  const HostSet client{Host::client};
  const HostSet monitor{Host::second};
  const auto declared_between = [](Ways ways, HostSet hosts, HostSet others) {
    Fault partition = fault_of(FaultKind::partition, FaultTarget::network);
    partition.ways = ways;
    TimelineMaker t;
    t.settled().at(10s).fault_between(0, hosts, others);
    t.at(11s).declares(second, Address::primary).at(12s).fault_between_ends(0, hosts, others);
    t.at(13s).declares(second, Address::primary);
    return measure(with({partition}), t.ends(60s)).false_failovers;
  };
  EXPECT_EQ(declared_between(Ways::both, primary, client), 1U);
  EXPECT_EQ(declared_between(Ways::one, primary, client), 1U);
  EXPECT_EQ(declared_between(Ways::one, client, primary), 1U);
  EXPECT_EQ(declared_between(Ways::both, primary, monitor), 2U);
  EXPECT_EQ(declared_between(Ways::both, monitor, client), 2U);
}

TEST(FalseFailovers, AreNotThoseAtADeadLinkOrSwitch) {
  TimelineMaker t;
  t.settled().at(10s).fault_between(0, {Host::first}, HostSet::all());
  t.at(11s).declares(second, Address::primary);
  t.at(12s).fault(1).at(13s).fault_between_ends(0, {Host::first}, HostSet::all());
  t.at(14s).declares(second, Address::primary).at(15s).fault_ends(1);
  t.at(16s).declares(second, Address::primary);
  const Scenario scenario = with({fault_of(FaultKind::link_down, FaultTarget::primary),
                                  fault_of(FaultKind::switch_failure, FaultTarget::network)});
  EXPECT_EQ(measure(scenario, t.ends(60s)).false_failovers, 1U);
}

// ---- the rest -----------------------------------------------------------------------------------

TEST(PowerCycles, AreThoseOfTheChannel) {
  TimelineMaker t = failover();
  t.at(60s).powered_off(first).at(61s).powered_on_by_itself(first);
  t.at(90s).powered_off(second).powered_on_by_channel(second);
  EXPECT_EQ(measure(with({crash_of_primary()}), t.ends(120s)).boots, 2U);
}

TEST(LostWrites, AreThoseAcceptedThatTheLastPrimaryDoesNotHave) {
  TimelineMaker t;
  Timeline timeline = t.settled().ends(60s);
  timeline.ending.writes_accepted = 1000;
  timeline.ending.writes_of_last_primary = 958;
  EXPECT_EQ(measure(with({}), timeline).lost_writes, 42U);
}

TEST(Endings, AreHandedOn) {
  TimelineMaker t;
  Timeline timeline = t.settled().ends(60s);
  timeline.ending.requests = 5996;
  timeline.ending.lost_requests = 7;
  timeline.ending.fates = {Fate::booting, Fate::running};
  timeline.ending.roles = {Role::arbitrating, Role::primary};
  const Outcome outcome = measure(with({}), timeline);
  EXPECT_EQ(outcome.requests, 5996U);
  EXPECT_EQ(outcome.lost_requests, 7U);
  EXPECT_THAT(outcome.fates, ElementsAre(Fate::booting, Fate::running));
  EXPECT_THAT(outcome.roles, ElementsAre(Role::arbitrating, Role::primary));
}

}  // namespace
}  // namespace understudy
