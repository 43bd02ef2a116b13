// SPDX-License-Identifier: MIT
#include "understudy/ns3/pair_network.h"

#include <string>
#include <utility>

#include <ns3/callback.h>
#include <ns3/ipv4-address.h>
#include <ns3/ipv6-address.h>

#include "understudy/ns3/link.h"
#include "understudy/ns3/pair_dual_switch.h"
#include "understudy/ns3/pair_lan.h"
#include "understudy/ns3/pair_routed.h"
#include "understudy/ns3/pair_wan.h"
#include "understudy/ns3/schedule.h"
#include "understudy/scenario/topologies.h"
#include "understudy/scenario/units.h"

namespace understudy::ns3_substrate {
namespace {

using MakeStream = std::string (*)(const Path&);

Stream& stream_of(std::map<std::size_t, Stream>& streams, const Run& run, const Path& path,
                  MakeStream name) {
  const auto found = streams.find(index(path));
  if (found != streams.end()) return found->second;
  return streams.emplace(index(path), Stream(run, name(path))).first->second;
}

}  // namespace

std::unique_ptr<PairNetwork> PairNetwork::make(const Topology& topology, const Run& run) {
  switch (topology.kind) {
    case TopologyKind::lan: return std::make_unique<PairLan>(topology, run);
    case TopologyKind::dual_switch: return std::make_unique<PairDualSwitch>(topology, run);
    case TopologyKind::routed: return std::make_unique<PairRouted>(topology, run);
    case TopologyKind::wan: return std::make_unique<PairWan>(topology, run);
  }
  return nullptr;
}

PairNetwork::PairNetwork(const Topology& topology, const Run& run)
    : topology_(topology), run_(run), impairments_(topology, run) {}

ns3::UnderstudyAgent::Addresses PairNetwork::addresses_for(ServerId id) const {
  return {.primary = address(0, primary_number),
          .monitor = address(0, monitor_number),
          .peer = host(host_of(other(id)))->GetServerAddress(),
          .witness = host(Host::witness)->GetServerAddress()};
}

ns3::Address PairNetwork::address(int subnet, int number) const {
  const std::string last = std::to_string(number);
  const std::string net = std::to_string(subnet);
  if (topology_.ip == IpVersion::v4) {
    return ns3::Ipv4Address(("10.0." + net + "." + last).c_str());
  }
  // ns-3 forwards nothing to 2001:db8::/32, the prefix of documents.
  const bool routed = topology_.kind == TopologyKind::routed;
  const std::string prefix = routed ? "fd00:0:0:" : "2001:db8:0:";
  return ns3::Ipv6Address((prefix + net + "::" + last).c_str());
}

std::uint8_t PairNetwork::prefix_length() const { return topology_.ip == IpVersion::v4 ? 24 : 64; }

int PairNetwork::number_of(Host host) {
  switch (host) {
    case Host::first: return 1;
    case Host::second: return 2;
    case Host::client: return 11;
    case Host::witness: return 12;
  }
  return 0;
}

// ---- faults -------------------------------------------------------------------------------------

void PairNetwork::begin_fault(std::size_t number, const Fault& fault, const Struck& struck) {
  switch (fault.kind) {
    case FaultKind::link_down:
    case FaultKind::switch_failure: return change_parts(number, fault, struck, Change::breaks);
    case FaultKind::partition: return change_cuts(fault, struck, 1);
    case FaultKind::congestion: return congest(number, fault, struck);
    default: break;
  }
  impairments_.begin(number, fault, struck);
  if (!impairments_.none()) decide_about_frames();
}

void PairNetwork::end_fault(std::size_t number, const Fault& fault, const Struck& struck) {
  switch (fault.kind) {
    case FaultKind::link_down:
    case FaultKind::switch_failure: return change_parts(number, fault, struck, Change::heals);
    case FaultKind::partition: return change_cuts(fault, struck, -1);
    case FaultKind::congestion: traffic_.erase(number); return;
    default: return impairments_.end(number);
  }
}

void PairNetwork::change_cuts(const Fault& fault, const Struck& struck, int cuts) {
  for (const Host from : all_hosts) {
    for (const Host to : all_hosts) {
      const bool there = struck.hosts.has(from) && struck.others.has(to);
      const bool back = struck.others.has(from) && struck.hosts.has(to) && both_ways(fault);
      if (there || back) {
        cuts_.at(static_cast<std::size_t>(from)).at(static_cast<std::size_t>(to)) += cuts;
      }
    }
  }
  if (!std::exchange(parting_, true)) begin_to_part();
}

// The queue in front of a host is that of the port to it.
void PairNetwork::congest(std::size_t number, const Fault& fault, const Struck& struck) {
  HostSet receivers = struck.others;
  if (both_ways(fault)) receivers |= struck.hosts;
  decide_about_frames();  // the traffic ends on the wire
  for (const Host host : all_hosts) {
    if (!receivers.has(host)) continue;
    const std::string name = "fault/" + std::to_string(number) + "/traffic/";
    traffic_[number].push_back(std::make_unique<CrossTraffic>(
        last_hop(host),
        CrossTraffic::Setup{.load = fault.load,
                            .bandwidth_bps = topology_.bandwidth_bps,
                            .queue = fault.queue,
                            .draws = Stream(run_, name + std::string(to_text(host)))}));
  }
}

// ---- packet by packet ---------------------------------------------------------------------------

bool PairNetwork::draws_delays() const {
  const Distribution* const there = wan_delay(topology_, Host::first, Host::second);
  const Distribution* const back = wan_delay(topology_, Host::second, Host::first);
  return !topology_.delay.fixed() || (there != nullptr && !there->fixed()) ||
         (back != nullptr && !back->fixed());
}

// While there is nothing to decide, frames need not be looked into.
void PairNetwork::decide_about_frames() {
  if (!std::exchange(judging_, true)) begin_to_judge();
}

void PairNetwork::judge(const Path& path, std::vector<ns3::Time>& arrivals) {
  Duration delay{};
  if (!topology_.delay.fixed()) {
    delay = topology_.delay.draw(stream_of(delay_streams_, run_, path, &delay_stream));
  }
  const Distribution* const wan = wan_delay(topology_, path.from, path.to);
  if (wan != nullptr && !wan->fixed()) {
    delay = sum(delay, wan->draw(stream_of(wan_streams_, run_, path, &wan_stream)));
  }
  Impairments::Verdict verdict;
  if (!impairments_.none()) verdict = impairments_.judge(path);
  // What takes longer than any span that can be written never comes.
  if (verdict.copies == 0 || sum(delay, verdict.delay) > longest_span) return arrivals.clear();
  arrivals.assign(verdict.copies, arrivals.front() + to_ns3(sum(delay, verdict.delay)));
}

// ---- looking on ---------------------------------------------------------------------------------

void PairNetwork::watch_pings(PingHeard heard) {
  ping_heard_ = std::move(heard);
  for (const Host which : all_hosts) {
    const auto device = host(which)->GetDevice();
    const auto link = ns3::DynamicCast<ns3::UnderstudyLink>(device->GetChannel());
    link->TraceConnectWithoutContext(
        "Received",
        ns3::Callback<void, ns3::Ptr<const ns3::NetDevice>, const ns3::UnderstudyFrame&>(
            [this, which, device](ns3::Ptr<const ns3::NetDevice> end,
                                  const ns3::UnderstudyFrame& frame) {
              if (end == device) hear(which, frame);
            }));
  }
}

void PairNetwork::hear(Host which, const ns3::UnderstudyFrame& frame) {
  const PacketFacts facts = inspect(frame);
  if (facts.kind == PacketKind::ping) ping_heard_(which, facts);
}

void PairNetwork::capture(const std::filesystem::path& directory) {
  for (const Host which : all_hosts) {
    const std::filesystem::path file = directory / (std::string(to_text(which)) + ".pcap");
    captures_.push_back(ns3::UnderstudyCapture::Open(host(which)->GetDevice(), file.string()));
  }
}

}  // namespace understudy::ns3_substrate
