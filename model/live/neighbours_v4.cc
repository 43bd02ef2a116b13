// SPDX-License-Identifier: MIT
//
// Neighbours of IPv4, on a packet socket that sees every ARP of the link.
#include "understudy/live/neighbours_v4.h"

#include <net/ethernet.h>
#include <netpacket/packet.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include "understudy/live/arp_packet.h"
#include "understudy/live/cannot_run.h"

namespace understudy::live {
namespace {

sockaddr_ll everybody_on(const Interface& interface) {
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_ARP);
  address.sll_ifindex = interface.index;
  address.sll_halen = ETH_ALEN;
  std::ranges::fill_n(address.sll_addr, ETH_ALEN, std::uint8_t{0xff});
  return address;
}

Descriptor open_socket(const Interface& interface) {
  Descriptor socket(
      ::socket(AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, htons(ETH_P_ARP)));
  if (!socket.open()) {
    cannot("open a packet socket", errno, "run as root, or with CAP_NET_RAW and CAP_NET_ADMIN");
  }
  const sockaddr_ll address = everybody_on(interface);
  if (bind(socket.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0) {
    cannot("listen to " + interface.name, errno, "set daemon.interface to one that is there");
  }
  return socket;
}

}  // namespace

NeighboursV4::NeighboursV4(boost::asio::io_context& loop, const Interface& interface,
                           Claimed claimed)
    : interface_(interface),
      claimed_(std::move(claimed)),
      socket_(loop, open_socket(interface), [this] { drain(); }) {}

void NeighboursV4::announce(const IpAddress& address, const Interface& at) {
  const auto own = address.to_v4();
  constexpr HardwareAddress nobody{};
  constexpr HardwareAddress everybody = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
  send({.kind = ArpPacket::Kind::request,
        .sender_hardware = at.hardware,
        .sender = own,
        .target_hardware = nobody,
        .target = own},
       at);
  send({.kind = ArpPacket::Kind::reply,
        .sender_hardware = at.hardware,
        .sender = own,
        .target_hardware = everybody,
        .target = own},
       at);
}

// RFC 5227: from nowhere, so that it changes nobody's memory of who has what.
void NeighboursV4::probe(const IpAddress& address) {
  send({.kind = ArpPacket::Kind::request,
        .sender_hardware = interface_.hardware,
        .target = address.to_v4()},
       interface_);
}

void NeighboursV4::send(const ArpPacket& packet, const Interface& through) {
  const ArpBytes bytes = encode(packet);
  const sockaddr_ll to = everybody_on(through);
  static_cast<void>(sendto(socket_.number(), bytes.data(), bytes.size(), MSG_DONTWAIT,
                           reinterpret_cast<const sockaddr*>(&to), sizeof to));
}

void NeighboursV4::drain() {
  constexpr int most = 64;  // a flood must not keep the timers from being looked at
  std::array<std::uint8_t, 64> bytes{};
  for (int i = 0; i < most; ++i) {
    const ssize_t size = recv(socket_.number(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (size < 0) return;
    const auto packet = decode_arp(std::span(bytes).first(static_cast<std::size_t>(size)));
    if (!packet || packet->sender_hardware == interface_.hardware) continue;
    claimed_(packet->sender, packet->sender_hardware);
  }
}

}  // namespace understudy::live
