// SPDX-License-Identifier: MIT
#include "understudy/outcome/lanes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "timeline_maker.h"
#include "understudy/scenario/words.h"

namespace understudy {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using testing::first;
using testing::instant;
using ::testing::IsEmpty;
using testing::second;
using testing::TimelineMaker;

using Kind = Event::Kind;

class Lanes : public ::testing::Test {
 protected:
  // One line a span of a lane: "second fencing 30.1 to 30.6".
  std::vector<std::string> of(Lane lane) {
    std::vector<std::string> found;
    for (const Span& span : lanes(scenario_, t_.ends(60s))) {
      if (span.lane != lane) continue;
      const auto text = [](Time time) {
        return std::to_string(
            std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count());
      };
      found.push_back(std::string(span.who) + " " + span.what + " " + text(span.begin) + " to " +
                      text(span.end));
    }
    return found;
  }
  void becomes(Duration at, Host host, Role role) {
    t_.at(at).notes(host, {.kind = Note::Kind::became, .role = role});
  }

  Scenario scenario_;
  TimelineMaker t_;
};

TEST_F(Lanes, AServerIsOneThingAtATime) {
  t_.settled();
  t_.at(30s).powered_off(first);
  becomes(30500ms, second, Role::fencing);
  becomes(31s, second, Role::primary);
  t_.at(32s).powered_on_by_channel(first);
  t_.at(50s).up(first);
  becomes(51s, first, Role::monitor);
  EXPECT_THAT(of(Lane::state),
              ElementsAre("first primary 0 to 30000", "second monitor 0 to 30500",
                          "first off 30000 to 32000", "second fencing 30500 to 31000",
                          "second primary 31000 to 60000", "first booting 32000 to 50000",
                          "first arbitrating 50000 to 51000", "first monitor 51000 to 60000"));
}

TEST_F(Lanes, ServersAreOffBeforeAColdStart) {
  scenario_.run.start = Start::cold;
  t_.at(1s).powered_on_by_itself(first);
  EXPECT_THAT(of(Lane::state), ElementsAre("first off 0 to 1000", "second off 0 to 60000",
                                           "first booting 1000 to 60000"));
}

TEST_F(Lanes, AnAddressIsHeldUntilItIsReleasedOrThePowerGoes) {
  t_.at(1s).claims(first, Address::primary);
  t_.at(2s).claims(second, Address::monitor);
  t_.at(3s).releases(second, Address::monitor);
  t_.at(4s).powered_off(first);
  EXPECT_THAT(of(Lane::holds),
              ElementsAre("first primary 1000 to 4000", "second monitor 2000 to 3000"));
}

TEST_F(Lanes, WhatWasSoForNoTimeIsLeftOut) {
  t_.at(1s).serves(first);
  t_.at(1s).rests(first);
  EXPECT_THAT(of(Lane::serves), IsEmpty());
}

TEST_F(Lanes, AFaultIsShownForWhomItStrikes) {
  scenario_.faults = {{.kind = FaultKind::pause, .target = FaultTarget::primary},
                      {.kind = FaultKind::switch_failure, .target = FaultTarget::switch_a}};
  t_.at(1s).add(fault_event(Kind::fault_began, 0, {.hosts = {first}, .others = {}}));
  t_.at(1s).freezes(first);
  t_.at(2s).add(fault_event(Kind::fault_began, 1, {.hosts = HostSet::all(), .others = {}}));
  t_.at(3s).add(fault_event(Kind::fault_ended, 0, {.hosts = {first}, .others = {}}));
  t_.at(3s).thaws(first);
  EXPECT_THAT(of(Lane::fault),
              ElementsAre("first pause 1000 to 3000", std::string(to_text(FaultTarget::switch_a)) +
                                                          " switch-failure 2000 to 60000"));
  EXPECT_THAT(of(Lane::frozen), ElementsAre("first frozen 1000 to 3000"));
}

TEST_F(Lanes, AFaultOfThePairIsShownForBoth) {
  scenario_.faults = {{.kind = FaultKind::crash, .target = FaultTarget::pair}};
  t_.at(1s).add(fault_event(Kind::fault_began, 0, {.hosts = {first, second}, .others = {}}));
  t_.at(3s).powered_on_by_channel(second);
  EXPECT_THAT(of(Lane::fault),
              ElementsAre("second crash 1000 to 3000", "first crash 1000 to 60000"));
}

TEST_F(Lanes, ACrashEndsWhenTheServerBoots) {
  scenario_.faults = {{.kind = FaultKind::crash, .target = FaultTarget::primary}};
  t_.at(1s).add(fault_event(Kind::fault_began, 0, {.hosts = {first}, .others = {}}));
  t_.powered_off(first);
  t_.at(4s).powered_on_by_channel(first);
  EXPECT_THAT(of(Lane::fault), ElementsAre("first crash 1000 to 4000"));
}

TEST_F(Lanes, TheClientsGapsAreALane) {
  t_.gap({.last_answer = instant(1s),
          .first_lost_sent = instant(1100ms),
          .last_lost_sent = instant(1900ms),
          .next_answer = instant(2s),
          .lost = 9});
  t_.gap({.last_answer = instant(5s),
          .first_lost_sent = instant(6s),
          .last_lost_sent = instant(59s),
          .next_answer = never,
          .lost = 99});
  EXPECT_THAT(of(Lane::unanswered),
              ElementsAre("client 9 lost 1100 to 2000", "client 99 lost 6000 to 60000"));
}

}  // namespace
}  // namespace understudy
