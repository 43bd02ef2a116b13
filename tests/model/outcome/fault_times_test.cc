// SPDX-License-Identifier: MIT
//
// What outcome.h says of each fault, by timelines written by hand; of outages, outage_test.cc.
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
using testing::crash_of;
using testing::crash_of_monitor;
using testing::crash_of_primary;
using ::testing::ElementsAre;
using testing::failover;
using testing::fault_of;
using ::testing::Field;
using testing::first;
using testing::instant;
using ::testing::IsEmpty;
using testing::loss;
using testing::only_fault;
using ::testing::Optional;
using testing::second;
using testing::TimelineMaker;
using testing::with;

// ---- faults -------------------------------------------------------------------------------------

TEST(Faults, AreThoseThatStruckInTheOrderOfTime) {
  const Scenario scenario = with({crash_of_primary(), crash_of_monitor(), loss(0.1)});
  TimelineMaker t;
  t.settled().at(10s).fault(2).at(20s).fault(0, first).powered_off(first);
  const Outcome outcome = measure(scenario, t.ends(60s));
  EXPECT_THAT(outcome.faults,
              ElementsAre(Field(&FaultOutcome::number, 2), Field(&FaultOutcome::number, 0)));
  EXPECT_EQ(outcome.faults[0].kind, FaultKind::loss);
  EXPECT_EQ(outcome.faults[0].server, std::nullopt);
  EXPECT_EQ(outcome.faults[0].at, instant(10s));
  EXPECT_EQ(outcome.faults[1].kind, FaultKind::crash);
  EXPECT_EQ(outcome.faults[1].server, ServerId::first);
  EXPECT_EQ(outcome.faults[1].at, instant(20s));
}

TEST(Faults, SayWhatTheyStruck) {
  TimelineMaker t;
  t.settled().at(1s).fault(0, second).at(2s).fault(1).at(3s).fault(2, Host::client).at(4s).fault(3);
  const Outcome outcome =
      measure(with({crash_of_monitor(), crash_of(FaultTarget::pair),
                    fault_of(FaultKind::link_down, FaultTarget::client), loss(0.5)}),
              t.ends(60s));
  ASSERT_EQ(outcome.faults.size(), 4U);
  EXPECT_EQ(outcome.faults[0].server, ServerId::second);
  EXPECT_EQ(outcome.faults[1].target, FaultTarget::pair);
  EXPECT_EQ(outcome.faults[2].target, FaultTarget::client);
  EXPECT_EQ(outcome.faults[3].target, FaultTarget::network);
  for (std::size_t i = 1; i < 4; ++i) EXPECT_EQ(outcome.faults[i].server, std::nullopt);
}

// An hour of a fault a second takes no longer than it should: each has its row, and its own times.
TEST(Faults, CanBeManyThousands) {
  const Fault pause = fault_of(FaultKind::pause, FaultTarget::primary);
  TimelineMaker t;
  t.settled();
  constexpr int many = 100'000;
  for (int i = 0; i < many; ++i) {
    t.at(i * 1s + 500ms).fault(0, first).freezes(first);
    t.at(i * 1s + 600ms).fault_ends(0, first).thaws(first);
  }
  const Outcome outcome = measure(with({pause}), t.ends(many * 1s));
  ASSERT_EQ(outcome.faults.size(), static_cast<std::size_t>(many));
  EXPECT_EQ(outcome.faults.back().redundancy, 100ms);
  EXPECT_EQ(outcome.no_primary, many * 100ms);
}

TEST(Faults, AreNoneInAQuietRun) {
  TimelineMaker t;
  const Outcome outcome = measure(with({crash_of_primary()}), t.settled().ends(60s));
  EXPECT_THAT(outcome.faults, IsEmpty());
}

// ---- detection ----------------------------------------------------------------------------------

TEST(Detection, IsFromTheFaultToTheFirstDeclaration) {
  TimelineMaker t = failover();
  t.at(70s).declares(second, Address::monitor);
  EXPECT_EQ(only_fault(with({crash_of_primary()}), t.ends(120s)).detection, 250ms);
}

TEST(Detection, CountsADeclarationAtTheInstantOfTheFault) {
  TimelineMaker t;
  t.settled().at(30s).fault(0, first).powered_off(first).declares(second, Address::primary);
  EXPECT_EQ(only_fault(with({crash_of_primary()}), t.ends(60s)).detection, 0ms);
}

TEST(Detection, IsNotADeclarationFromBefore) {
  TimelineMaker t;
  t.settled().at(29s).declares(second, Address::primary);
  t.at(30s).fault(0, first).powered_off(first);
  EXPECT_EQ(only_fault(with({crash_of_primary()}), t.ends(60s)).detection, std::nullopt);
}

