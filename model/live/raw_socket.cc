// SPDX-License-Identifier: MIT
#include "understudy/live/raw_socket.h"

#include <netinet/in.h>

namespace understudy::live {

Descriptor open_raw_socket(IpFamily family) {
  const bool v4 = family == IpFamily::v4;
  const int protocol = v4 ? int{IPPROTO_ICMP} : int{IPPROTO_ICMPV6};
  Descriptor socket(
      ::socket(v4 ? AF_INET : AF_INET6, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol));
  if (socket.open()) return socket;
  if (errno == EAFNOSUPPORT) {
    throw CannotRun("this kernel has no IPv6; write IPv4 addresses under [addresses]");
  }
  cannot("open a raw socket", errno, "run as root, or with CAP_NET_RAW and CAP_NET_ADMIN");
}

void bind_to_interface(int socket, const Interface& interface) {
  if (setsockopt(socket, SOL_SOCKET, SO_BINDTODEVICE, interface.name.c_str(),
                 static_cast<socklen_t>(interface.name.size())) < 0) {
    cannot("use interface " + interface.name, errno, "run as root, or with CAP_NET_RAW");
  }
}

}  // namespace understudy::live
