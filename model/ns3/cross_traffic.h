// SPDX-License-Identifier: MIT
//
// Congestion: other traffic through a port of the switch, and a queue there that it fills.
//
// Frames of 1500 B arrive at the port at random instants (a Poisson process) and go the way of all
// frames: through the queue and over the wire, where they end. Faithful: packets of the pair wait
// behind real ones, or find the queue full. Left out: whoever sends and gets that traffic, and how
// it would yield to the congestion. The frames are all of one size, so this is an M/D/1/K queue,
// where impairments.h reckons with an M/M/1/K queue; above load 1 both are nearly always full. And
// it is a queue of all packets to a host, whoever sends them.
#pragma once

#include <cstdint>

#include <ns3/event-id.h>
#include <ns3/mac48-address.h>
#include <ns3/ptr.h>
#include <ns3/queue-size.h>
#include <ns3/simple-net-device.h>

#include "understudy/scenario/draws.h"

namespace understudy::ns3_substrate {

class CrossTraffic {
 public:
  struct Setup {
    double load = 1.0;  // as a part of the port's rate
    double bandwidth_bps = 1e9;
    std::uint32_t queue = 100;  // packets, the one on the wire included
    Stream gaps;
  };
  // Begins at once, and ends with this object.
  CrossTraffic(ns3::Ptr<ns3::SimpleNetDevice> port, const Setup& setup);
  CrossTraffic(const CrossTraffic&) = delete;
  CrossTraffic& operator=(const CrossTraffic&) = delete;
  ~CrossTraffic();

  // Who sends these frames: no host.
  [[nodiscard]] static ns3::Mac48Address sender();

 private:
  void plan_next();
  void send();

  ns3::Ptr<ns3::SimpleNetDevice> port_;
  double mean_gap_ns_ = 0.0;
  Stream gaps_;
  ns3::QueueSize before_;
  ns3::EventId next_;
};

}  // namespace understudy::ns3_substrate