TEST(Detection, IsNoneIfNobodyDeclaresAnything) {
  TimelineMaker t;
  t.settled().at(30s).fault(0, first).powered_off(first);
  EXPECT_EQ(only_fault(with({crash_of_primary()}), t.ends(60s)).detection, std::nullopt);
}

TEST(Detection, IsThePrimarysOfADeadMonitorToo) {
  TimelineMaker t;
  t.settled().at(30s).fault(0, second).powered_off(second);
  t.at(31s).declares(first, Address::monitor);
  EXPECT_EQ(only_fault(with({crash_of_monitor()}), t.ends(60s)).detection, 1s);
}

TEST(Detection, IsNoneIfAFenceWasOutstandingWhenTheFaultStruck) {
  TimelineMaker t;
  t.settled().at(29s).declares(second, Address::primary).orders(second, PowerOrder::off);
  t.at(29100ms).fault(0, first).powered_off(first);
  t.at(29500ms).is_told(second, FenceResult::refused);
  t.at(30s).declares(second, Address::primary);
  EXPECT_EQ(only_fault(with({crash_of_primary()}), t.ends(60s)).detection, std::nullopt);
}

TEST(Detection, IsThereAgainOnceTheFenceIsReported) {
  TimelineMaker t;
  t.settled().at(29s).declares(second, Address::primary).orders(second, PowerOrder::off);
  t.at(29500ms).is_told(second, FenceResult::refused);
  t.at(29600ms).fault(0, first).powered_off(first);
  t.at(30s).declares(second, Address::primary);
  EXPECT_EQ(only_fault(with({crash_of_primary()}), t.ends(60s)).detection, 400ms);
}

TEST(Detection, IsNotThereYetIfOnlyTheEarlierOfTwoFencesIsReported) {
  TimelineMaker t;
  t.settled().at(20s).orders(second, PowerOrder::off).at(25s).orders(second, PowerOrder::off);
  t.at(26s).is_told(second, FenceResult::refused);
  t.at(27s).fault(0, first).powered_off(first).at(28s).declares(second, Address::primary);
  EXPECT_EQ(only_fault(with({crash_of_primary()}), t.ends(60s)).detection, std::nullopt);
}

TEST(Detection, IsNotHinderedByAnOrderToSwitchOn) {
  TimelineMaker t;
  t.settled().at(29s).orders(first, PowerOrder::on);
  t.at(30s).fault(0, second).powered_off(second).at(31s).declares(first, Address::monitor);
  EXPECT_EQ(only_fault(with({crash_of_monitor()}), t.ends(60s)).detection, 1s);
}

TEST(Detection, IsNotHinderedByTheFenceOfAServerThatHasSinceDied) {
  TimelineMaker t;
  t.settled().at(10s).orders(second, PowerOrder::off).at(10100ms).powered_off(second);
  t.at(20s).powered_on_by_itself(second).at(21s).up(second).claims(second, Address::monitor);
  t.at(30s).fault(0, first).powered_off(first).at(30250ms).declares(second, Address::primary);
  EXPECT_EQ(only_fault(with({crash_of_primary()}), t.ends(60s)).detection, 250ms);
}

TEST(Detection, IsNoneIfNobodyWasPrimaryWhenTheFaultStruck) {
  TimelineMaker t;
  t.at(0s).claims(first, Address::monitor).claims(second, Address::monitor);
  t.at(1s).fault(0, first).powered_off(first).at(30s).declares(second, Address::primary);
  EXPECT_EQ(only_fault(with({crash_of(FaultTarget::first)}), t.ends(60s)).detection, std::nullopt);
}

TEST(Detection, IsNoneIfTheStruckServerHadNoRole) {
  TimelineMaker t;
  t.settled().at(10s).powered_off(second).powered_on_by_itself(second);
  t.at(20s).fault(0, second).powered_off(second).at(60s).declares(first, Address::monitor);
  EXPECT_EQ(only_fault(with({crash_of(FaultTarget::second)}), t.ends(90s)).detection, std::nullopt);
}

TEST(Detection, IsMeasuredForEachFaultFromItsOwnInstant) {
  TimelineMaker t = failover();
  t.at(80s).fault(1, second).powered_off(second);
  t.at(80300ms).declares(first, Address::primary);
  const Outcome outcome = measure(with({crash_of_primary(), crash_of_primary()}), t.ends(120s));
  EXPECT_THAT(outcome.faults, ElementsAre(Field(&FaultOutcome::detection, Optional(250ms)),
                                          Field(&FaultOutcome::detection, Optional(300ms))));
}

// ---- takeover -----------------------------------------------------------------------------------

TEST(TakeoverTime, IsFromTheDeclarationToTheClaim) {
  TimelineMaker t = failover();
  EXPECT_EQ(only_fault(with({crash_of_primary()}), t.ends(120s)).takeover, 500ms);
}

