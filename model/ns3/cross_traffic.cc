// SPDX-License-Identifier: MIT
#include "understudy/ns3/cross_traffic.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <ns3/nstime.h>
#include <ns3/packet.h>
#include <ns3/queue.h>
#include <ns3/simulator.h>

namespace understudy::ns3_substrate {
namespace {

constexpr double mean_length = 1500.0;
constexpr double longest = 65'000.0;
constexpr std::uint16_t no_protocol = 0x88b5;  // for local experiments (IEEE 802)

}  // namespace

CrossTraffic::CrossTraffic(ns3::Ptr<ns3::SimpleNetDevice> port, const Setup& setup)
    : port_(port),
      draws_(setup.draws),
      queue_before_(port->GetQueue()->GetMaxSize()),
      mtu_before_(port->GetMtu()) {
  const std::uint32_t waiting = std::max(1U, setup.queue - 1);
  const ns3::QueueSize limit(ns3::QueueSizeUnit::PACKETS, waiting);
  if (limit < queue_before_) port_->GetQueue()->SetMaxSize(limit);
  if (setup.load <= 0.0) return;
  port_->SetMtu(std::numeric_limits<std::uint16_t>::max());
  mean_gap_ns_ = 8.0 * mean_length / setup.bandwidth_bps / setup.load * 1e9;
  plan_next();
}

CrossTraffic::~CrossTraffic() {
  next_.Cancel();
  port_->GetQueue()->SetMaxSize(queue_before_);
  port_->SetMtu(mtu_before_);
}

ns3::Mac48Address CrossTraffic::sender() { return {"02:00:00:00:00:01"}; }

void CrossTraffic::plan_next() {
  const double gap_ns = -std::log(draws_.uniform()) * mean_gap_ns_;
  next_ = ns3::Simulator::Schedule(ns3::NanoSeconds(static_cast<std::int64_t>(gap_ns + 0.5)),
                                   &CrossTraffic::send, this);
}

void CrossTraffic::send() {
  const double length = std::min(-std::log(draws_.uniform()) * mean_length, longest);
  port_->SendFrom(ns3::Create<ns3::Packet>(static_cast<std::uint32_t>(length + 1.0)), sender(),
                  ns3::Mac48Address("02:00:00:00:00:02"), no_protocol);
  plan_next();
}

}  // namespace understudy::ns3_substrate
