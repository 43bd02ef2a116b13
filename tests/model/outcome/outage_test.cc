// SPDX-License-Identifier: MIT
//
// What outcome.h says of outages, by timelines written by hand.
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
using testing::crash_of_monitor;
using testing::crash_of_primary;
using ::testing::ElementsAre;
using testing::failover;
using ::testing::Field;
using testing::first;
using testing::instant;
using testing::loss;
using testing::only_fault;
using ::testing::Optional;
using testing::second;
using testing::TimelineMaker;
using testing::with;

// ---- outage -------------------------------------------------------------------------------------

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

}  // namespace
}  // namespace understudy
