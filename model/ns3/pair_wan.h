// SPDX-License-Identifier: MIT
//
// The topology `wan` in ns-3: a switch at each site, and one long cable between them, so that both
// sites are one network of layer 2.
//
//      first    client    witness                        second      10.0.0.0/24, 2001:db8::/64
//     .1 │      .11 │      .12 │                         .2 │        primary address .100,
//     ┌──┴──────────┴──────────┴──┐     the wan     ┌───────┴──────┐ monitor address .101
//     │         switch A          ├─────────────────┤   switch B   │
//     └───────────────────────────┘                 └──────────────┘
//
// (Client and witness at B with client_site = "second".) Within a site all is as in pair_lan.h. A
// frame between the sites takes `delay` and `wan_delay`, or `wan_delay_back`; it waits for the rate
// of the wan, `wan_bandwidth`, in a queue in front of it. What is drawn for a packet to one host,
// and what befalls it, is decided as it enters the wan; of a frame to all, at the port to each
// host. The wan that goes down lets nothing in; what is on it arrives.
#pragma once

#include "understudy/ns3/switched_network.h"

namespace understudy::ns3_substrate {

class PairWan final : public SwitchedNetwork {
 public:
  PairWan(const Topology& topology, const Run& run);

 private:
  void change_parts(std::size_t number, const Fault& fault, const Struck& struck,
                    Change change) override;
  [[nodiscard]] ns3::Ptr<ns3::SimpleNetDevice> last_hop(Host host) const override;
  [[nodiscard]] bool judged(const Path& path, const Leaving& leaving) const override;
  [[nodiscard]] HostSet beyond(std::size_t side) const override;
  [[nodiscard]] bool uplink_carries() const override { return wan_down_ == 0; }
  [[nodiscard]] std::size_t side_of(Host host) const;
  void lengthen_uplink();

  PortsDown ports_down_;
  int wan_down_ = 0;  // faults that keep it down
};

}  // namespace understudy::ns3_substrate