TEST(TakeoverTime, IsZeroIfTheClaimIsImmediate) {
  TimelineMaker t;
  t.settled().at(30s).fault(0, first).powered_off(first);
  t.at(30250ms).declares(second, Address::primary).releases(second, Address::monitor);
  t.claims(second, Address::primary);
  EXPECT_EQ(only_fault(with({crash_of_primary()}), t.ends(60s)).takeover, 0ms);
}

TEST(TakeoverTime, CountsFromTheFirstDeclarationIfTheFenceHadToBeRepeated) {
  TimelineMaker t;
  t.settled().at(30s).fault(0, first).powered_off(first);
  t.at(31s).declares(second, Address::primary).at(33s).declares(second, Address::primary);
  t.at(34s).claims(second, Address::primary);
  const FaultOutcome fault = only_fault(with({crash_of_primary()}), t.ends(60s));
  EXPECT_EQ(fault.detection, 1s);
  EXPECT_EQ(fault.takeover, 3s);
}

TEST(TakeoverTime, EndsWithWhoeverClaimsTheRestartedServerToo) {
  TimelineMaker t;
  t.settled().at(30s).fault(0, first).powered_off(first);
  t.at(31s).declares(second, Address::primary);
  t.at(52s).claims(first, Address::primary);
  EXPECT_EQ(only_fault(with({crash_of_primary()}), t.ends(60s)).takeover, 21s);
}

TEST(TakeoverTime, IsNoneIfNobodyClaims) {
  TimelineMaker t;
  t.settled().at(30s).fault(0, first).powered_off(first);
  t.at(31s).declares(second, Address::primary);
  EXPECT_EQ(only_fault(with({crash_of_primary()}), t.ends(60s)).takeover, std::nullopt);
}

TEST(TakeoverTime, IsNoneAfterADeadMonitorWhoeverClaimsLater) {
  TimelineMaker t;
  t.settled().at(30s).fault(0, second).powered_off(second);
  t.at(31s).declares(first, Address::monitor).at(50s).up(second).claims(second, Address::monitor);
  t.at(80s).powered_off(first).at(81s).claims(second, Address::primary);
  EXPECT_EQ(only_fault(with({crash_of_monitor()}), t.ends(120s)).takeover, std::nullopt);
}

TEST(TakeoverTime, IsNoneForAClaimThatNoDeclarationPrecedes) {
  TimelineMaker t;
  t.settled().at(30s).fault(0).at(31s).releases(first, Address::primary);
  t.claims(second, Address::primary);
  EXPECT_EQ(only_fault(with({loss(0.1)}), t.ends(60s)).takeover, std::nullopt);
}

// ---- redundancy ---------------------------------------------------------------------------------

TEST(RedundancyTime, IsFromTheFaultUntilBothRolesAreFilledAgain) {
  TimelineMaker t = failover();
  EXPECT_EQ(only_fault(with({crash_of_primary()}), t.ends(120s)).redundancy, 20s);
}

TEST(RedundancyTime, CountsADeadMonitorToo) {
  TimelineMaker t;
  t.settled().at(30s).fault(0, second).powered_off(second);
  t.at(55s).claims(second, Address::monitor);
  EXPECT_EQ(only_fault(with({crash_of_monitor()}), t.ends(60s)).redundancy, 25s);
}

TEST(RedundancyTime, IsZeroIfNoRoleEmptied) {
  TimelineMaker t;
  t.settled().at(30s).fault(0).at(31s).fault_ends(0);
  EXPECT_EQ(only_fault(with({loss(0.1)}), t.ends(60s)).redundancy, 0s);
}

TEST(RedundancyTime, IsNoneIfTheyAreNotFilledAgain) {
  TimelineMaker t;
  t.settled().at(30s).fault(0, first).powered_off(first);
  t.at(31s).releases(second, Address::monitor).claims(second, Address::primary);
  EXPECT_EQ(only_fault(with({crash_of_primary()}), t.ends(60s)).redundancy, std::nullopt);
}

TEST(RedundancyTime, CountsFromAFaultThatStruckWhileARoleWasEmpty) {
  TimelineMaker t;
  t.settled().at(20s).powered_off(second).at(30s).fault(0);
  t.at(50s).claims(second, Address::monitor);
  EXPECT_EQ(only_fault(with({loss(0.1)}), t.ends(60s)).redundancy, 20s);
}

TEST(RedundancyTime, EndsWhenTheRolesAreFilledForTheFirstTime) {
  TimelineMaker t = failover();
  t.at(60s).powered_off(first).at(80s).claims(first, Address::monitor);
  EXPECT_EQ(only_fault(with({crash_of_primary()}), t.ends(120s)).redundancy, 20s);
}

}  // namespace
}  // namespace understudy
