// SPDX-License-Identifier: MIT
#include "understudy/outcome/troubles.h"

namespace understudy {

bool Troubles::can_be_struck(FaultKind kind) const {
  switch (kind) {
    case FaultKind::crash: return fate != Fate::off;
    case FaultKind::hang:
    case FaultKind::pause:
    case FaultKind::service_hang: return fate == Fate::running;
    case FaultKind::daemon_restart: return kernel_runs();
    case FaultKind::switchover: return agent_runs();
    default: return true;
  }
}

bool Troubles::end_with_the_power() {
  if (hangs + pauses + service_hangs + daemon_stops == 0) return false;
  hangs = pauses = service_hangs = daemon_stops = 0;
  return true;
}

void StruckFaults::keep(const Fault& fault, std::size_t number, Struck& struck) {
  if (!ends_with_the_power(fault.kind)) {
    if (!struck.hosts.empty()) struck_[number] = struck;
    return;
  }
  // One without an end may find the same server again, before its power was cut.
  struck.hosts = struck.hosts.without(struck_[number].hosts);
  struck_[number].hosts |= struck.hosts;
}

}  // namespace understudy
