// SPDX-License-Identifier: MIT
//
// What the other machines of the link are told about an address, and what they say about it: ARP
// for IPv4, neighbour discovery for IPv6. The kernel answers questions by itself; this adds
//
// - announcements: ARP in both forms, as a request and as a reply, because neighbours differ in
//   which they believe; an unsolicited neighbour advertisement that overrides. Linux ignores a
//   second change within a second of the first (`locktime`), so who claims says it again later.
// - probes: who else answers for the address? The kernel of a rival does, daemon or not.
// - listening for a rival: whoever says that the address is at a hardware address that is not ours.
#pragma once

#include <functional>
#include <memory>

#include <boost/asio/io_context.hpp>

#include "understudy/live/interface.h"

namespace understudy::live {

class Neighbours {
 public:
  // Somebody else claims `address`. Called for any address; whose it is the listener knows.
  using Claimed = std::function<void(const IpAddress& address, const HardwareAddress& by)>;

  virtual ~Neighbours() = default;
  Neighbours(const Neighbours&) = delete;
  Neighbours& operator=(const Neighbours&) = delete;

  // That the address is at this interface's hardware address. It leaves through this interface, so
  // that switches learn where that is.
  virtual void announce(const IpAddress& address, const Interface& at) = 0;
  virtual void probe(const IpAddress& address) = 0;

 protected:
  Neighbours() = default;
};

// Throws CannotRun: both need CAP_NET_RAW. `own` is the server's address; its family decides.
[[nodiscard]] std::unique_ptr<Neighbours> make_neighbours(boost::asio::io_context& loop,
                                                          const Interface& interface,
                                                          const IpAddress& own,
                                                          Neighbours::Claimed claimed);

}  // namespace understudy::live
