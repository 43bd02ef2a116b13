// SPDX-License-Identifier: MIT
//
// The kinds of topology, the same on every substrate. Each has the two servers, a client and a
// witness; servers claim the shared addresses wherever they are.
//
// lan: one switch, and a cable from each host to it.
//
//     first    second    client   witness
//       │        │         │         │         from host to host: `delay`
//     ┌─┴────────┴─────────┴─────────┴─┐
//     └──────────── switch ────────────┘
//
// dual-switch: no switch and no cable whose loss parts anybody for long. Each host has two ports,
// one to either switch, in an active-backup bond: it sends through the one that it uses and does
// not hear the other.
//
//     first    second    client   witness
//      │ │      │ │       │ │      │ │         from host to host: `delay`, by either switch or by
//     ┌┴─┼──────┴─┼───────┴─┼──────┴─┼─┐       both; the uplink is short
//     │  │     switch A     │        │ ├─┐
//     └──┼────────┼─────────┼────────┼─┘ │ uplink
//       ┌┴────────┴─────────┴────────┴─┐ │
//       │           switch B           ├─┘
//       └──────────────────────────────┘
//
//   At the start all use the port to A. A port has no carrier while its cable or its switch is
//   down. `failover_delay` after a port has lost or regained its carrier, its host looks at both:
//   if the one that it uses has none and the other one has, it goes over to that, and announces
//   the addresses that it holds (once, as bonding drivers do), so that switches learn the way. It
//   stays there until that one fails. Hosts on different switches reach each other by the uplink.
//   Left out: that a hung host looks no more, and that a boot starts from the port to A again.
//
// routed: no network of layer 2 in common. Each server has a subnet and a router of its own, the
// client and the witness share one, and the shared addresses are host routes.
//
//     first ── router ─────┐
//                │       router ──┬── client      from host to host: `delay`
//     second ─ router ─────┘      └── witness
//
//   Whoever claims a shared address advertises it to its router, again and again as it announces
//   an address elsewhere. Routers tell each other and their hosts. A router that hears of another
//   holder than before sends packets there `route_delay` later; of two that it has heard of, the
//   later one counts. A holder that hears of another one knows that there is a conflict. Nobody
//   withdraws a route: the address of a dead server leads to it until somebody else claims it.
//   Where routers do not agree yet, a packet goes from one to the next, and in a circle is lost.
//   At a settled start all routes are known, at a cold one none is.
//
// wan: two sites. The layer-2 network stretches over both (a provider's Ethernet service, a VXLAN
// tunnel), so that a shared address can move from site to site and announcements get there.
//
//     first    client   witness                 second
//       │        │         │         wan          │       within a site: `delay`
//     ┌─┴────────┴─────────┴─┐   ============   ┌─┴─┐     from first's site to second's, on top of
//     └─────── switch A ─────┘                  └─B─┘     it: `wan_delay`; back: `wan_delay_back`
//
//   `client_site` puts the client and the witness at the site of `first` (A) or of `second` (B).
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "understudy/failover/time.h"
#include "understudy/scenario/links.h"
#include "understudy/scenario/scenario.h"

namespace understudy {

// The kinds that have a field of Topology; all others do not know its key.
inline constexpr std::array topologies_with_bonds = {TopologyKind::dual_switch};
inline constexpr std::array topologies_with_routers = {TopologyKind::routed};
inline constexpr std::array topologies_with_sites = {TopologyKind::wan};

// Changes a topology's kind. What the new kind cannot have is as if never said.
void become(Topology& topology, TopologyKind kind);

// Whether a fault can find what it is to strike there.
[[nodiscard]] bool has_part(TopologyKind kind, FaultTarget target);

// Of a wan: A is first's.
enum class Site : std::uint8_t { a, b };
[[nodiscard]] Site site_of(const Topology& topology, Host host);
[[nodiscard]] HostSet hosts_at(const Topology& topology, Site site);

// What a packet takes on top of `delay`, if it goes from site to site; else null.
[[nodiscard]] const Distribution* wan_delay(const Topology& topology, Host from, Host to);

// Of the narrowest link from host to host.
[[nodiscard]] double bandwidth_bps(const Topology& topology, Host from, Host to);

// There and back between the hosts that are farthest from each other; `forever` without a bound.
[[nodiscard]] Duration greatest_round_trip(const Topology& topology);

}  // namespace understudy
