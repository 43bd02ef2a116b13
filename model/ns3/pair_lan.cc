// SPDX-License-Identifier: MIT
#include "understudy/ns3/pair_lan.h"

#include <cmath>
#include <string>
#include <utility>

#include <ns3/config.h>
#include <ns3/data-rate.h>
#include <ns3/ipv4-address.h>
#include <ns3/ipv6-address.h>
#include <ns3/node.h>
#include <ns3/nstime.h>
#include <ns3/simple-net-device.h>

#include "understudy/scenario/units.h"

namespace understudy::ns3_substrate {
namespace {

constexpr int primary_number = 100;
constexpr int monitor_number = 101;

int number_of(Host host) {
  switch (host) {
    case Host::first: return 1;
    case Host::second: return 2;
    case Host::client: return 11;
    case Host::witness: return 12;
  }
  return 0;
}

ns3::Address address(IpVersion ip, int number) {
  const std::string last = std::to_string(number);
  if (ip == IpVersion::v4) return ns3::Ipv4Address(("10.0.0." + last).c_str());
  return ns3::Ipv6Address(("2001:db8::" + last).c_str());
}

ns3::Time to_ns3(Duration duration) { return ns3::NanoSeconds(duration.count()); }

}  // namespace

PairLan::PairLan(const Topology& topology, const Run& run)
    : topology_(topology), run_(run), impairments_(topology, run) {
  switch_ = ns3::UnderstudySwitch::Install(ns3::CreateObject<ns3::Node>());
  switch_->SetAttribute("DataRate", ns3::DataRateValue(ns3::DataRate(static_cast<std::uint64_t>(
                                        std::llround(topology.bandwidth_bps)))));
  const bool fixed = topology.delay.fixed();
  switch_->SetAttribute("Delay",
                        ns3::TimeValue(fixed ? to_ns3(topology.delay.mean() / 2) : ns3::Time(0)));
  const std::uint8_t prefix = topology.ip == IpVersion::v4 ? 24 : 64;
  for (const Host which : all_hosts) {
    const auto host = ns3::UnderstudyHost::Install(
        ns3::CreateObject<ns3::Node>(), {address(topology.ip, number_of(which)), prefix});
    hosts_[static_cast<std::size_t>(which)] = host;
    owners_.emplace(ns3::Mac48Address::ConvertFrom(host->GetDevice()->GetAddress()), which);
    switch_->Attach(host->GetDevice());
  }
  if (!fixed) decide_about_frames();
}

PairLan::~PairLan() = default;

ns3::UnderstudyAgent::Addresses PairLan::addresses_for(ServerId id) const {
  return {.primary = address(topology_.ip, primary_number),
          .monitor = address(topology_.ip, monitor_number),
          .peer = address(topology_.ip, number_of(host_of(other(id)))),
          .witness = address(topology_.ip, number_of(Host::witness))};
}

// ---- faults and delay
// --------------------------------------------------------------------------------

void PairLan::begin_fault(std::size_t number, const Fault& fault, const Struck& struck) {
  switch (fault.kind) {
    case FaultKind::link_down:
    case FaultKind::switch_failure: return change_ports(struck.hosts, 1);
    case FaultKind::partition: return change_cuts(fault, struck, 1);
    case FaultKind::congestion: return congest(number, fault, struck);
    default: break;
  }
  impairments_.begin(number, fault, struck);
  if (!impairments_.none()) decide_about_frames();
}

void PairLan::end_fault(std::size_t number, const Fault& fault, const Struck& struck) {
  switch (fault.kind) {
    case FaultKind::link_down:
    case FaultKind::switch_failure: return change_ports(struck.hosts, -1);
    case FaultKind::partition: return change_cuts(fault, struck, -1);
    case FaultKind::congestion: traffic_.erase(number); return;
    default: return impairments_.end(number);
  }
}

// Ports are numbered as the hosts are.
void PairLan::change_ports(HostSet hosts, int down) {
  using State = ns3::UnderstudySwitch::PortState;
  for (const Host host : all_hosts) {
    if (!hosts.has(host)) continue;
    const auto port = static_cast<std::size_t>(host);
    ports_down_.at(port) += down;
    const State state = ports_down_.at(port) > 0 ? State::down : State::up;
    const auto number = static_cast<std::uint32_t>(port);
    if (switch_->GetPortState(number) != state) switch_->SetPortState(number, state);
  }
}

void PairLan::change_cuts(const Fault& fault, const Struck& struck, int cuts) {
  for (const Host from : all_hosts) {
    for (const Host to : all_hosts) {
      const bool there = struck.hosts.has(from) && struck.others.has(to);
      const bool back = struck.others.has(from) && struck.hosts.has(to) && both_ways(fault);
      if (there || back) {
        cuts_.at(static_cast<std::size_t>(from)).at(static_cast<std::size_t>(to)) += cuts;
      }
    }
  }
  switch_->SetFilter(ns3::Callback<bool, ns3::UnderstudySwitch::Way, const ns3::UnderstudyFrame&>(
      [this](ns3::UnderstudySwitch::Way way, const ns3::UnderstudyFrame& /*frame*/) {
        return cuts_.at(way.in).at(way.out) == 0;
      }));
}

// The queue in front of a host is that of the switch's port to it.
void PairLan::congest(std::size_t number, const Fault& fault, const Struck& struck) {
  HostSet receivers = struck.others;
  if (both_ways(fault)) receivers |= struck.hosts;
  decide_about_frames();  // the traffic ends on the wire
  for (const Host host : all_hosts) {
    if (!receivers.has(host)) continue;
    const std::string name = "fault/" + std::to_string(number) + "/traffic/";
    traffic_[number].push_back(std::make_unique<CrossTraffic>(
        switch_->GetPort(static_cast<std::uint32_t>(host)),
        CrossTraffic::Setup{.load = fault.load,
                            .bandwidth_bps = topology_.bandwidth_bps,
                            .queue = fault.queue,
                            .draws = Stream(run_, name + std::string(to_text(host)))}));
  }
}

// From now on: while there is nothing to decide, frames need not be looked into.
void PairLan::decide_about_frames() {
  if (std::exchange(deciding_, true)) return;
  for (const Host which : all_hosts) {
    const auto port = static_cast<std::uint32_t>(which);
    switch_->GetLink(port)->SetFate(
        switch_->GetPort(port),
        ns3::Callback<void, ns3::UnderstudyFrame&, std::vector<ns3::Time>&>(
            [this, which](ns3::UnderstudyFrame& frame, std::vector<ns3::Time>& arrivals) {
              carry(which, frame, arrivals);
            }));
  }
}

void PairLan::carry(Host to, const ns3::UnderstudyFrame& frame, std::vector<ns3::Time>& arrivals) {
  if (frame.from == CrossTraffic::sender()) return arrivals.clear();
  const auto sender = owners_.find(frame.from);
  if (sender == owners_.end()) return;
  // A frame that the switch floods, because it has not learned yet, counts where it is meant to go.
  const auto receiver = owners_.find(frame.to);
  if (receiver != owners_.end() && receiver->second != to) return;
  const Path path{.from = sender->second, .to = to, .kind = inspect(frame).kind};
  Duration delay{};
  if (!topology_.delay.fixed()) delay = topology_.delay.draw(delay_stream_of(path));
  Impairments::Verdict verdict;
  if (!impairments_.none()) verdict = impairments_.judge(path);
  // What takes longer than any span that can be written never comes.
  if (verdict.copies == 0 || sum(delay, verdict.delay) > longest_span) return arrivals.clear();
  arrivals.assign(verdict.copies, arrivals.front() + to_ns3(sum(delay, verdict.delay)));
}

Stream& PairLan::delay_stream_of(const Path& path) {
  const auto found = delay_streams_.find(index(path));
  if (found != delay_streams_.end()) return found->second;
  return delay_streams_.emplace(index(path), Stream(run_, delay_stream(path))).first->second;
}

// ---- looking on
// ------------------------------------------------------------------------------------

void PairLan::watch_pings(PingHeard heard) {
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

void PairLan::hear(Host which, const ns3::UnderstudyFrame& frame) {
  const PacketFacts facts = inspect(frame);
  if (facts.kind == PacketKind::ping) ping_heard_(which, facts);
}

void PairLan::capture(const std::filesystem::path& directory) {
  for (const Host which : all_hosts) {
    const std::filesystem::path file = directory / (std::string(to_text(which)) + ".pcap");
    captures_.push_back(ns3::UnderstudyCapture::Open(host(which)->GetDevice(), file.string()));
  }
}

}  // namespace understudy::ns3_substrate
