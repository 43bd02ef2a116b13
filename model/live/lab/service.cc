// SPDX-License-Identifier: MIT
#include "understudy/lab/service.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>

#include "understudy/lab/system_error.h"
#include "understudy/live/descriptor.h"

namespace understudy::lab {
namespace {

live::Descriptor listen_at(const Addresses& addresses, const std::string& address) {
  live::Descriptor socket(
      ::socket(addresses.family(), SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int yes = 1;
  const bool v6 = addresses.version() == IpVersion::v6;
  checked(setsockopt(socket.number(), v6 ? SOL_IPV6 : SOL_IP, v6 ? IPV6_FREEBIND : IP_FREEBIND,
                     &yes, sizeof yes),
          "listen at an address that comes and goes");
  const SocketName name = socket_name(address, service_port);
  checked(bind(socket.number(), reinterpret_cast<const sockaddr*>(name.bytes.data()), name.length),
          "listen at " + address);
  return socket;
}

void answer_all(const live::Descriptor& socket) {
  std::array<char, 512> request{};
  sockaddr_storage from{};
  for (;;) {
    socklen_t length = sizeof from;
    auto* const name = reinterpret_cast<sockaddr*>(&from);
    const ssize_t size =
        recvfrom(socket.number(), request.data(), request.size(), MSG_DONTWAIT, name, &length);
    if (size < 0) return;
    sendto(socket.number(), request.data(), static_cast<std::size_t>(size), MSG_DONTWAIT, name,
           length);
  }
}

}  // namespace

void serve(const Addresses& addresses, Host host) {
  const std::array sockets = {listen_at(addresses, addresses.of(Address::primary)),
                              listen_at(addresses, addresses.of(host))};
  for (;;) {
    std::array polled = {pollfd{.fd = sockets[0].number(), .events = POLLIN, .revents = 0},
                         pollfd{.fd = sockets[1].number(), .events = POLLIN, .revents = 0}};
    poll(polled.data(), polled.size(), -1);
    for (const live::Descriptor& socket : sockets) answer_all(socket);
  }
}

}  // namespace understudy::lab
