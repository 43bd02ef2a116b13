// SPDX-License-Identifier: MIT
#include "understudy/ns3/pair_wan.h"

#include <cmath>

#include <ns3/data-rate.h>

#include "understudy/ns3/link.h"
#include "understudy/ns3/schedule.h"
#include "understudy/scenario/topologies.h"

namespace understudy::ns3_substrate {

PairWan::PairWan(const Topology& topology, const Run& run) : SwitchedNetwork(topology, run) {
  add_side();
  add_side();
  for (const Host which : all_hosts) {
    add_host(which);
    attach(sides()[side_of(which)], which);
  }
  add_uplink();
  lengthen_uplink();
  begin_to_part();  // the wan may go down
  if (draws_delays()) decide_about_frames();
}

// A delay that is drawn is spent on it too, but not by all packets alike.
void PairWan::lengthen_uplink() {
  const ns3::DataRate rate(static_cast<std::uint64_t>(std::llround(topology().wan_bandwidth_bps)));
  const auto set = [&](std::size_t from, const Distribution& delay) {
    const std::uint32_t port = port_to(side(from), std::nullopt);
    const auto device = side(from).network->GetPort(port);
    device->SetAttribute("DataRate", ns3::DataRateValue(rate));
    side(from).network->GetLink(port)->SetDelay(
        device, delay.fixed() ? to_ns3(delay.mean()) : ns3::Time(0));
  };
  set(0, *wan_delay(topology(), Host::first, Host::second));
  set(1, *wan_delay(topology(), Host::second, Host::first));
}

void PairWan::change_parts(std::size_t /*number*/, const Fault& fault, const Struck& struck,
                           Change change) {
  const int down = change == Change::breaks ? 1 : -1;
  if (fault.kind == FaultKind::switch_failure || fault.target == FaultTarget::wan) {
    wan_down_ += down;
  }
  if (fault.target == FaultTarget::wan) return;
  for (const Host host : all_hosts) {
    if (!struck.hosts.has(host)) continue;
    set_port(sides()[side_of(host)], host, ports_down_.change(host, down));
  }
}

ns3::Ptr<ns3::SimpleNetDevice> PairWan::last_hop(Host host) const {
  const Side& at = side(side_of(host));
  return at.network->GetPort(port_to(at, host));
}

bool PairWan::judged(const Path& path, const Leaving& leaving) const {
  if (leaving.by_uplink) return side_of(path.to) != leaving.side;
  return leaving.everybody || side_of(path.from) == leaving.side;
}

HostSet PairWan::beyond(std::size_t number) const {
  return hosts_at(topology(), number == 0 ? Site::b : Site::a);
}

std::size_t PairWan::side_of(Host host) const {
  return site_of(topology(), host) == Site::a ? 0 : 1;
}

}  // namespace understudy::ns3_substrate
