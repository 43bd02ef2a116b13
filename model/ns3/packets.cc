// SPDX-License-Identifier: MIT
#include "understudy/ns3/packets.h"

#include <algorithm>
#include <array>
#include <span>

#include <ns3/arp-header.h>
#include <ns3/ipv4-address.h>
#include <ns3/ipv6-address.h>
#include <ns3/packet.h>

namespace understudy::ns3_substrate {
namespace {

constexpr std::uint16_t ethertype_ipv4 = 0x0800;
constexpr std::uint16_t ethertype_arp = 0x0806;
constexpr std::uint16_t ethertype_ipv6 = 0x86dd;

constexpr std::uint8_t protocol_icmp = 1;
constexpr std::uint8_t protocol_udp = 17;
constexpr std::uint8_t protocol_icmpv6 = 58;

constexpr std::uint16_t port_of_messages = 8650;
constexpr std::uint16_t port_of_routes = 8652;
constexpr std::uint16_t port_of_service = 8000;

using Bytes = std::span<const std::uint8_t>;

std::uint64_t number(Bytes bytes) {
  std::uint64_t value = 0;
  for (const std::uint8_t byte : bytes) value = value << 8 | byte;
  return value;
}

// What stands behind the IP header.
struct Upper {
  std::uint8_t protocol = 0;
  Bytes bytes;
  ns3::Address destination;
};

// Type 8/0 in ICMP, 128/129 in ICMPv6; then code, checksum, identifier, sequence number, token.
PacketFacts inspect_icmp(const Upper& upper) {
  if (upper.bytes.size() < 16) return {};
  const bool v6 = upper.protocol == protocol_icmpv6;
  const std::uint8_t type = upper.bytes[0];
  const std::uint64_t token = number(upper.bytes.subspan(8, 8));
  if (type == (v6 ? 128 : 8)) {
    return {.kind = PacketKind::ping,
            .token = token,
            .asked_address = upper.destination,
            .destination = {}};
  }
  if (type == (v6 ? 129 : 0))
    return {.kind = PacketKind::answer, .token = token, .asked_address = {}, .destination = {}};
  // An unsolicited Neighbor Advertisement: type 136, the solicited flag not set.
  if (v6 && type == 136 && (upper.bytes[4] & 0x40U) == 0) {
    return {.kind = PacketKind::announcement, .token = 0, .asked_address = {}, .destination = {}};
  }
  return {};
}

PacketFacts inspect_udp(const Upper& upper) {
  PacketFacts facts;
  if (upper.bytes.size() < 4) return facts;
  const std::uint64_t from = number(upper.bytes.first(2));
  const std::uint64_t to = number(upper.bytes.subspan(2, 2));
  if (to == port_of_messages) facts.kind = PacketKind::message;
  if (to == port_of_routes) facts.kind = PacketKind::announcement;
  if (to == port_of_service) facts.kind = PacketKind::request;
  if (from == port_of_service) facts.kind = PacketKind::response;
  return facts;
}

PacketFacts inspect_upper(const Upper& upper) {
  PacketFacts facts;
  if (upper.protocol == protocol_icmp || upper.protocol == protocol_icmpv6) {
    facts = inspect_icmp(upper);
  } else if (upper.protocol == protocol_udp) {
    facts = inspect_udp(upper);
  }
  facts.destination = upper.destination;
  return facts;
}

PacketFacts inspect_arp(const ns3::UnderstudyFrame& frame) {
  ns3::ArpHeader header;
  frame.payload->PeekHeader(header);
  PacketFacts facts;
  const bool gratuitous = header.GetSourceIpv4Address() == header.GetDestinationIpv4Address();
  if (gratuitous) facts.kind = PacketKind::announcement;
  return facts;
}

}  // namespace

PacketFacts inspect(const ns3::UnderstudyFrame& frame) {
  if (frame.protocol == ethertype_arp) return inspect_arp(frame);
  std::array<std::uint8_t, 60> buffer{};
  const std::size_t size = frame.payload->CopyData(buffer.data(), buffer.size());
  const Bytes bytes = Bytes(buffer).first(size);
  if (frame.protocol == ethertype_ipv4 && size >= 20) {
    const std::size_t header = (bytes[0] & 0x0fU) * std::size_t{4};
    if (header > size) return {};
    return inspect_upper({.protocol = bytes[9],
                          .bytes = bytes.subspan(header),
                          .destination = ns3::Ipv4Address(
                              static_cast<std::uint32_t>(number(bytes.subspan(16, 4))))});
  }
  if (frame.protocol == ethertype_ipv6 && size >= 40) {
    std::array<std::uint8_t, 16> address{};
    std::ranges::copy(bytes.subspan(24, 16), address.begin());
    return inspect_upper({.protocol = bytes[6],
                          .bytes = bytes.subspan(40),
                          .destination = ns3::Ipv6Address(address.data())});
  }
  return {};
}

}  // namespace understudy::ns3_substrate
