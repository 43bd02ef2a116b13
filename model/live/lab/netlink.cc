// SPDX-License-Identifier: MIT
#include "understudy/lab/netlink.h"

#include <linux/if_addr.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>

#include "understudy/lab/system_error.h"

namespace understudy::lab {
namespace {

live::Descriptor open_socket(std::uint32_t groups) {
  live::Descriptor socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  sockaddr_nl name{};
  name.nl_family = AF_NETLINK;
  name.nl_groups = groups;
  if (!socket.open() ||
      bind(socket.number(), reinterpret_cast<const sockaddr*>(&name), sizeof name) < 0) {
    fail("speak netlink to the kernel");
  }
  return socket;
}

std::size_t length_of(int family) { return family == AF_INET ? 4 : 16; }

// A request about an address: head, what it is about, and one attribute.
struct Request {
  nlmsghdr head{};
  ifaddrmsg about{};
  rtattr attribute{};
  IpBytes address{};
};

Request address_request(const InterfaceAddress& what, std::uint16_t type) {
  Request request;
  const int family = what.address.find(':') == std::string::npos ? AF_INET : AF_INET6;
  request.attribute.rta_type = IFA_LOCAL;
  request.attribute.rta_len = static_cast<unsigned short>(RTA_LENGTH(length_of(family)));
  request.address = bytes_of(what.address);
  request.about.ifa_family = static_cast<std::uint8_t>(family);
  request.about.ifa_prefixlen = static_cast<std::uint8_t>(what.prefix_length);
  request.about.ifa_flags = family == AF_INET6 ? IFA_F_NODAD : 0;
  request.about.ifa_index = if_nametoindex(interface_name);
  request.head.nlmsg_type = type;
  request.head.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
  if (type == RTM_NEWADDR) request.head.nlmsg_flags |= NLM_F_CREATE | NLM_F_REPLACE;
  request.head.nlmsg_len =
      static_cast<std::uint32_t>(offsetof(Request, address) + length_of(family));
  return request;
}

// 0, or the error that the kernel answers.
int carry_out(const Request& request) {
  const live::Descriptor socket = open_socket(0);
  alignas(nlmsghdr) std::array<char, 4096> answer{};
  if (send(socket.number(), &request, request.head.nlmsg_len, 0) < 0 ||
      recv(socket.number(), answer.data(), answer.size(), 0) < 0) {
    return errno;
  }
  nlmsghdr head{};
  nlmsgerr error{};
  std::memcpy(&head, answer.data(), sizeof head);
  std::memcpy(&error, answer.data() + NLMSG_HDRLEN, sizeof error);
  return head.nlmsg_type == NLMSG_ERROR ? -error.error : EPROTO;
}

}  // namespace

live::Descriptor open_address_listener() {
  return open_socket(RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR);
}

void hear_addresses(const live::Descriptor& listener,
                    const std::function<void(const IpBytes&, bool)>& changed) {
  alignas(nlmsghdr) std::array<char, 8192> bytes{};
  for (;;) {
    const ssize_t size = recv(listener.number(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (size < 0) return;
    auto left = static_cast<std::uint32_t>(size);
    for (auto* head = reinterpret_cast<nlmsghdr*>(bytes.data()); NLMSG_OK(head, left);
         head = NLMSG_NEXT(head, left)) {
      if (head->nlmsg_type != RTM_NEWADDR && head->nlmsg_type != RTM_DELADDR) continue;
      const auto* about = static_cast<ifaddrmsg*>(NLMSG_DATA(head));
      auto length = static_cast<int>(IFA_PAYLOAD(head));
      IpBytes address{};
      for (auto* each = IFA_RTA(about); RTA_OK(each, length); each = RTA_NEXT(each, length)) {
        if (each->rta_type != IFA_ADDRESS) continue;
        std::memcpy(address.data(), RTA_DATA(each), length_of(about->ifa_family));
      }
      changed(address, head->nlmsg_type == RTM_NEWADDR);
    }
  }
}

void add_address(const InterfaceAddress& what) {
  errno = carry_out(address_request(what, RTM_NEWADDR));
  if (errno != 0) fail("give " + what.address + " to a host");
}

void remove_address(const InterfaceAddress& what) {
  errno = carry_out(address_request(what, RTM_DELADDR));
  if (errno != 0 && errno != EADDRNOTAVAIL) fail("take " + what.address + " from a host");
}

void set_link(bool up) {
  const live::Descriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  for (const std::string name : {"lo", interface_name}) {
    ifreq request{};
    std::ranges::copy(name, request.ifr_name);
    request.ifr_flags = static_cast<short>(up ? IFF_UP : 0);
    checked(ioctl(socket.number(), SIOCSIFFLAGS, &request), "switch the interface of a host");
  }
}

}  // namespace understudy::lab
