// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "understudy/live/arp_packet.h"
#include "understudy/live/echo_packet.h"
#include "understudy/live/ndp_packet.h"

namespace understudy::live {
namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr EchoPacket some_echo{.identifier = 0x1234, .sequence = 7, .token = 0x0123456789abcdefU};

// As the kernel of whoever is asked makes a reply of a request: another type, its checksum with it.
Bytes reply_v4(const EchoPacket& packet) {
  const EchoBytes request = encode_request(IpFamily::v4, packet);
  Bytes bytes(20 + echo_size, 0);  // the IP header first
  bytes[0] = 0x45;
  std::ranges::copy(request, bytes.begin() + 20);
  bytes[20] = 0;
  const std::uint32_t sum = static_cast<std::uint32_t>(bytes[22] << 8 | bytes[23]) + 0x0800;
  const std::uint32_t folded = (sum & 0xffff) + (sum >> 16);
  bytes[22] = static_cast<std::uint8_t>(folded >> 8);
  bytes[23] = static_cast<std::uint8_t>(folded);
  return bytes;
}

TEST(EchoPacket, TheReplyToARequestCarriesItsToken) {
  EXPECT_EQ(decode_reply(IpFamily::v4, reply_v4(some_echo)), some_echo);
  EchoBytes v6 = encode_request(IpFamily::v6, some_echo);
  v6[0] = 129;
  EXPECT_EQ(decode_reply(IpFamily::v6, v6), some_echo);
}

TEST(EchoPacket, ARequestIsNoReply) {
  Bytes bytes = reply_v4(some_echo);
  bytes[20] = 8;
  EXPECT_EQ(decode_reply(IpFamily::v4, bytes), std::nullopt);
  EXPECT_EQ(decode_reply(IpFamily::v6, encode_request(IpFamily::v6, some_echo)), std::nullopt);
}

TEST(EchoPacket, AReplyThatWasDamagedOnItsWayIsNone) {
  const Bytes whole = reply_v4(some_echo);
  for (std::size_t i = 20; i < whole.size(); ++i) {
    Bytes damaged = whole;
    damaged[i] ^= 0x10;
    EXPECT_EQ(decode_reply(IpFamily::v4, damaged), std::nullopt) << i;
  }
}

TEST(EchoPacket, WhatIsCutShortIsNoReply) {
  const Bytes whole = reply_v4(some_echo);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_EQ(decode_reply(IpFamily::v4, std::span(whole).first(size)), std::nullopt) << size;
  }
  Bytes boastful = whole;
  boastful[0] = 0x4f;  // a header of sixty bytes, of which there are fewer
  EXPECT_EQ(decode_reply(IpFamily::v4, boastful), std::nullopt);
}

TEST(ArpPacket, IsReadAsItWasWritten) {
  const ArpPacket packet{.kind = ArpPacket::Kind::reply,
                         .sender_hardware = {2, 0, 0, 0, 0, 1},
                         .sender = boost::asio::ip::make_address_v4("192.0.2.10"),
                         .target_hardware = {255, 255, 255, 255, 255, 255},
                         .target = boost::asio::ip::make_address_v4("192.0.2.11")};
  EXPECT_EQ(decode_arp(encode(packet)), packet);
  Bytes padded(60, 0);
  std::ranges::copy(encode(packet), padded.begin());
  EXPECT_EQ(decode_arp(padded), packet);
}

TEST(ArpPacket, OfAnotherKindOrCutShortIsNone) {
  const ArpBytes bytes = encode(ArpPacket{});
  EXPECT_EQ(decode_arp(std::span(bytes).first(arp_size - 1)), std::nullopt);
  for (const std::size_t at : {0U, 2U, 4U, 5U, 7U}) {  // hardware, protocol, lengths, operation
    ArpBytes other = bytes;
    other[at] = 9;
    EXPECT_EQ(decode_arp(other), std::nullopt) << at;
  }
}

TEST(NdpPacket, AnAdvertisementSaysWhereTheTargetIs) {
  const Advertisement said{.target = boost::asio::ip::make_address_v6("2001:db8::10"),
                           .hardware = {2, 0, 0, 0, 0, 1}};
  EXPECT_EQ(decode_advertisement(encode_advertisement(said.target, said.hardware)), said);
}

TEST(NdpPacket, AnAdvertisementWithoutAHardwareAddressIsNone) {
  const NdpBytes bytes = encode_advertisement({}, {2, 0, 0, 0, 0, 1});
  EXPECT_EQ(decode_advertisement(std::span(bytes).first(24)), std::nullopt);
  NdpBytes endless = bytes;
  endless[25] = 0;  // an option of no length
  EXPECT_EQ(decode_advertisement(endless), std::nullopt);
  NdpBytes too_long = bytes;
  too_long[25] = 200;
  EXPECT_EQ(decode_advertisement(too_long), std::nullopt);
  EXPECT_EQ(decode_advertisement(encode_solicitation({}, {2, 0, 0, 0, 0, 1})), std::nullopt);
}

}  // namespace
}  // namespace understudy::live
