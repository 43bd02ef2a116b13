// SPDX-License-Identifier: MIT
#include "understudy/scenario/topologies.h"

#include <algorithm>

namespace understudy {

void become(Topology& topology, TopologyKind kind) {
  if (kind == topology.kind) return;
  topology = {.kind = kind,
              .delay = topology.delay,
              .bandwidth_bps = topology.bandwidth_bps,
              .ip = topology.ip};
}

bool has_part(TopologyKind kind, FaultTarget target) {
  switch (target) {
    case FaultTarget::switch_a:
    case FaultTarget::switch_b:
      return kind == TopologyKind::dual_switch || kind == TopologyKind::wan;
    case FaultTarget::uplink: return kind == TopologyKind::dual_switch;
    case FaultTarget::wan: return kind == TopologyKind::wan;
    default: return true;
  }
}

Site site_of(const Topology& topology, Host host) {
  if (host == Host::first) return Site::a;
  if (host == Host::second) return Site::b;
  return topology.client_site == ServerId::first ? Site::a : Site::b;
}

HostSet hosts_at(const Topology& topology, Site site) {
  HostSet hosts;
  for (const Host host : all_hosts) {
    if (site_of(topology, host) == site) hosts.add(host);
  }
  return hosts;
}

const Distribution* wan_delay(const Topology& topology, Host from, Host to) {
  if (topology.kind != TopologyKind::wan) return nullptr;
  const Site start = site_of(topology, from);
  if (start == site_of(topology, to)) return nullptr;
  if (start == Site::b && topology.wan_delay_back) return &*topology.wan_delay_back;
  return &topology.wan_delay;
}

double bandwidth_bps(const Topology& topology, Host from, Host to) {
  if (wan_delay(topology, from, to) == nullptr) return topology.bandwidth_bps;
  return std::min(topology.bandwidth_bps, topology.wan_bandwidth_bps);
}

Duration greatest_round_trip(const Topology& topology) {
  const Duration way = topology.delay.greatest();
  Duration round_trip = sum(way, way);
  if (topology.kind == TopologyKind::wan) {
    const Distribution& back = topology.wan_delay_back.value_or(topology.wan_delay);
    round_trip = sum(round_trip, sum(topology.wan_delay.greatest(), back.greatest()));
  }
  return round_trip;
}

}  // namespace understudy
