// SPDX-License-Identifier: MIT
#include "understudy/live/arp_packet.h"

#include <algorithm>

namespace understudy::live {
namespace {

// Hardware type Ethernet, protocol IPv4, their lengths, and the first byte of the operation.
constexpr std::array<std::uint8_t, 7> preamble = {0, 1, 8, 0, 6, 4, 0};

}  // namespace

ArpBytes encode(const ArpPacket& packet) {
  ArpBytes bytes{};
  auto next = std::ranges::copy(preamble, bytes.begin()).out;
  *next++ = static_cast<std::uint8_t>(packet.kind);
  next = std::ranges::copy(packet.sender_hardware, next).out;
  next = std::ranges::copy(packet.sender.to_bytes(), next).out;
  next = std::ranges::copy(packet.target_hardware, next).out;
  std::ranges::copy(packet.target.to_bytes(), next);
  return bytes;
}

std::optional<ArpPacket> decode_arp(std::span<const std::uint8_t> bytes) {
  if (bytes.size() < arp_size || !std::ranges::equal(bytes.first(preamble.size()), preamble)) {
    return std::nullopt;
  }
  if (bytes[7] != 1 && bytes[7] != 2) return std::nullopt;
  ArpPacket packet{.kind = static_cast<ArpPacket::Kind>(bytes[7])};
  boost::asio::ip::address_v4::bytes_type ip{};
  std::ranges::copy(bytes.subspan(8, 6), packet.sender_hardware.begin());
  std::ranges::copy(bytes.subspan(14, 4), ip.begin());
  packet.sender = boost::asio::ip::address_v4(ip);
  std::ranges::copy(bytes.subspan(18, 6), packet.target_hardware.begin());
  std::ranges::copy(bytes.subspan(24, 4), ip.begin());
  packet.target = boost::asio::ip::address_v4(ip);
  return packet;
}

}  // namespace understudy::live
