// SPDX-License-Identifier: MIT
#include "understudy/ns3/cross_traffic.h"

#include <algorithm>
#include <cmath>

#include <ns3/nstime.h>
#include <ns3/packet.h>
#include <ns3/queue.h>
#include <ns3/simulator.h>

namespace understudy::ns3_substrate {
namespace {

constexpr std::uint32_t frame_size = 1500;
constexpr std::uint16_t no_protocol = 0x88b5;  // for local experiments (IEEE 802)

}  // namespace

CrossTraffic::CrossTraffic(ns3::Ptr<ns3::SimpleNetDevice> port, const Setup& setup)
    : port_(port), gaps_(setup.gaps), before_(port->GetQueue()->GetMaxSize()) {
  const std::uint32_t waiting = std::max(1U, setup.queue - 1);
  const ns3::QueueSize limit(ns3::QueueSizeUnit::PACKETS, waiting);
  if (limit < before_) port_->GetQueue()->SetMaxSize(limit);
  if (setup.load <= 0.0) return;
  mean_gap_ns_ = 8.0 * frame_size / setup.bandwidth_bps / setup.load * 1e9;
  plan_next();
}

CrossTraffic::~CrossTraffic() {
  next_.Cancel();
  port_->GetQueue()->SetMaxSize(before_);
}

ns3::Mac48Address CrossTraffic::sender() { return {"02:00:00:00:00:01"}; }

void CrossTraffic::plan_next() {
  const double gap_ns = -std::log(gaps_.uniform()) * mean_gap_ns_;
  next_ = ns3::Simulator::Schedule(ns3::NanoSeconds(static_cast<std::int64_t>(gap_ns + 0.5)),
                                   &CrossTraffic::send, this);
}

void CrossTraffic::send() {
  port_->SendFrom(ns3::Create<ns3::Packet>(frame_size), sender(),
                  ns3::Mac48Address("02:00:00:00:00:02"), no_protocol);
  plan_next();
}

}  // namespace understudy::ns3_substrate
