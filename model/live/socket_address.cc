// SPDX-License-Identifier: MIT
#include "understudy/live/socket_address.h"

#include <algorithm>
#include <cstring>

namespace understudy::live {

SocketAddress socket_address(const IpAddress& address, std::uint16_t port, int interface) {
  SocketAddress made;
  if (address.is_v4()) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    v4.sin_addr.s_addr = htonl(address.to_v4().to_uint());
    std::memcpy(&made.storage, &v4, sizeof v4);
    made.length = sizeof v4;
    return made;
  }
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(port);
  std::ranges::copy(address.to_v6().to_bytes(), v6.sin6_addr.s6_addr);
  if (address.to_v6().is_link_local()) v6.sin6_scope_id = static_cast<std::uint32_t>(interface);
  std::memcpy(&made.storage, &v6, sizeof v6);
  made.length = sizeof v6;
  return made;
}

IpAddress ip_address(const SocketAddress& from) {
  if (from.storage.ss_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &from.storage, sizeof v4);
    return boost::asio::ip::address_v4(ntohl(v4.sin_addr.s_addr));
  }
  sockaddr_in6 v6{};
  std::memcpy(&v6, &from.storage, sizeof v6);
  boost::asio::ip::address_v6::bytes_type bytes{};
  std::ranges::copy(v6.sin6_addr.s6_addr, bytes.begin());
  return boost::asio::ip::address_v6(bytes);
}

}  // namespace understudy::live
