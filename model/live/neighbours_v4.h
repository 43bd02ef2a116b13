// SPDX-License-Identifier: MIT
#pragma once

#include "understudy/live/arp_packet.h"
#include "understudy/live/neighbours.h"
#include "understudy/live/readable.h"

namespace understudy::live {

class NeighboursV4 final : public Neighbours {
 public:
  NeighboursV4(boost::asio::io_context& loop, const Interface& interface, Claimed claimed);
  void announce(const IpAddress& address, const Interface& at) override;
  void probe(const IpAddress& address) override;

 private:
  void send(const ArpPacket& packet, const Interface& through);
  void drain();

  Interface interface_;
  Claimed claimed_;
  Readable socket_;
};

}  // namespace understudy::live
