// SPDX-License-Identifier: MIT

#include "understudy/ns3/echo.h"

#include <array>
#include <cstddef>
#include <optional>
#include <span>

#include <ns3/icmpv4.h>
#include <ns3/icmpv6-header.h>
#include <ns3/ipv4-raw-socket-factory.h>
#include <ns3/ipv6-raw-socket-factory.h>
#include <ns3/log.h>
#include <ns3/node.h>
#include <ns3/packet.h>
#include <ns3/socket.h>
#include <ns3/uinteger.h>

#include "understudy/ns3/address.h"

namespace ns3 {

NS_LOG_COMPONENT_DEFINE("UnderstudyEcho");
NS_OBJECT_ENSURE_REGISTERED(UnderstudyEcho);

namespace {

constexpr uint8_t icmpv4_protocol = 1;
constexpr uint8_t icmpv6_protocol = 58;
constexpr std::size_t ipv4_header_size = 20;  // the stack sends no options
constexpr std::size_t ipv6_header_size = 40;

// type, code, checksum, identifier, sequence number, token: both families write them alike.
constexpr std::size_t message_size = 16;
using Message = std::array<uint8_t, message_size>;

void put(std::span<uint8_t> bytes, uint64_t value) {
  for (std::size_t i = bytes.size(); i > 0; --i, value >>= 8) {
    bytes[i - 1] = static_cast<uint8_t>(value);
  }
}

uint64_t get(std::span<const uint8_t> bytes) {
  uint64_t value = 0;
  for (const uint8_t byte : bytes) value = value << 8 | byte;
  return value;
}

// The Internet checksum (RFC 1071) of bytes, even in number, that follow on what `sum` holds. Zero
// if the bytes contain the right checksum already.
uint16_t checksum(std::span<const uint8_t> bytes, uint32_t sum = 0) {
  for (std::size_t i = 0; i < bytes.size(); i += 2) {
    sum += static_cast<uint32_t>(bytes[i]) << 8 | bytes[i + 1];
  }
  while (sum >> 16 != 0) sum = (sum & 0xffffU) + (sum >> 16);
  return static_cast<uint16_t>(~sum);
}

// ns-3 computes checksums only if the GlobalValue ChecksumEnabled says so; else there are none to
// be right or wrong.
bool is_intact(std::span<const uint8_t> bytes, uint32_t sum = 0) {
  return !Node::ChecksumEnabled() || checksum(bytes, sum) == 0;
}

Message make_request(uint8_t type, uint64_t token) {
  Message message{};
  const std::span bytes(message);
  put(bytes.subspan<0, 1>(), type);
  put(bytes.subspan<4, 2>(), token >> 48);
  put(bytes.subspan<6, 2>(), token & 0xffffU);
  put(bytes.subspan<8, 8>(), token);
  put(bytes.subspan<2, 2>(), checksum(bytes));
  return message;
}

std::optional<uint64_t> token_of(std::span<const uint8_t, message_size> message, uint8_t type) {
  const uint64_t token = get(message.subspan<8, 8>());
  if (message[0] != type || message[1] != 0) return {};
  if (get(message.subspan<4, 2>()) != token >> 48) return {};
  if (get(message.subspan<6, 2>()) != (token & 0xffffU)) return {};
  return token;
}

// The token in an echo reply, both as it left the raw socket: with the IP header in front.
std::optional<uint64_t> read_reply_v4(const Packet& packet) {
  std::array<uint8_t, ipv4_header_size + message_size> bytes{};
  if (packet.GetSize() != bytes.size()) return {};
  packet.CopyData(bytes.data(), bytes.size());
  const auto message = std::span(bytes).subspan<ipv4_header_size, message_size>();
  if (!is_intact(message)) return {};
  return token_of(message, Icmpv4Header::ICMPV4_ECHO_REPLY);
}

std::optional<uint64_t> read_reply_v6(const Packet& packet) {
  std::array<uint8_t, ipv6_header_size + message_size> bytes{};
  if (packet.GetSize() != bytes.size()) return {};
  packet.CopyData(bytes.data(), bytes.size());
  const auto addresses_and_message = std::span(bytes).subspan<8>();
  if (!is_intact(addresses_and_message, message_size + icmpv6_protocol)) return {};
  return token_of(addresses_and_message.subspan<32, message_size>(),
                  Icmpv6Header::ICMPV6_ECHO_REPLY);
}

}  // namespace

TypeId UnderstudyEcho::GetTypeId() {
  static TypeId tid = TypeId("ns3::UnderstudyEcho")
                          .SetParent<UnderstudyPart>()
                          .SetGroupName("Understudy")
                          .AddConstructor<UnderstudyEcho>();
  return tid;
}

void UnderstudyEcho::Installed() {
  v6_ = IsIpv6(GetHost().GetServerAddress());
  const Ptr<Node> node = GetHost().GetNode();
  if (v6_) {
    socket_ = Socket::CreateSocket(node, Ipv6RawSocketFactory::GetTypeId());
    socket_->SetAttribute("Protocol", UintegerValue(icmpv6_protocol));
  } else {
    socket_ = Socket::CreateSocket(node, Ipv4RawSocketFactory::GetTypeId());
    socket_->SetAttribute("Protocol", UintegerValue(icmpv4_protocol));
    socket_->SetAttribute("IcmpFilter", UintegerValue(1U << Icmpv4Header::ICMPV4_ECHO));
  }
  socket_->SetRecvCallback(MakeCallback(&UnderstudyEcho::Receive, this));
}

void UnderstudyEcho::SetAnswerCallback(AnswerCallback answer) { answer_ = answer; }

void UnderstudyEcho::Send(const Address& to, uint64_t token) {
  NS_LOG_FUNCTION(this << to << token);
  // The socket fills in ICMPv6's checksum, which covers the source address that it chooses.
  const uint8_t type =
      v6_ ? uint8_t{Icmpv6Header::ICMPV6_ECHO_REQUEST} : uint8_t{Icmpv4Header::ICMPV4_ECHO};
  const Message message = make_request(type, token);
  socket_->SendTo(Create<Packet>(message.data(), message.size()), 0, MakeSocketAddress(to, 0));
}

// Everything of ICMP that reaches the node comes here: its neighbours' requests (IPv6), errors,
// answers to an address that it held a moment ago.
void UnderstudyEcho::Receive(Ptr<Socket> socket) {
  Address from;
  while (const Ptr<Packet> packet = socket->RecvFrom(from)) {
    const std::optional<uint64_t> token = v6_ ? read_reply_v6(*packet) : read_reply_v4(*packet);
    if (token && !answer_.IsNull()) answer_(GetIpAddress(from), *token);
  }
}

void UnderstudyEcho::PowerGone() {}  // nothing is remembered between a request and its answer

void UnderstudyEcho::DoDispose() {
  if (socket_) {
    socket_->SetRecvCallback(MakeNullCallback<void, Ptr<Socket>>());
    socket_->Close();
    socket_ = nullptr;
  }
  answer_.Nullify();
  UnderstudyPart::DoDispose();
}

}  // namespace ns3
