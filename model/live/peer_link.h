// SPDX-License-Identifier: MIT
//
// The agents' messages, between the servers' own addresses by UDP, sealed (sealed.h). The kernel
// hands on only what comes from the peer's address and port.
#pragma once

#include <cstdint>
#include <functional>

#include <boost/asio/io_context.hpp>

#include "understudy/live/interface.h"
#include "understudy/live/readable.h"
#include "understudy/live/sealed.h"

namespace understudy::live {

class PeerLink {
 public:
  using Heard = std::function<void(const Message&)>;
  struct Ends {
    IpAddress own;
    IpAddress peer;
    std::uint16_t port = 0;
  };

  // Throws CannotRun if the port is in use.
  PeerLink(boost::asio::io_context& loop, const Interface& interface, const Ends& ends,
           Sealer sealer, Heard heard);

  void tell(const Message& message);

  [[nodiscard]] std::uint64_t rejected() const { return rejected_; }
  [[nodiscard]] bool acquainted() const { return sealer_.acquainted(); }

 private:
  void send(const SealedBytes& packet);
  void drain();

  Sealer sealer_;
  Heard heard_;
  std::uint64_t rejected_ = 0;
  Readable socket_;
};

}  // namespace understudy::live
