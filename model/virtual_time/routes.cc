// SPDX-License-Identifier: MIT
#include "understudy/virtual_time/routes.h"

namespace understudy {

VirtualRoutes::VirtualRoutes(const Topology& topology, const Run& run)
    : any_(topology.kind == TopologyKind::routed) {
  if (!any_) return;
  for (const Host host : {Host::first, Host::second, Host::client}) {
    at(host) = RouteTable(topology, host, run);
  }
}

// Each router sends it to the one of the server that it knows; that one may know another.
std::optional<ServerId> VirtualRoutes::holder_for(Host from, Address address) const {
  std::size_t here = place(from);
  for (std::size_t hop = 0; hop < router_count; ++hop) {
    const std::optional<ServerId> holder = tables_.at(here).holder(address);
    if (!holder || place(host_of(*holder)) == here) return holder;
    here = place(host_of(*holder));
  }
  return std::nullopt;
}

}  // namespace understudy
