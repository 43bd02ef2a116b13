// SPDX-License-Identifier: MIT
#include "understudy/live/echo.h"

#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <sys/socket.h>

#include <array>
#include <cstring>
#include <utility>

#include "understudy/live/boot_clock.h"
#include "understudy/live/cannot_run.h"
#include "understudy/live/random.h"
#include "understudy/live/raw_socket.h"
#include "understudy/live/socket_address.h"

#ifndef ICMP_FILTER  // <linux/icmp.h>, which does not go together with <netinet/ip_icmp.h>
#define ICMP_FILTER 1
#endif

namespace understudy::live {
namespace {

// The filter keeps away from this socket what it would only throw away.
void hear_replies_only(int socket, IpFamily family) {
  if (family == IpFamily::v4) {
    const std::uint32_t blocked = ~(1U << ICMP_ECHOREPLY);
    set_option(socket, SOL_RAW, ICMP_FILTER, blocked);
    return;
  }
  icmp6_filter filter{};
  ICMP6_FILTER_SETBLOCKALL(&filter);
  ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &filter);
  set_option(socket, IPPROTO_ICMPV6, ICMP6_FILTER, filter);
}

Descriptor open_socket(const Interface& interface, const IpAddress& own) {
  const IpFamily family = own.is_v4() ? IpFamily::v4 : IpFamily::v6;
  Descriptor socket = open_raw_socket(family);
  hear_replies_only(socket.number(), family);
  bind_to_interface(socket.number(), interface);
  set_option(socket.number(), SOL_SOCKET, SO_TIMESTAMPNS, 1);
  const SocketAddress from = socket_address(own, 0, interface.index);
  if (bind(socket.number(), from.data(), from.length) < 0) {
    cannot("send from " + own.to_string(), errno,
           "set addresses.server to an address that " + interface.name + " has");
  }
  return socket;
}

// When the kernel got it; now, if it does not say.
Time arrival(msghdr& message) {
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr;
       part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_TIMESTAMPNS) continue;
    timespec stamp{};
    std::memcpy(&stamp, CMSG_DATA(part), sizeof stamp);
    return from_wall(stamp);
  }
  return boot_now();
}

}  // namespace

Echo::Echo(boost::asio::io_context& loop, const Interface& interface, const IpAddress& own,
           Heard heard)
    : interface_(interface.index),
      family_(own.is_v4() ? IpFamily::v4 : IpFamily::v6),
      identifier_(static_cast<std::uint16_t>(random_number())),
      heard_(std::move(heard)),
      socket_(loop, open_socket(interface, own), [this] { drain(); }) {}

void Echo::send(const IpAddress& to, Token token) {
  const EchoBytes bytes =
      encode_request(family_, {.identifier = identifier_, .sequence = ++sequence_, .token = token});
  const SocketAddress address = socket_address(to, 0, interface_);
  static_cast<void>(sendto(socket_.number(), bytes.data(), bytes.size(), MSG_DONTWAIT,
                           address.data(), address.length));
}

void Echo::drain() {
  // A flood must not keep the timers from being looked at.
  constexpr int most = 64;
  for (int i = 0; i < most; ++i) {
    if (!read_one()) return;
  }
}

bool Echo::read_one() {
  std::array<std::uint8_t, 128> bytes{};
  alignas(cmsghdr) std::array<char, 128> control{};
  SocketAddress from;
  iovec buffer{.iov_base = bytes.data(), .iov_len = bytes.size()};
  msghdr message{};
  message.msg_name = &from.storage;
  message.msg_namelen = sizeof from.storage;
  message.msg_iov = &buffer;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t size = recvmsg(socket_.number(), &message, MSG_DONTWAIT);
  if (size < 0) return errno != EAGAIN && errno != EBADF;
  const auto packet = decode_reply(family_, std::span(bytes).first(static_cast<std::size_t>(size)));
  if (packet && packet->identifier == identifier_) {
    heard_({.from = ip_address(from), .token = packet->token, .received = arrival(message)});
  }
  return true;
}

}  // namespace understudy::live
