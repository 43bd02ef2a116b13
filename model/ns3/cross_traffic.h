// SPDX-License-Identifier: MIT
//
// Congestion: other traffic through a port of the switch, and a queue there that it fills.
//
// Frames of 1500 B on average, with an exponential law, arrive at the port at random instants (a
// Poisson process) and go the way of all frames: through the queue and over the wire, where they
// end. So it is the M/M/1/K queue of impairments.h, but one that takes its time to fill, and that
// packets behind each other meet in much the same state. Faithful: packets of the pair wait behind
// real ones, or find the queue full. Left out: whoever sends and gets that traffic, how it would
// yield to the congestion, and that no frame is longer than the network's largest packet. It is a
// queue of all packets to a host, whoever sends them.
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
    Stream draws;               // of gaps and lengths
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
  Stream draws_;
  ns3::QueueSize queue_before_;
  std::uint16_t mtu_before_;
  ns3::EventId next_;
};

}  // namespace understudy::ns3_substrate
