// SPDX-License-Identifier: MIT
#include "understudy/live/link_watch.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <utility>

#include "understudy/live/cannot_run.h"

namespace understudy::live {
namespace {

Descriptor open_socket() {
  Descriptor socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE));
  sockaddr_nl groups{};
  groups.nl_family = AF_NETLINK;
  groups.nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR;
  if (!socket.open() ||
      bind(socket.number(), reinterpret_cast<const sockaddr*>(&groups), sizeof groups) < 0) {
    cannot("hear of changes of interfaces", errno, "run where AF_NETLINK is allowed");
  }
  return socket;
}

}  // namespace

LinkWatch::LinkWatch(boost::asio::io_context& loop, std::function<void()> changed)
    : changed_(std::move(changed)), socket_(loop, open_socket(), [this] { drain(); }) {}

void LinkWatch::drain() {
  constexpr int most = 64;  // a flood must not keep the timers from being looked at
  std::array<char, 64> beginning{};
  bool any = false;
  for (int i = 0; i < most; ++i) {
    const ssize_t size = recv(socket_.number(), beginning.data(), beginning.size(), MSG_DONTWAIT);
    if (size < 0 && errno != ENOBUFS) break;
    any = true;
  }
  if (any) changed_();
}

}  // namespace understudy::live
