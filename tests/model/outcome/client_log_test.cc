// SPDX-License-Identifier: MIT
#include "understudy/outcome/client_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>

#include "timeline_maker.h"

namespace understudy {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using testing::instant;
using ::testing::IsEmpty;

constexpr Duration round_trip = 100us;

ClientLog::Stretch one(Duration sent) { return {.first_sent = instant(sent)}; }
// One request every 10 ms.
ClientLog::Stretch many(Duration first_sent, std::uint64_t count) {
  return {.first_sent = instant(first_sent), .interval = 10ms, .count = count};
}

ClientLog log_of_run(Duration first_primary, Duration last_request) {
  ClientLog log;
  log.count_from(instant(first_primary));
  log.count_until(instant(last_request));
  return log;
}

Timeline finished(ClientLog& log) {
  Timeline timeline;
  log.finish(timeline);
  return timeline;
}

TEST(ClientLog, CountsAnsweredAndLostRequests) {
  ClientLog log = log_of_run(0s, 60s);
  log.answered(many(0s, 100), round_trip);
  log.lost(many(1s, 20));
  log.answered(many(1200ms, 30), round_trip);
  const Timeline timeline = finished(log);
  EXPECT_EQ(timeline.ending.requests, 150U);
  EXPECT_EQ(timeline.ending.lost_requests, 20U);
}

TEST(ClientLog, MakesAGapFromGoodAnswerToGoodAnswer) {
  ClientLog log = log_of_run(0s, 60s);
  log.answered(many(0s, 100), round_trip);
  log.lost(many(1s, 20));
  log.answered(many(1200ms, 30), round_trip);
  EXPECT_THAT(finished(log).gaps, ElementsAre(Gap{.last_answer = instant(990ms + round_trip),
                                                  .first_lost_sent = instant(1s),
                                                  .last_lost_sent = instant(1190ms),
                                                  .next_answer = instant(1200ms + round_trip),
                                                  .lost = 20}));
}

TEST(ClientLog, MakesOneGapOfLossesInSeveralStretches) {
  ClientLog log = log_of_run(0s, 60s);
  log.answered(one(0s), round_trip);
  log.lost(many(10ms, 2));
  log.lost(one(30ms));
  log.answered(one(40ms), round_trip);
  EXPECT_THAT(finished(log).gaps, ElementsAre(Gap{.last_answer = instant(round_trip),
                                                  .first_lost_sent = instant(10ms),
                                                  .last_lost_sent = instant(30ms),
                                                  .next_answer = instant(40ms + round_trip),
                                                  .lost = 3}));
}

TEST(ClientLog, MakesNoGapIfAllIsAnswered) {
  ClientLog log = log_of_run(0s, 60s);
  log.answered(many(0s, 6001), round_trip);
  EXPECT_THAT(finished(log).gaps, IsEmpty());
}

TEST(ClientLog, LeavesAGapOpenThatLastsToTheEnd) {
  ClientLog log = log_of_run(0s, 60s);
  log.answered(one(0s), round_trip);
  log.lost(many(10ms, 5));
  EXPECT_THAT(finished(log).gaps, ElementsAre(Gap{.last_answer = instant(round_trip),
                                                  .first_lost_sent = instant(10ms),
                                                  .last_lost_sent = instant(50ms),
                                                  .next_answer = never,
                                                  .lost = 5}));
}

TEST(ClientLog, KnowsOfNoAnswerBeforeTheFirst) {
  ClientLog log = log_of_run(0s, 60s);
  log.lost(one(0s));
  log.answered(one(10ms), round_trip);
  EXPECT_EQ(finished(log).gaps.at(0).last_answer, never);
}

TEST(ClientLog, CountsNothingAsLongAsNobodyIsPrimary) {
  ClientLog log;
  log.lost(many(0s, 100));
  log.answered(one(1s), round_trip);
  const Timeline timeline = finished(log);
  EXPECT_EQ(timeline.ending.requests, 0U);
  EXPECT_EQ(timeline.ending.lost_requests, 0U);
  EXPECT_THAT(timeline.gaps, IsEmpty());
}

TEST(ClientLog, CountsFromTheFirstPrimaryOnThatInstantIncluded) {
  ClientLog log = log_of_run(500ms, 60s);
  log.lost(many(0s, 60));  // 0 … 590 ms
  const Timeline timeline = finished(log);
  EXPECT_EQ(timeline.ending.requests, 10U);
  EXPECT_EQ(timeline.gaps.at(0).first_lost_sent, instant(500ms));
}

TEST(ClientLog, CountsFromTheFirstPrimaryOnBetweenTwoRequests) {
  ClientLog log = log_of_run(501ms, 60s);
  log.lost(many(0s, 60));
  const Timeline timeline = finished(log);
  EXPECT_EQ(timeline.ending.requests, 9U);
  EXPECT_EQ(timeline.gaps.at(0).first_lost_sent, instant(510ms));
}

TEST(ClientLog, TakesNoAnswerFromBeforeTheFirstPrimaryForAGoodOne) {
  ClientLog log = log_of_run(500ms, 60s);
  log.answered(one(490ms), round_trip);
  log.lost(one(500ms));
  EXPECT_EQ(finished(log).gaps.at(0).last_answer, never);
}

TEST(ClientLog, CountsToTheLastRequestThatHasItsTimeThatInstantIncluded) {
  ClientLog log = log_of_run(0s, 100ms);
  log.lost(many(50ms, 100));
  const Timeline timeline = finished(log);
  EXPECT_EQ(timeline.ending.lost_requests, 6U);  // 50, 60 … 100 ms
  EXPECT_EQ(timeline.gaps.at(0).last_lost_sent, instant(100ms));
}

TEST(ClientLog, CountsNothingAfterThat) {
  ClientLog log = log_of_run(0s, 100ms);
  log.answered(one(101ms), round_trip);
  log.lost(many(110ms, 5));
  const Timeline timeline = finished(log);
  EXPECT_EQ(timeline.ending.requests, 0U);
  EXPECT_THAT(timeline.gaps, IsEmpty());
}

TEST(ClientLog, CutsAStretchAtBothEnds) {
  ClientLog log = log_of_run(15ms, 45ms);
  log.answered(many(0s, 10), round_trip);
  EXPECT_EQ(finished(log).ending.requests, 3U);  // 20, 30, 40 ms
}

TEST(ClientLog, TellsTheSameOfAStretchAsOfItsRequestsOneByOne) {
  ClientLog whole = log_of_run(25ms, 333ms);
  whole.answered(many(0s, 10), round_trip);
  whole.lost(many(100ms, 7));
  whole.answered(many(170ms, 30), round_trip);

  ClientLog single = log_of_run(25ms, 333ms);
  for (int i = 0; i < 47; ++i) {
    if (i < 10 || i >= 17) {
      single.answered(one(i * 10ms), round_trip);
    } else {
      single.lost(one(i * 10ms));
    }
  }
  EXPECT_EQ(finished(whole), finished(single));
}

}  // namespace
}  // namespace understudy
