// SPDX-License-Identifier: MIT
#include "understudy/copying/framing.h"

#include <gtest/gtest.h>

#include "understudy/copying/failure.h"
#include "understudy/copying/limits.h"

namespace understudy::copying {
namespace {

TEST(Framing, AHeadIsReadAsItWasWritten) {
  for (const std::uint32_t length : {0U, 1U, 65536U}) {
    for (std::uint8_t type = 1; type <= 9; ++type) {
      const FrameHead head =
          decode_head(encode(FrameHead{.type = static_cast<FrameType>(type), .length = length}));
      EXPECT_EQ(head.length, length);
      EXPECT_EQ(static_cast<std::uint8_t>(head.type), type);
    }
  }
}

TEST(Framing, TooLongAFrameAndAnUnknownOneAreRefused) {
  const auto refused = [](std::uint32_t length, int type) {
    const auto head = encode(FrameHead{.type = static_cast<FrameType>(type), .length = length});
    EXPECT_THROW(static_cast<void>(decode_head(head)), CopyFailed) << length << ' ' << type;
  };
  refused(greatest_payload + 1, 1);
  refused(0xffffffff, 1);
  refused(0, 0);
  refused(0, 10);
  refused(0, 255);
}

// What decodes as it was encoded, and not if a byte is missing or too many.
template <typename T, typename Decode>
void expect_exact(const T& value, Decode decode) {
  std::vector<std::uint8_t> bytes = encode(value);
  EXPECT_EQ(decode(bytes), value);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_THROW(static_cast<void>(decode(Bytes(bytes).first(size))), CopyFailed) << size;
  }
  bytes.push_back(0);
  EXPECT_THROW(static_cast<void>(decode(bytes)), CopyFailed);
}

TEST(Framing, WhatIsSaidIsHeardAsItIsAndNeitherCutNorLengthened) {
  Digest digest{};
  digest.fill(3);
  expect_exact(Hello{.stamp = {.term = 5, .version = ~0ULL}, .digest = digest}, decode_hello);
  expect_exact(
      Offer{.stamp = {.term = 1, .version = 2}, .digest = digest, .entries = 3, .bytes = 4},
      decode_offer);
  expect_exact(Want{.entry = 1, .signature_size = 2}, decode_want);
}

TEST(Framing, AnotherVersionIsNotSpokenWith) {
  std::vector<std::uint8_t> hello = encode(Hello{});
  hello[7] ^= 1U;
  EXPECT_THROW(static_cast<void>(decode_hello(hello)), CopyFailed);
}

}  // namespace
}  // namespace understudy::copying
