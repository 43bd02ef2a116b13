// SPDX-License-Identifier: MIT
//
// Each definition of outcome.h, by timelines written by hand.
#include "understudy/outcome/outcome.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <vector>

#include "timeline_maker.h"

namespace understudy {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::Field;
using testing::first;
using testing::instant;
using ::testing::IsEmpty;
using ::testing::Optional;
using testing::second;
using testing::TimelineMaker;

Fault fault_of(FaultKind kind, FaultTarget target) {
  Fault fault;
  fault.kind = kind;
  fault.target = target;
  return fault;
}
Fault crash_of(FaultTarget target) { return fault_of(FaultKind::crash, target); }
Fault crash_of_primary() { return crash_of(FaultTarget::primary); }
Fault crash_of_monitor() { return crash_of(FaultTarget::monitor); }
Fault loss(double probability) {
  Fault fault = fault_of(FaultKind::loss, FaultTarget::network);
  fault.probability = probability;
  return fault;
}

Scenario with(std::vector<Fault> faults) {
  Scenario scenario;
  scenario.faults = std::move(faults);
  return scenario;
}

// What followed from the only fault.
FaultOutcome only_fault(const Scenario& scenario, const Timeline& timeline) {
  const Outcome outcome = measure(scenario, timeline);
  EXPECT_EQ(outcome.faults.size(), 1U);
  return outcome.faults.at(0);
}

// A failover as it should be: the primary dies at 30 s, is declared failed at 30.25 s, is off for
// sure at 30.75 s and back as the monitor at 50 s.
TimelineMaker failover() {
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

// ---- faults ----

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
  Fault pause = fault_of(FaultKind::pause, FaultTarget::primary);
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

// ---- detection ----

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

// ---- takeover ----

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

// ---- outage ----

// One request a 10 ms, lost from `first_lost` until `last_lost`, with answers after 100 us.
Gap requests_lost(Duration first_lost, Duration last_lost) {
  return {.last_answer = instant(first_lost - 10ms + 100us),
          .first_lost_sent = instant(first_lost),
          .last_lost_sent = instant(last_lost),
          .next_answer = instant(last_lost + 10ms + 100us),
          .lost = static_cast<std::uint64_t>((last_lost - first_lost) / 10ms) + 1};
}

TEST(Outage, IsFromTheLastGoodAnswerToTheNext) {
  TimelineMaker t = failover();
  t.gap(requests_lost(30s, 30740ms));
  const FaultOutcome fault = only_fault(with({crash_of_primary()}), t.ends(120s));
  EXPECT_EQ(fault.outage, 760ms);
  EXPECT_FALSE(fault.censored);
}

TEST(Outage, IsZeroIfNoRequestWasLost) {
  TimelineMaker t = failover();
  const FaultOutcome fault = only_fault(with({crash_of_primary()}), t.ends(120s));
  EXPECT_EQ(fault.outage, 0ms);
  EXPECT_FALSE(fault.censored);
}

TEST(Outage, IsZeroIfALaterAnswerOvertookTheOneBeforeTheLostRequest) {
  TimelineMaker t = failover();
  Gap gap = requests_lost(30s, 30s);
  gap.last_answer = gap.next_answer + 5ms;
  t.gap(gap);
  EXPECT_EQ(only_fault(with({crash_of_primary()}), t.ends(120s)).outage, 0ms);
}

TEST(Outage, IsNoneIfNobodyAsks) {
  Scenario scenario = with({crash_of_primary()});
  scenario.service.enabled = false;
  TimelineMaker t = failover();
  EXPECT_EQ(only_fault(scenario, t.ends(120s)).outage, std::nullopt);
}

TEST(Outage, LastsToTheEndAndIsCensoredIfNoAnswerComesAgain) {
  Gap open = requests_lost(30s, 59940ms);
  open.next_answer = never;
  TimelineMaker t;
  t.settled().at(30s).fault(0, first).powered_off(first).gap(open);
  const FaultOutcome fault = only_fault(with({crash_of_primary()}), t.ends(60s));
  EXPECT_EQ(fault.outage, 60s - 29990100us);
  EXPECT_TRUE(fault.censored);
}

TEST(Outage, CountsFromTheFaultIfThereNeverWasAnAnswer) {
  Gap gap = requests_lost(10s, 39990ms);
  gap.last_answer = never;
  TimelineMaker t;
  t.at(10s).claims(first, Address::primary).claims(second, Address::monitor);
  t.at(30s).fault(0, first).powered_off(first).gap(gap);
  EXPECT_EQ(only_fault(with({crash_of_primary()}), t.ends(60s)).outage, 10s + 100us);
}

TEST(Outage, BeginsWithARequestThatWasOnItsWayWhenTheFaultStruck) {
  TimelineMaker t;
  t.settled().at(30s).fault(0, first).powered_off(first);
  t.gap(requests_lost(30s - 60us, 31s - 60us));
  EXPECT_EQ(only_fault(with({crash_of_primary()}), t.ends(60s)).outage, 1020ms);
}

TEST(Outage, IsNotAGapThatWasOverBeforeTheFault) {
  TimelineMaker t;
  t.settled().at(30s).fault(0, first).powered_off(first);
  t.gap(requests_lost(29970ms, 29980ms)).gap(requests_lost(30s, 31s));
  EXPECT_EQ(only_fault(with({crash_of_primary()}), t.ends(60s)).outage, 1020ms);
}

TEST(Outage, IsNotARequestLostBeforeThoughTheNextAnswerCameAfterTheFault) {
  Scenario scenario = with({loss(0.01)});
  scenario.service.request_interval = 1s;
  TimelineMaker t;
  t.settled().at(30500ms).fault(0);
  t.gap({.last_answer = instant(29s + 100us),
         .first_lost_sent = instant(30s),
         .last_lost_sent = instant(30s),
         .next_answer = instant(31s + 100us),
         .lost = 1});
  EXPECT_EQ(only_fault(scenario, t.ends(60s)).outage, 0ms);
}

TEST(Outage, IsTheWholeGapIfTheFaultStrikesInTheMidstOfIt) {
  TimelineMaker t;
  t.settled().at(30s).fault(0, first).powered_off(first).at(30500ms).fault(1, second);
  t.gap(requests_lost(30s, 59s));
  const Outcome outcome = measure(with({crash_of_primary(), crash_of_monitor()}), t.ends(90s));
  EXPECT_THAT(outcome.faults, ElementsAre(Field(&FaultOutcome::outage, Optional(29020ms)),
                                          Field(&FaultOutcome::outage, Optional(29020ms))));
}

TEST(Outage, IsNotTheNextFaults) {
  TimelineMaker t;
  t.settled().at(30s).fault(0, second).powered_off(second);
  t.at(60s).fault(1, first).powered_off(first).gap(requests_lost(60s - 60us, 70s - 60us));
  const Outcome outcome = measure(with({crash_of_monitor(), crash_of_primary()}), t.ends(90s));
  EXPECT_THAT(outcome.faults, ElementsAre(Field(&FaultOutcome::outage, Optional(0ms)),
                                          Field(&FaultOutcome::outage, Optional(10020ms))));
}

TEST(Outage, IsThatOfBothIfTwoFaultsStrikeAtOnce) {
  TimelineMaker t;
  t.settled().at(30s).fault(0, first).powered_off(first).fault(1, second).powered_off(second);
  t.gap(requests_lost(30s, 59s));
  const Outcome outcome = measure(with({crash_of_primary(), crash_of_monitor()}), t.ends(90s));
  EXPECT_THAT(outcome.faults, ElementsAre(Field(&FaultOutcome::outage, Optional(29020ms)),
                                          Field(&FaultOutcome::outage, Optional(29020ms))));
}

// ---- holders of the primary address ----

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

// ---- redundancy ----

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

// ---- false failovers ----

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

// ---- the rest ----

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
