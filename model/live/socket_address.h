// SPDX-License-Identifier: MIT
//
// IP addresses as the kernel takes them.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>

#include "understudy/live/interface.h"

namespace understudy::live {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;
  [[nodiscard]] const sockaddr* data() const { return reinterpret_cast<const sockaddr*>(&storage); }
  sockaddr* data() { return reinterpret_cast<sockaddr*>(&storage); }
};

// With the interface as the scope where an address is link-local.
[[nodiscard]] SocketAddress socket_address(const IpAddress& address, std::uint16_t port,
                                           int interface);
[[nodiscard]] IpAddress ip_address(const SocketAddress& from);

}  // namespace understudy::live
