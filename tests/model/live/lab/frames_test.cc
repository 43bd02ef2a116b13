// SPDX-License-Identifier: MIT
#include "understudy/lab/frames.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <initializer_list>

namespace understudy::lab {
namespace {

using Bytes = std::vector<std::uint8_t>;

void append(Bytes& bytes, const Bytes& more) {
  bytes.insert(bytes.end(), more.begin(), more.end());
}

Bytes first_bytes(const IpBytes& address, std::size_t count) {
  return {address.begin(), address.begin() + static_cast<std::ptrdiff_t>(count)};
}

// Whose checksums nobody here looks at.
Frame v4(std::uint8_t protocol, const Bytes& payload) {
  const Addresses addresses(IpVersion::v4);
  Frame frame = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x08, 0x00};
  append(frame, {0x45, 0, 0, 0, 0, 0, 0x40, 0, 64, protocol, 0, 0});
  append(frame, first_bytes(bytes_of(addresses.of(Host::second)), 4));
  append(frame, first_bytes(bytes_of(addresses.of(Address::primary)), 4));
  append(frame, payload);
  return frame;
}

Frame v6(std::uint8_t protocol, const Bytes& payload) {
  const Addresses addresses(IpVersion::v6);
  Frame frame = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x86, 0xdd};
  append(frame, {0x60, 0, 0, 0, 0, 0, protocol, 64});
  append(frame, first_bytes(bytes_of(addresses.of(Host::second)), 16));
  append(frame, first_bytes(bytes_of(addresses.of(Address::primary)), 16));
  append(frame, payload);
  return frame;
}

Bytes echo(std::uint8_t type) { return {type, 0, 0, 0, 0, 1, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0}; }

Bytes udp(std::uint16_t from, std::uint16_t to) {
  const auto high = [](std::uint16_t port) { return static_cast<std::uint8_t>(port >> 8); };
  const auto low = [](std::uint16_t port) { return static_cast<std::uint8_t>(port & 0xff); };
  return {high(from), low(from), high(to), low(to), 0, 8, 0, 0};
}

TEST(Frames, AnEchoRequestIsAPingOfTheAddressThatItGoesTo) {
  for (const auto& [version, frame] :
       {std::pair(IpVersion::v4, v4(1, echo(8))), std::pair(IpVersion::v6, v6(58, echo(128)))}) {
    const FrameFacts facts = inspect(frame);
    EXPECT_EQ(facts.kind, PacketKind::ping);
    EXPECT_EQ(Addresses(version).meant_by(facts.address), Address::primary);
    EXPECT_EQ(facts.token, 1U);
    EXPECT_EQ(facts.to, hardware_of(Host::first));
  }
}

TEST(Frames, AnEchoReplyIsAnAnswerOfTheAddressThatItComesFrom) {
  for (const auto& [version, frame] :
       {std::pair(IpVersion::v4, v4(1, echo(0))), std::pair(IpVersion::v6, v6(58, echo(129)))}) {
    const FrameFacts facts = inspect(frame);
    EXPECT_EQ(facts.kind, PacketKind::answer);
    EXPECT_EQ(facts.address, bytes_of(Addresses(version).of(Host::second)));
  }
}

TEST(Frames, DatagramsAreKnownByTheirPorts) {
  struct Case {
    std::uint16_t from;
    std::uint16_t to;
    PacketKind kind;
  };
  for (const Case& each :
       {Case{40000, service_port, PacketKind::request},
        Case{service_port, 40000, PacketKind::response},
        Case{agents_port, agents_port, PacketKind::message}, Case{40000, 53, PacketKind::other}}) {
    EXPECT_EQ(inspect(v4(17, udp(each.from, each.to))).kind, each.kind);
    EXPECT_EQ(inspect(v6(17, udp(each.from, each.to))).kind, each.kind);
  }
}

TEST(Frames, WhatABondAnnouncesIsAnAnnouncementToEverybody) {
  for (const IpVersion version : {IpVersion::v4, IpVersion::v6}) {
    const Addresses addresses(version);
    const Frame frame = announcement(Host::second, addresses.of(Address::primary));
    const FrameFacts facts = inspect(frame);
    EXPECT_EQ(facts.kind, PacketKind::announcement);
    EXPECT_EQ(addresses.meant_by(facts.address), Address::primary);
    EXPECT_EQ(facts.to[0] & 1, 1) << "a group's address";
    EXPECT_TRUE(std::ranges::equal(std::span(frame).subspan(6, 6), hardware_of(Host::second)));
  }
}

// Who has this address? `from` asks.
Frame arp_question(const IpBytes& from, const IpBytes& about) {
  Frame frame = {255, 255, 255, 255, 255, 255, 2, 0, 0, 0, 0, 1, 0x08, 0x06};
  append(frame, {0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 1});
  append(frame, first_bytes(from, 4));
  append(frame, Bytes(6, 0));
  append(frame, first_bytes(about, 4));
  return frame;
}

Frame solicitation(const IpBytes& from, const IpBytes& about) {
  Bytes message = {135, 0, 0, 0, 0, 0, 0, 0};
  append(message, first_bytes(about, 16));
  Frame frame = v6(58, message);
  std::ranges::copy(from, frame.begin() + 14 + 8);
  return frame;
}

TEST(Frames, TheAddressThatAQuestionIsAboutIsSought) {
  const Addresses v4(IpVersion::v4);
  const Addresses v6(IpVersion::v6);
  const IpBytes monitor_v4 = bytes_of(v4.of(Address::monitor));
  const IpBytes monitor_v6 = bytes_of(v6.of(Address::monitor));
  EXPECT_EQ(inspect(arp_question({}, monitor_v4)).sought, monitor_v4);
  EXPECT_EQ(inspect(arp_question(bytes_of(v4.of(Host::first)), monitor_v4)).sought, monitor_v4);
  EXPECT_EQ(inspect(solicitation(bytes_of("fe80::1"), monitor_v6)).sought, monitor_v6);
  EXPECT_EQ(inspect(solicitation(bytes_of(v6.of(Host::first)), monitor_v6)).sought, monitor_v6);
  for (const std::string& address : {v4.of(Address::monitor), v6.of(Address::monitor)}) {
    EXPECT_EQ(inspect(announcement(Host::first, address)).sought, std::nullopt);
  }
}

TEST(Frames, NoBytesAreReadThatAreNotThere) {
  for (const Frame& whole :
       {v4(1, echo(8)), v4(17, udp(1, 2)), v6(58, echo(128)),
        announcement(Host::first, "10.111.0.10"), arp_question({}, bytes_of("10.111.0.11")),
        solicitation(bytes_of("fe80::1"), bytes_of("fd11::11"))}) {
    for (std::size_t size = 0; size < whole.size(); ++size) {
      const FrameFacts facts =
          inspect(Frame(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)));
      EXPECT_EQ(facts.kind, PacketKind::other) << size;
      EXPECT_EQ(facts.sought, std::nullopt) << size;
    }
  }
}

}  // namespace
}  // namespace understudy::lab
