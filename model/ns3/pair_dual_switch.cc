// SPDX-License-Identifier: MIT
#include "understudy/ns3/pair_dual_switch.h"

#include <ns3/callback.h>

#include "understudy/ns3/schedule.h"

namespace understudy::ns3_substrate {

PairDualSwitch::PairDualSwitch(const Topology& topology, const Run& run)
    : SwitchedNetwork(topology, run) {
  add_side();
  add_side();
  for (const Host which : all_hosts) {
    add_host(which);
    add_bond(which);
  }
  add_uplink();
  if (draws_delays()) decide_about_frames();
}

void PairDualSwitch::add_bond(Host which) {
  const auto bond = ns3::UnderstudyBond::Install(host(which), side(0).network, side(1).network);
  for (Side& side : sides()) side.ports.emplace_back(which);
  Stream& delays = failover_delays_[static_cast<std::size_t>(which)];
  delays = Stream(run(), failover_stream(which));
  bond->SetDelayCallback(ns3::Callback<ns3::Time>(
      [this, &delays]() { return to_ns3(topology().failover_delay.draw(delays)); }));
  bond->TraceConnectWithoutContext(
      "Active", ns3::Callback<void, std::uint32_t>([this, which](std::uint32_t port) {
        state_.use(which, static_cast<Port>(port));
        port_moved(which, static_cast<Port>(port));
      }));
}

void PairDualSwitch::change_parts(std::size_t number, const Fault& fault, const Struck& struck,
                                  Change change) {
  if (change == Change::breaks) {
    state_.begin(number, fault, struck.hosts);
  } else {
    state_.end(number);
  }
  for (const Port port : both_ports) {
    Side& side = sides()[static_cast<std::size_t>(port)];
    for (const Host host : all_hosts) set_port(side, host, state_.carrier(host, port));
    set_port(side, std::nullopt, state_.uplink_works());
  }
}

ns3::Ptr<ns3::SimpleNetDevice> PairDualSwitch::last_hop(Host host) const {
  const Side& used = side(static_cast<std::size_t>(state_.in_use(host)));
  return used.network->GetPort(port_to(used, host));
}

// At the port that the receiver listens to.
bool PairDualSwitch::judged(const Path& path, const Leaving& leaving) const {
  return !leaving.by_uplink && state_.in_use(path.to) == static_cast<Port>(leaving.side);
}

HostSet PairDualSwitch::beyond(std::size_t /*side*/) const { return HostSet::all(); }

}  // namespace understudy::ns3_substrate
