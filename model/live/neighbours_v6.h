// SPDX-License-Identifier: MIT
#pragma once

#include "understudy/live/neighbours.h"
#include "understudy/live/readable.h"

namespace understudy::live {

class NeighboursV6 final : public Neighbours {
 public:
  NeighboursV6(boost::asio::io_context& loop, const Interface& interface, Claimed claimed);
  void announce(const IpAddress& address, const Interface& at) override;
  void probe(const IpAddress& address) override;

 private:
  void drain();

  Interface interface_;
  Claimed claimed_;
  Descriptor anywhere_;  // announces; a socket that is bound to an interface cannot on another
  Readable socket_;
};

}  // namespace understudy::live
