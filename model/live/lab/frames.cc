// SPDX-License-Identifier: MIT
#include "understudy/lab/frames.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <initializer_list>
#include <optional>

namespace understudy::lab {
namespace {

constexpr std::size_t ethernet_size = 14;
constexpr std::uint16_t type_arp = 0x0806;
constexpr std::uint16_t type_v4 = 0x0800;
constexpr std::uint16_t type_v6 = 0x86dd;
constexpr std::uint8_t protocol_icmp = 1;
constexpr std::uint8_t protocol_udp = 17;
constexpr std::uint8_t protocol_icmp_v6 = 58;

using Bytes = std::span<const std::uint8_t>;

std::uint16_t number_at(Bytes bytes, std::size_t place) {
  return static_cast<std::uint16_t>(bytes[place] << 8 | bytes[place + 1]);
}

IpBytes address_at(Bytes bytes, std::size_t place, std::size_t length) {
  IpBytes address{};
  std::ranges::copy(bytes.subspan(place, length), address.begin());
  return address;
}

// What it says of who sends it and who it asks for is the same: nobody asked.
void inspect_arp(Bytes packet, FrameFacts& facts) {
  if (packet.size() < 28 || number_at(packet, 2) != type_v4) return;
  const IpBytes sender = address_at(packet, 14, 4);
  const IpBytes target = address_at(packet, 24, 4);
  constexpr std::uint16_t request = 1;
  if (sender != target && number_at(packet, 6) == request) facts.sought = target;
  if (sender != target) return;
  facts.kind = PacketKind::announcement;
  facts.address = sender;
}

struct Internet {
  IpBytes from{};
  IpBytes to{};
  std::uint8_t protocol = 0;
  Bytes payload;
};

// None: not whole, or a fragment, of which the pair sends none.
std::optional<Internet> read_v4(Bytes packet) {
  if (packet.size() < 20 || (number_at(packet, 6) & 0x3fff) != 0) return std::nullopt;
  const std::size_t head = std::size_t{4} * (packet[0] & 0x0f);
  if (packet.size() < head) return std::nullopt;
  return Internet{.from = address_at(packet, 12, 4),
                  .to = address_at(packet, 16, 4),
                  .protocol = packet[9],
                  .payload = packet.subspan(head)};
}

std::optional<Internet> read_v6(Bytes packet) {
  if (packet.size() < 40) return std::nullopt;
  return Internet{.from = address_at(packet, 8, 16),
                  .to = address_at(packet, 24, 16),
                  .protocol = packet[6],
                  .payload = packet.subspan(40)};
}

void inspect_icmp(const Internet& packet, FrameFacts& facts) {
  if (packet.payload.size() < 16) return;
  const bool v6 = packet.protocol == protocol_icmp_v6;
  const std::uint8_t type = packet.payload[0];
  const bool request = type == (v6 ? 128 : 8);
  const bool reply = type == (v6 ? 129 : 0);
  constexpr std::uint8_t solicitation = 135;
  constexpr std::uint8_t advertisement = 136;
  const bool whole = packet.payload.size() >= 24;
  if (v6 && type == solicitation && whole) {
    facts.sought = address_at(packet.payload, 8, 16);
  }
  if (v6 && type == advertisement && packet.to[0] == 0xff && whole) {
    facts.kind = PacketKind::announcement;
    facts.address = address_at(packet.payload, 8, 16);
  }
  if (!request && !reply) return;
  facts.kind = request ? PacketKind::ping : PacketKind::answer;
  facts.address = request ? packet.to : packet.from;
  std::memcpy(&facts.token, packet.payload.data() + 8, sizeof facts.token);
}

void inspect_udp(const Internet& packet, FrameFacts& facts) {
  if (packet.payload.size() < 8) return;
  const std::uint16_t from = number_at(packet.payload, 0);
  const std::uint16_t to = number_at(packet.payload, 2);
  if (to == service_port) facts.kind = PacketKind::request;
  if (from == service_port) facts.kind = PacketKind::response;
  if (to == agents_port) facts.kind = PacketKind::message;
}

std::uint16_t checksum(std::initializer_list<Bytes> parts) {
  std::uint32_t sum = 0;
  for (const Bytes part : parts) {
    for (std::size_t i = 0; i + 1 < part.size(); i += 2) sum += number_at(part, i);
  }
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

void append(Frame& frame, Bytes bytes) { frame.insert(frame.end(), bytes.begin(), bytes.end()); }

Frame ethernet(const HardwareBytes& to, const HardwareBytes& from, std::uint16_t type) {
  Frame frame;
  append(frame, to);
  append(frame, from);
  frame.push_back(static_cast<std::uint8_t>(type >> 8));
  frame.push_back(static_cast<std::uint8_t>(type));
  return frame;
}

Frame gratuitous_arp(const HardwareBytes& own, Bytes address) {
  constexpr HardwareBytes everybody = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
  constexpr HardwareBytes nobody{};
  Frame frame = ethernet(everybody, own, type_arp);
  append(frame, std::array<std::uint8_t, 8>{0, 1, 8, 0, 6, 4, 0, 1});
  append(frame, own);
  append(frame, address);
  append(frame, nobody);
  append(frame, address);
  return frame;
}

// RFC 4861, 4.4: to all nodes, "override".
Frame unsolicited_advertisement(const HardwareBytes& own, Bytes address) {
  constexpr std::array<std::uint8_t, 16> all_nodes = {0xff, 2, 0, 0, 0, 0, 0, 0,
                                                      0,    0, 0, 0, 0, 0, 0, 1};
  std::vector<std::uint8_t> message = {136, 0, 0, 0, 0x20, 0, 0, 0};
  append(message, address);
  append(message, std::array<std::uint8_t, 2>{2, 1});
  append(message, own);
  const std::array<std::uint8_t, 8> ends = {0, 0, 0, static_cast<std::uint8_t>(message.size()),
                                            0, 0, 0, protocol_icmp_v6};
  const std::uint16_t sum = checksum({address, all_nodes, ends, message});
  message[2] = static_cast<std::uint8_t>(sum >> 8);
  message[3] = static_cast<std::uint8_t>(sum);
  Frame frame = ethernet({0x33, 0x33, 0, 0, 0, 1}, own, type_v6);
  append(frame,
         std::array<std::uint8_t, 8>{0x60, 0, 0, 0, 0, static_cast<std::uint8_t>(message.size()),
                                     protocol_icmp_v6, 255});
  append(frame, address);
  append(frame, all_nodes);
  append(frame, message);
  return frame;
}

}  // namespace

FrameFacts inspect(std::span<const std::uint8_t> frame) {
  FrameFacts facts;
  if (frame.size() < ethernet_size) return facts;
  std::ranges::copy(frame.first(facts.to.size()), facts.to.begin());
  const std::uint16_t type = number_at(frame, 12);
  const Bytes packet = frame.subspan(ethernet_size);
  if (type == type_arp) inspect_arp(packet, facts);
  std::optional<Internet> internet;
  if (type == type_v4) internet = read_v4(packet);
  if (type == type_v6) internet = read_v6(packet);
  if (!internet) return facts;
  if (internet->protocol == protocol_udp) inspect_udp(*internet, facts);
  if (internet->protocol == (type == type_v4 ? protocol_icmp : protocol_icmp_v6)) {
    inspect_icmp(*internet, facts);
  }
  return facts;
}

Frame announcement(Host host, const std::string& address) {
  const IpBytes bytes = bytes_of(address);
  const bool v6 = address.find(':') != std::string::npos;
  return v6 ? unsolicited_advertisement(hardware_of(host), bytes)
            : gratuitous_arp(hardware_of(host), Bytes(bytes).first(4));
}

}  // namespace understudy::lab
