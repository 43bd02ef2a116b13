// SPDX-License-Identifier: MIT
#include "understudy/failover/wire.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <span>

namespace understudy {
namespace {

Message telling_message(Message::Kind kind) {
  Message message;
  message.kind = kind;
  message.from = ServerId::second;
  message.address = Address::monitor;
  message.healthy = false;
  message.term = 0x0102030405060708;
  message.nonce = 0x1112131415161718;
  message.memory = {.term = 0x2122232425262728, .version = 0x3132333435363738};
  return message;
}

constexpr std::array kinds = {Message::Kind::announcement, Message::Kind::prepare,
                              Message::Kind::ready,        Message::Kind::go,
                              Message::Kind::memory_query, Message::Kind::memory_report,
                              Message::Kind::farewell};

TEST(Wire, WhatIsReadIsWhatWasWritten) {
  for (const Message::Kind kind : kinds) {
    const Message message = telling_message(kind);
    EXPECT_EQ(decode(encode(message)), message);
    EXPECT_EQ(decode(encode(Message{.kind = kind})), Message{.kind = kind});
  }
}

TEST(Wire, NumbersAreInNetworkOrder) {
  const MessageBytes bytes = encode(telling_message(Message::Kind::go));
  const std::array<std::uint8_t, 8> term = {1, 2, 3, 4, 5, 6, 7, 8};
  EXPECT_TRUE(std::ranges::equal(std::span(bytes).subspan(12, 8), term));
}

TEST(Wire, OtherLengthsAreNoMessages) {
  const MessageBytes bytes = encode(Message{});
  for (std::size_t size = 0; size < message_size; ++size) {
    EXPECT_EQ(decode(std::span(bytes).first(size)), std::nullopt);
  }
  std::array<std::uint8_t, message_size + 1> longer{};
  std::ranges::copy(bytes, longer.begin());
  EXPECT_EQ(decode(longer), std::nullopt);
}

TEST(Wire, ATermThatNobodyCanHaveCountedToIsNoMessage) {
  for (const std::size_t place : {12U, 28U}) {  // `term` and `memory.term` begin there
    MessageBytes bytes = encode(Message{});
    bytes[place] = 0x3f;
    EXPECT_NE(decode(bytes), std::nullopt) << "byte " << place;
    bytes[place] = 0x7f;
    EXPECT_EQ(decode(bytes), std::nullopt) << "byte " << place;
  }
}

TEST(Wire, AnotherVersionOrAValueThatMeansNothingIsNoMessage) {
  for (const std::size_t place : {0U, 6U, 7U, 8U, 9U, 10U, 11U}) {
    MessageBytes bytes = encode(Message{});
    bytes[place] = 0xff;
    EXPECT_EQ(decode(bytes), std::nullopt) << "byte " << place;
  }
}

}  // namespace
}  // namespace understudy
