// SPDX-License-Identifier: MIT
//
//   peer_responder NAME PORT
//
// The service of a server in bench/peers.py: sends each request back with its name behind it, from
// the address that was asked. The kernel passes on what is for an address that it has, and only
// that. As the first process of a server it also buries the others' dead.
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <string>

#include "namespaces.h"

namespace understudy::bench {
namespace {

void respond(const std::string& name, int port) {
  const Descriptor socket(require(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket"));
  const int on = 1;
  require(::setsockopt(socket.number(), IPPROTO_IP, IP_PKTINFO, &on, sizeof on), "IP_PKTINFO");
  sockaddr_in any{};
  any.sin_family = AF_INET;
  any.sin_port = htons(static_cast<std::uint16_t>(port));
  require(::bind(socket.number(), reinterpret_cast<sockaddr*>(&any), sizeof any), "bind");

  std::array<char, 256> text{};
  std::array<char, 128> control{};
  sockaddr_in from{};
  while (true) {
    iovec part{.iov_base = text.data(), .iov_len = text.size() / 2};
    msghdr message{};
    message.msg_name = &from;
    message.msg_namelen = sizeof from;
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t size = ::recvmsg(socket.number(), &message, 0);
    if (size < 0) continue;
    part.iov_len = static_cast<std::size_t>(size) + name.size();
    std::ranges::copy(name, text.begin() + size);
    // The control data that came says which address was asked, which is what it says on the way
    // out, too. It fails where that address has gone meanwhile.
    for (cmsghdr* each = CMSG_FIRSTHDR(&message); each; each = CMSG_NXTHDR(&message, each)) {
      if (each->cmsg_type != IP_PKTINFO) continue;
      reinterpret_cast<in_pktinfo*>(CMSG_DATA(each))->ipi_ifindex = 0;
    }
    static_cast<void>(::sendmsg(socket.number(), &message, MSG_DONTWAIT));
  }
}

}  // namespace
}  // namespace understudy::bench

int main(int count, char** words) {
  if (count != 3) {
    std::fputs("peer_responder NAME PORT\n", stderr);
    return 2;
  }
  try {
    ::signal(SIGCHLD, SIG_IGN);
    understudy::bench::be_first();
    static_cast<void>(::mlockall(MCL_CURRENT | MCL_FUTURE));
    understudy::bench::respond(words[1], std::atoi(words[2]));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "peer_responder: %s\n", error.what());
    return 1;
  }
}
