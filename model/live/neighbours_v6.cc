// SPDX-License-Identifier: MIT
//
// Neighbours of IPv6, on a raw ICMPv6 socket that hears advertisements.
#include "understudy/live/neighbours_v6.h"

#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstring>
#include <utility>

#include "understudy/live/ndp_packet.h"
#include "understudy/live/neighbours_v4.h"
#include "understudy/live/raw_socket.h"
#include "understudy/live/socket_address.h"

namespace understudy::live {
namespace {

using boost::asio::ip::address_v6;

// Deaf, so far.
Descriptor open_sender() {
  Descriptor socket = open_raw_socket(IpFamily::v6);
  icmp6_filter filter{};
  ICMP6_FILTER_SETBLOCKALL(&filter);
  set_option(socket.number(), IPPROTO_ICMPV6, ICMP6_FILTER, filter);
  // Others believe only what no router has passed on, which the hop limit shows.
  set_option(socket.number(), IPPROTO_IPV6, IPV6_MULTICAST_HOPS, 255);
  set_option(socket.number(), IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 0);
  return socket;
}

Descriptor open_socket(const Interface& interface) {
  Descriptor socket = open_sender();
  bind_to_interface(socket.number(), interface);
  set_option(socket.number(), IPPROTO_IPV6, IPV6_MULTICAST_IF, interface.index);
  icmp6_filter filter{};
  ICMP6_FILTER_SETBLOCKALL(&filter);
  ICMP6_FILTER_SETPASS(ND_NEIGHBOR_ADVERT, &filter);
  set_option(socket.number(), IPPROTO_ICMPV6, ICMP6_FILTER, filter);
  return socket;
}

const address_v6& all_nodes() {
  static const address_v6 address = boost::asio::ip::make_address_v6("ff02::1");
  return address;
}

// RFC 4291: whoever has the target listens there.
address_v6 solicited_node(const address_v6& target) {
  auto bytes = boost::asio::ip::make_address_v6("ff02::1:ff00:0").to_bytes();
  const auto from = target.to_bytes();
  for (std::size_t i = 13; i < 16; ++i) bytes[i] = from[i];
  return address_v6(bytes);
}

struct Route {
  address_v6 from;  // unspecified: whichever the kernel chooses
  address_v6 to;
};

void send(int socket, const Interface& interface, const Route& route, NdpBytes bytes) {
  SocketAddress to = socket_address(route.to, 0, interface.index);
  iovec buffer{.iov_base = bytes.data(), .iov_len = bytes.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(in6_pktinfo))> control{};
  msghdr message{};
  message.msg_name = &to.storage;
  message.msg_namelen = to.length;
  message.msg_iov = &buffer;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  cmsghdr* const part = CMSG_FIRSTHDR(&message);
  part->cmsg_level = IPPROTO_IPV6;
  part->cmsg_type = IPV6_PKTINFO;
  part->cmsg_len = CMSG_LEN(sizeof(in6_pktinfo));
  in6_pktinfo source{};
  std::memcpy(&source.ipi6_addr, route.from.to_bytes().data(), sizeof source.ipi6_addr);
  source.ipi6_ifindex = static_cast<unsigned>(interface.index);
  std::memcpy(CMSG_DATA(part), &source, sizeof source);
  static_cast<void>(sendmsg(socket, &message, MSG_DONTWAIT));
}

}  // namespace

NeighboursV6::NeighboursV6(boost::asio::io_context& loop, const Interface& interface,
                           Claimed claimed)
    : interface_(interface),
      claimed_(std::move(claimed)),
      anywhere_(open_sender()),
      socket_(loop, open_socket(interface), [this] { drain(); }) {}

void NeighboursV6::announce(const IpAddress& address, const Interface& at) {
  send(anywhere_.number(), at, {.from = address.to_v6(), .to = all_nodes()},
       encode_advertisement(address.to_v6(), at.hardware));
}

void NeighboursV6::probe(const IpAddress& address) {
  send(socket_.number(), interface_, {.from = {}, .to = solicited_node(address.to_v6())},
       encode_solicitation(address.to_v6(), interface_.hardware));
}

void NeighboursV6::drain() {
  constexpr int most = 64;  // a flood must not keep the timers from being looked at
  std::array<std::uint8_t, 256> bytes{};
  for (int i = 0; i < most; ++i) {
    const ssize_t size = recv(socket_.number(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (size < 0) return;
    const auto heard = decode_advertisement(std::span(bytes).first(static_cast<std::size_t>(size)));
    if (!heard || heard->hardware == interface_.hardware) continue;
    claimed_(heard->target, heard->hardware);
  }
}

std::unique_ptr<Neighbours> make_neighbours(boost::asio::io_context& loop,
                                            const Interface& interface, const IpAddress& own,
                                            Neighbours::Claimed claimed) {
  if (own.is_v4()) return std::make_unique<NeighboursV4>(loop, interface, std::move(claimed));
  return std::make_unique<NeighboursV6>(loop, interface, std::move(claimed));
}

}  // namespace understudy::live
