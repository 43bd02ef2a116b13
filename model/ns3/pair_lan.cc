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

namespace understudy::ns3_substrate {
namespace {

constexpr std::array all_hosts = {Host::first, Host::second, Host::client, Host::witness};
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

PairLan::PairLan(const Topology& topology, const Run& run) : topology_(topology), run_(run) {
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
    const std::uint32_t port = switch_->Attach(host->GetDevice());
    if (!fixed) {
      switch_->GetLink(port)->SetFate(
          switch_->GetPort(port),
          ns3::Callback<void, ns3::UnderstudyFrame&, std::vector<ns3::Time>&>(
              [this, which](ns3::UnderstudyFrame& frame, std::vector<ns3::Time>& arrivals) {
                delay(which, frame, arrivals);
              }));
    }
  }
  switch_->SetFilter(ns3::Callback<bool, ns3::UnderstudySwitch::Way, const ns3::UnderstudyFrame&>(
      [this](ns3::UnderstudySwitch::Way way, const ns3::UnderstudyFrame& frame) {
        return loss_ == 0.0 || pass(all_hosts[way.in], all_hosts[way.out], frame);
      }));
}

PairLan::~PairLan() = default;

ns3::UnderstudyAgent::Addresses PairLan::addresses_for(ServerId id) const {
  return {.primary = address(topology_.ip, primary_number),
          .monitor = address(topology_.ip, monitor_number),
          .peer = address(topology_.ip, number_of(host_of(other(id)))),
          .witness = address(topology_.ip, number_of(Host::witness))};
}

// ---- loss and delay
// --------------------------------------------------------------------------------

PairLan::Streams& PairLan::streams(const Path& path) {
  const std::array key = {static_cast<std::size_t>(path.from), static_cast<std::size_t>(path.to),
                          static_cast<std::size_t>(path.kind)};
  auto found = streams_.find(key);
  if (found == streams_.end()) {
    found = streams_
                .emplace(key, Streams{.loss = Stream(run_, loss_stream(path)),
                                      .delay = Stream(run_, delay_stream(path))})
                .first;
  }
  return found->second;
}

bool PairLan::pass(Host from, Host to, const ns3::UnderstudyFrame& frame) {
  // A frame that the switch floods, because it has not learned yet, counts where it is meant to go.
  const auto owner = owners_.find(frame.to);
  if (owner != owners_.end() && owner->second != to) return true;
  return !streams({.from = from, .to = to, .kind = inspect(frame).kind}).loss.chance(loss_);
}

void PairLan::delay(Host to, const ns3::UnderstudyFrame& frame, std::vector<ns3::Time>& arrivals) {
  const auto owner = owners_.find(frame.from);
  if (owner == owners_.end()) return;
  Stream& stream = streams({.from = owner->second, .to = to, .kind = inspect(frame).kind}).delay;
  for (ns3::Time& arrival : arrivals) arrival += to_ns3(topology_.delay.draw(stream));
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
