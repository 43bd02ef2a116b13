// SPDX-License-Identifier: MIT
//
// ARP for IPv4 over Ethernet, as bytes.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include <boost/asio/ip/address_v4.hpp>

#include "understudy/live/interface.h"

namespace understudy::live {

struct ArpPacket {
  enum class Kind : std::uint8_t { request = 1, reply = 2 };
  Kind kind = Kind::request;
  HardwareAddress sender_hardware{};
  boost::asio::ip::address_v4 sender{};
  HardwareAddress target_hardware{};
  boost::asio::ip::address_v4 target{};
  bool operator==(const ArpPacket&) const = default;
};

inline constexpr std::size_t arp_size = 28;
using ArpBytes = std::array<std::uint8_t, arp_size>;

[[nodiscard]] ArpBytes encode(const ArpPacket& packet);
// None: these bytes are no ARP of that kind. Ethernet's padding may follow.
[[nodiscard]] std::optional<ArpPacket> decode_arp(std::span<const std::uint8_t> bytes);

}  // namespace understudy::live
