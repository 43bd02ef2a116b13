// SPDX-License-Identifier: MIT
#include "understudy/live/peer_link.h"

#include <sys/socket.h>

#include <utility>

#include "understudy/live/cannot_run.h"
#include "understudy/live/socket_address.h"

namespace understudy::live {
namespace {

Descriptor open_socket(const Interface& interface, const PeerLink::Ends& ends) {
  Descriptor socket(::socket(ends.own.is_v4() ? AF_INET : AF_INET6,
                             SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket.open()) cannot("open a UDP socket", errno, "check that the kernel has this family");
  const SocketAddress own = socket_address(ends.own, ends.port, interface.index);
  if (bind(socket.number(), own.data(), own.length) < 0) {
    cannot("use UDP port " + std::to_string(ends.port) + " of " + ends.own.to_string(), errno,
           errno == EADDRINUSE ? "end the other understudyd, or set daemon.port on both servers"
                               : "set addresses.server to an address that this server has");
  }
  const SocketAddress peer = socket_address(ends.peer, ends.port, interface.index);
  if (connect(socket.number(), peer.data(), peer.length) < 0) {
    cannot("reach " + ends.peer.to_string(), errno, "add a route to addresses.peer");
  }
  return socket;
}

}  // namespace

PeerLink::PeerLink(boost::asio::io_context& loop, const Interface& interface, const Ends& ends,
                   Sealer sealer, Heard heard)
    : sealer_(std::move(sealer)),
      heard_(std::move(heard)),
      socket_(loop, open_socket(interface, ends), [this] { drain(); }) {
  send(sealer_.hello());
}

void PeerLink::tell(const Message& message) { send(sealer_.seal(message)); }

// That the peer's port is closed (ECONNREFUSED, of an earlier packet) is no news: who is silent is
// what the pings find out.
void PeerLink::send(const SealedBytes& packet) {
  const auto bytes = packet.span();
  if (::send(socket_.number(), bytes.data(), bytes.size(), MSG_DONTWAIT) < 0 &&
      errno == ECONNREFUSED) {
    static_cast<void>(::send(socket_.number(), bytes.data(), bytes.size(), MSG_DONTWAIT));
  }
}

void PeerLink::drain() {
  constexpr int most = 64;  // a flood must not keep the timers from being looked at
  std::array<std::uint8_t, sealed_size + 1> bytes{};
  for (int i = 0; i < most; ++i) {
    const ssize_t size = recv(socket_.number(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (size < 0 && errno == ECONNREFUSED) continue;
    if (size < 0) return;
    const auto opened = sealer_.open(std::span(bytes).first(static_cast<std::size_t>(size)));
    if (opened.forged) ++rejected_;
    if (opened.answer) send(*opened.answer);
    if (opened.message) heard_(*opened.message);
  }
}

}  // namespace understudy::live
