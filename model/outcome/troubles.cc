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
  if (struck.hosts.empty()) return;
  // One without an end may strike again: the same server, before its power was cut, or another.
  Struck& kept = struck_[number];
  if (ends_with_the_power(fault.kind)) struck.hosts = struck.hosts.without(kept.hosts);
  kept.hosts |= struck.hosts;
  kept.others |= struck.others;
}

}  // namespace understudy
