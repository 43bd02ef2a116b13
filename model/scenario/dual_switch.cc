// SPDX-License-Identifier: MIT
#include "understudy/scenario/dual_switch.h"

namespace understudy {

void DualSwitch::begin(std::size_t number, const Fault& fault, HostSet hosts) {
  if (!concerns(fault.kind)) return;
  Broken broken;
  switch (fault.target) {
    case FaultTarget::network: broken.switches = {true, true}; break;
    case FaultTarget::switch_a: broken.switches = {true, false}; break;
    case FaultTarget::switch_b: broken.switches = {false, true}; break;
    case FaultTarget::uplink: broken.uplink = true; break;
    default:
      for (const Host host : all_hosts) {
        if (hosts.has(host)) broken.cables[static_cast<std::size_t>(in_use(host))].add(host);
      }
  }
  active_.push_back({.number = number, .broken = broken});
  sum_up();
}

void DualSwitch::end(std::size_t number) {
  std::erase_if(active_, [&](const Active& active) { return active.number == number; });
  sum_up();
}

void DualSwitch::sum_up() {
  broken_ = {};
  for (const auto& [number, broken] : active_) {
    for (std::size_t port = 0; port < both_ports.size(); ++port) {
      broken_.cables[port] |= broken.cables[port];
      broken_.switches[port] |= broken.switches[port];
    }
    broken_.uplink |= broken.uplink;
  }
}

std::optional<Port> DualSwitch::better(Host host) const {
  const Port now = in_use(host);
  if (carrier(host, now) || !carrier(host, other(now))) return std::nullopt;
  return other(now);
}

void DualSwitch::use(Host host, Port port) {
  on_b_.remove(host);
  if (port == Port::b) on_b_.add(host);
}

bool DualSwitch::connected(Host from, Host to) const {
  const Port start = in_use(from);
  const Port end = in_use(to);
  return carrier(from, start) && carrier(to, end) && (start == end || uplink_works());
}

}  // namespace understudy
