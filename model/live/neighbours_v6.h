// SPDX-License-Identifier: MIT
#pragma once

#include "understudy/live/neighbours.h"
#include "understudy/live/readable.h"

namespace understudy::live {

class NeighboursV6 final : public Neighbours {
 public:
  NeighboursV6(boost::asio::io_context& loop, const Interface& interface, Claimed claimed);
  void announce(const IpAddress& address) override;
  void probe(const IpAddress& address) override;

 private:
  void drain();

  Interface interface_;
  Claimed claimed_;
  Readable socket_;
};

}  // namespace understudy::live
