// SPDX-License-Identifier: MIT
#include "understudy/ns3/switched_network.h"

#include <algorithm>
#include <cmath>

#include <ns3/callback.h>
#include <ns3/data-rate.h>
#include <ns3/node.h>

#include "understudy/ns3/link.h"
#include "understudy/ns3/schedule.h"

namespace understudy::ns3_substrate {

// ---- building -----------------------------------------------------------------------------------

SwitchedNetwork::Side& SwitchedNetwork::add_side() {
  Side& side = sides_.emplace_back();
  side.network = ns3::UnderstudySwitch::Install(ns3::CreateObject<ns3::Node>());
  side.network->SetAttribute(
      "DataRate", ns3::DataRateValue(ns3::DataRate(
                      static_cast<std::uint64_t>(std::llround(topology().bandwidth_bps)))));
  const Duration half = topology().delay.fixed() ? topology().delay.mean() / 2 : Duration{};
  side.network->SetAttribute("Delay", ns3::TimeValue(to_ns3(half)));
  return side;
}

ns3::Ptr<ns3::UnderstudyHost> SwitchedNetwork::add_host(Host which) {
  const auto host = ns3::UnderstudyHost::Install(ns3::CreateObject<ns3::Node>(),
                                                 {address(0, number_of(which)), prefix_length()});
  set_host(which, host);
  owners_.emplace(ns3::Mac48Address::ConvertFrom(host->GetDevice()->GetAddress()), which);
  return host;
}

void SwitchedNetwork::attach(Side& side, Host which) {
  side.network->Attach(host(which)->GetDevice());
  side.ports.emplace_back(which);
}

void SwitchedNetwork::add_uplink() {
  sides_.at(0).network->Attach(sides_.at(1).network);
  for (Side& side : sides_) side.ports.emplace_back(std::nullopt);
}

std::uint32_t SwitchedNetwork::port_to(const Side& side, std::optional<Host> host) {
  const auto found = std::ranges::find(side.ports, host);
  return static_cast<std::uint32_t>(found - side.ports.begin());
}

void SwitchedNetwork::set_port(Side& side, std::optional<Host> host, bool up) const {
  using State = ns3::UnderstudySwitch::PortState;
  const std::uint32_t port = port_to(side, host);
  const State state = up ? State::up : State::down;
  if (side.network->GetPortState(port) != state) side.network->SetPortState(port, state);
}

// Everybody has heard the announcements of the shared addresses. Who asks and who answers are other
// pairs: the servers watch and copy to each other, the client asks the primary, the monitor the
// witness. Nobody else has looked for anybody.
void SwitchedNetwork::settle() {
  const auto hardware = [&](Host which) {
    return ns3::Mac48Address::ConvertFrom(host(which)->GetDevice()->GetAddress());
  };
  const auto knows = [&](Host which, const ns3::Address& address, Host holder) {
    if (which != holder) host(which)->GetInterface()->Meet(address, hardware(holder));
  };
  for (const Host which : all_hosts) {
    knows(which, address(0, primary_number), Host::first);
    knows(which, address(0, monitor_number), Host::second);
  }
  const auto know_each_other = [&](Host one, Host other) {
    knows(one, host(other)->GetServerAddress(), other);
    knows(other, host(one)->GetServerAddress(), one);
  };
  know_each_other(Host::first, Host::second);
  know_each_other(Host::second, Host::witness);
  knows(Host::first, host(Host::client)->GetServerAddress(), Host::client);
}

// ---- partitions ---------------------------------------------------------------------------------

void SwitchedNetwork::begin_to_part() {
  for (std::size_t i = 0; i < sides_.size(); ++i) {
    sides_[i].network->SetFilter(
        ns3::Callback<bool, ns3::UnderstudySwitch::Way, const ns3::UnderstudyFrame&>(
            [this, i](ns3::UnderstudySwitch::Way way, const ns3::UnderstudyFrame& frame) {
              return passes(i, way, frame);
            }));
  }
}

bool SwitchedNetwork::passes(std::size_t number, ns3::UnderstudySwitch::Way way,
                             const ns3::UnderstudyFrame& frame) const {
  const Side& here = sides_[number];
  const std::optional<Host> out = here.ports.at(way.out);
  if (!out && !uplink_carries()) return false;
  const auto sender = owner(frame.from);
  if (!sender) return true;
  const auto receiver = owner(frame.to);
  if (receiver && !here.ports.at(way.in)) return true;  // the other switch has let it pass
  if (out) return !parted(*sender, *out);
  if (receiver) return !parted(*sender, *receiver);
  return std::ranges::any_of(
      all_hosts, [&](Host host) { return beyond(number).has(host) && !parted(*sender, host); });
}

std::optional<Host> SwitchedNetwork::owner(const ns3::Mac48Address& address) const {
  const auto found = owners_.find(address);
  if (found == owners_.end()) return std::nullopt;
  return found->second;
}

// ---- packet by packet ---------------------------------------------------------------------------

void SwitchedNetwork::begin_to_judge() {
  for (std::size_t i = 0; i < sides_.size(); ++i) {
    const auto& network = sides_[i].network;
    for (std::uint32_t port = 0; port < network->GetNPorts(); ++port) {
      network->GetLink(port)->SetFate(
          network->GetPort(port),
          ns3::Callback<void, ns3::UnderstudyFrame&, std::vector<ns3::Time>&>(
              [this, i, port](ns3::UnderstudyFrame& frame, std::vector<ns3::Time>& arrivals) {
                carry(i, port, frame, arrivals);
              }));
    }
  }
}

void SwitchedNetwork::carry(std::size_t number, std::uint32_t port,
                            const ns3::UnderstudyFrame& frame, std::vector<ns3::Time>& arrivals) {
  if (frame.from == CrossTraffic::sender()) return arrivals.clear();
  const auto sender = owner(frame.from);
  if (!sender) return;
  const std::optional<Host> out = sides_[number].ports.at(port);
  const std::optional<Host> receiver = owner(frame.to);
  // A frame that a switch floods, because it has not learned yet, counts where it is meant to go.
  if (out && receiver && receiver != out) return;
  const std::optional<Host> to = out ? out : receiver;
  if (!to) return;  // to all: each gets his own verdict at the port to him
  const Path path{.from = *sender, .to = *to, .kind = inspect(frame).kind};
  const bool here =
      judged(path, {.side = number, .by_uplink = !out, .everybody = !receiver.has_value()});
  if (here) judge(path, arrivals);
}

}  // namespace understudy::ns3_substrate
