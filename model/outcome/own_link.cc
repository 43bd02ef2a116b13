// SPDX-License-Identifier: MIT
#include "understudy/outcome/own_link.h"

#include <algorithm>

namespace understudy {
namespace {

// Of the hosts that it strikes.
bool takes_carriers(const Fault& fault) {
  switch (fault.kind) {
    case FaultKind::link_down:
      return fault.target != FaultTarget::uplink && fault.target != FaultTarget::wan;
    case FaultKind::switch_failure: return true;
    default: return false;
  }
}

bool has_carrier(Host host, const Scenario& scenario, const StruckFaults& struck) {
  for (std::size_t i = 0; i < struck.size(); ++i) {
    if (takes_carriers(scenario.faults[i]) && struck[i].hosts.has(host)) return false;
  }
  return true;
}

}  // namespace

OwnLink own_link(Host host, const Scenario& scenario, const StruckFaults& struck,
                 const DualSwitch* bonds) {
  const bool up =
      bonds == nullptr
          ? has_carrier(host, scenario, struck)
          : std::ranges::any_of(both_ports, [&](Port port) { return bonds->carrier(host, port); });
  return up ? OwnLink::up : OwnLink::down;
}

}  // namespace understudy
