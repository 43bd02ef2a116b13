// SPDX-License-Identifier: MIT
#include "understudy/ns3/pair_lan.h"

namespace understudy::ns3_substrate {

PairLan::PairLan(const Topology& topology, const Run& run) : SwitchedNetwork(topology, run) {
  Side& side = add_side();
  for (const Host which : all_hosts) {
    add_host(which);
    attach(side, which);
  }
  if (draws_delays()) decide_about_frames();
}

void PairLan::change_parts(std::size_t /*number*/, const Fault& /*fault*/, const Struck& struck,
                           Change change) {
  for (const Host host : all_hosts) {
    if (!struck.hosts.has(host)) continue;
    set_port(sides().front(), host, ports_down_.change(host, change == Change::breaks ? 1 : -1));
  }
}

ns3::Ptr<ns3::SimpleNetDevice> PairLan::last_hop(Host host) const {
  return side(0).network->GetPort(port_to(side(0), host));
}

bool PairLan::judged(const Path& /*path*/, const Leaving& /*leaving*/) const { return true; }

}  // namespace understudy::ns3_substrate
