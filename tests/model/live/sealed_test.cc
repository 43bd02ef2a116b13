// SPDX-License-Identifier: MIT
#include "understudy/live/sealed.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace understudy::live {
namespace {

const Secret secret = secret_from("a secret that both servers know");

Message announcement(ServerId from, Term term) { return {.from = from, .term = term}; }

class SealedMessages : public testing::Test {
 protected:
  // What two daemons do when they start: a hello, its answer, and the answer to that.
  static void introduce(Sealer& one, Sealer& two) {
    const auto to_one = two.open(one.hello().span()).answer;
    ASSERT_TRUE(to_one);
    const auto to_two = one.open(to_one->span());
    EXPECT_FALSE(to_two.forged);
    static_cast<void>(two.open(one.hello().span()));
    ASSERT_TRUE(one.acquainted() && two.acquainted());
  }

  Sealer first{ServerId::first, secret, 1001};
  Sealer second{ServerId::second, secret, 2001};
};

TEST_F(SealedMessages, AreBelievedOnceBothKnowEachOther) {
  introduce(first, second);
  const Message said = announcement(ServerId::first, 3);
  EXPECT_EQ(second.open(first.seal(said).span()).message, said);
  const Message replied = announcement(ServerId::second, 4);
  EXPECT_EQ(first.open(second.seal(replied).span()).message, replied);
}

TEST_F(SealedMessages, ALostHelloIsMadeUpForByTheNextMessage) {
  const auto opened = second.open(first.seal(announcement(ServerId::first, 1)).span());
  EXPECT_EQ(opened.message, std::nullopt);  // made before the sender knew of this life
  ASSERT_TRUE(opened.answer);
  static_cast<void>(first.open(opened.answer->span()));
  const Message again = announcement(ServerId::first, 2);
  EXPECT_EQ(second.open(first.seal(again).span()).message, again);
}

TEST_F(SealedMessages, AreNotBelievedTwice) {
  introduce(first, second);
  const SealedBytes packet = first.seal(announcement(ServerId::first, 3));
  EXPECT_TRUE(second.open(packet.span()).message);
  const auto again = second.open(packet.span());
  EXPECT_TRUE(again.forged);
  EXPECT_EQ(again.message, std::nullopt);
}

TEST_F(SealedMessages, RecordedBeforeADaemonStartedAreNotBelievedByIt) {
  introduce(first, second);
  const SealedBytes recorded = first.seal(announcement(ServerId::first, 99));
  Sealer restarted(ServerId::second, secret, 2002);
  EXPECT_EQ(restarted.open(recorded.span()).message, std::nullopt);
  introduce(first, restarted);
  EXPECT_EQ(restarted.open(recorded.span()).message, std::nullopt);
}

TEST_F(SealedMessages, OfAnEarlierLifeOfTheOtherAreNotBelieved) {
  introduce(first, second);
  const SealedBytes kept_back = first.seal(announcement(ServerId::first, 99));
  Sealer restarted(ServerId::first, secret, 1002);
  introduce(restarted, second);
  const auto late = second.open(kept_back.span());
  EXPECT_TRUE(late.forged);
  EXPECT_EQ(late.message, std::nullopt);
  const Message fresh = announcement(ServerId::first, 5);
  EXPECT_EQ(second.open(restarted.seal(fresh).span()).message, fresh);
}

TEST_F(SealedMessages, OfWhoeverDoesNotKnowTheSecretAreNotBelieved) {
  introduce(first, second);
  Sealer stranger(ServerId::first, secret_from("another secret"), 1001);
  const auto opened = second.open(stranger.seal(announcement(ServerId::first, 9)).span());
  EXPECT_TRUE(opened.forged);
  EXPECT_FALSE(opened.answer);
}

TEST_F(SealedMessages, ThatWereChangedInAnyByteAreNotBelieved) {
  introduce(first, second);
  const SealedBytes packet = first.seal(announcement(ServerId::first, 3));
  for (std::size_t i = 0; i < packet.size; ++i) {
    SealedBytes changed = packet;
    changed.bytes[i] ^= 1;
    const auto opened = second.open(changed.span());
    EXPECT_TRUE(opened.forged && !opened.message && !opened.answer) << i;
  }
  for (std::size_t size = 0; size < packet.size; ++size) {
    EXPECT_TRUE(second.open(packet.span().first(size)).forged) << size;
  }
}

TEST_F(SealedMessages, OneSentBackToItsSenderIsNotBelieved) {
  introduce(first, second);
  EXPECT_TRUE(first.open(first.seal(announcement(ServerId::first, 3)).span()).forged);
}

TEST_F(SealedMessages, TwoStrangersStopGreetingEachOther) {
  auto answer = second.open(first.hello().span()).answer;
  int greetings = 0;
  for (Sealer* to = &first; answer && greetings < 10; ++greetings) {
    answer = to->open(answer->span()).answer;
    to = to == &first ? &second : &first;
  }
  EXPECT_LT(greetings, 3);
}

}  // namespace
}  // namespace understudy::live
