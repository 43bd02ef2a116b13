// SPDX-License-Identifier: MIT
//
// What a server's kernel says of its own link while faults of the network last: the same on every
// substrate.
//
// It is down while the server's cable carries nothing, or what that hangs on is dead: its switch,
// or of `routed` its router. With a bond it is down only while both ports are. What lies farther
// off, such as a partition, packets that are lost or the link between two sites, does not show on
// it. Left out: the time that a kernel takes to notice.
#pragma once

#include "understudy/failover/ports.h"
#include "understudy/outcome/troubles.h"
#include "understudy/scenario/dual_switch.h"
#include "understudy/scenario/scenario.h"

namespace understudy {

// Of a dual-switch, `bonds` is its state; else none.
[[nodiscard]] OwnLink own_link(Host host, const Scenario& scenario, const StruckFaults& struck,
                               const DualSwitch* bonds);

}  // namespace understudy
