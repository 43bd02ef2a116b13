// SPDX-License-Identifier: MIT
#include "understudy/live/echo_packet.h"

#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>

namespace understudy::live {
namespace {

std::uint16_t word(std::span<const std::uint8_t> bytes, std::size_t at) {
  return static_cast<std::uint16_t>(bytes[at] << 8 | bytes[at + 1]);
}

void put(EchoBytes& bytes, std::size_t at, std::uint16_t value) {
  bytes[at] = static_cast<std::uint8_t>(value >> 8);
  bytes[at + 1] = static_cast<std::uint8_t>(value);
}

// RFC 1071. Zero over what carries its right checksum. All packets here are of even length.
std::uint16_t checksum(std::span<const std::uint8_t> bytes) {
  std::uint32_t sum = 0;
  for (std::size_t at = 0; at + 1 < bytes.size(); at += 2) sum += word(bytes, at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

std::span<const std::uint8_t> without_ip_header(std::span<const std::uint8_t> bytes) {
  if (bytes.empty()) return {};
  const std::size_t header = std::size_t{bytes[0] & 0xfU} * 4;
  return header <= bytes.size() ? bytes.subspan(header) : std::span<const std::uint8_t>();
}

}  // namespace

EchoBytes encode_request(IpFamily family, const EchoPacket& packet) {
  EchoBytes bytes{};
  bytes[0] = family == IpFamily::v4 ? ICMP_ECHO : ICMP6_ECHO_REQUEST;
  put(bytes, 4, packet.identifier);
  put(bytes, 6, packet.sequence);
  for (std::size_t i = 0; i < 8; ++i) {
    bytes[8 + i] = static_cast<std::uint8_t>(packet.token >> (56 - 8 * i));
  }
  if (family == IpFamily::v4) put(bytes, 2, checksum(bytes));
  return bytes;
}

std::optional<EchoPacket> decode_reply(IpFamily family, std::span<const std::uint8_t> bytes) {
  const std::uint8_t type = family == IpFamily::v4 ? ICMP_ECHOREPLY : ICMP6_ECHO_REPLY;
  if (family == IpFamily::v4) bytes = without_ip_header(bytes);
  if (bytes.size() != echo_size || bytes[0] != type || bytes[1] != 0) return std::nullopt;
  if (family == IpFamily::v4 && checksum(bytes) != 0) return std::nullopt;
  EchoPacket packet{.identifier = word(bytes, 4), .sequence = word(bytes, 6)};
  for (std::size_t i = 0; i < 8; ++i) packet.token = packet.token << 8 | bytes[8 + i];
  return packet;
}

}  // namespace understudy::live
