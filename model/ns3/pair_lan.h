// SPDX-License-Identifier: MIT
//
// The topology `lan` in ns-3: the two servers, the client and the witness, each on a port of one
// switch, in either address family.
//
//      first     second    client    witness
//     .1 │       .2 │      .11 │     .12 │        10.0.0.0/24, 2001:db8::/64
//     ┌──┴──────────┴──────────┴─────────┴──┐     primary address .100, monitor address .101
//     └──────────────── switch ─────────────┘
//
// The scenario's one-way delay is split evenly over the two cables of a path, if it is fixed; if it
// is drawn, it is all spent on the cable to the receiver, and each packet draws its own. Packets
// can overtake each other then, as in a real network.
#pragma once

#include "understudy/ns3/switched_network.h"

namespace understudy::ns3_substrate {

class PairLan final : public SwitchedNetwork {
 public:
  PairLan(const Topology& topology, const Run& run);

 private:
  void change_parts(std::size_t number, const Fault& fault, const Struck& struck,
                    Change change) override;
  [[nodiscard]] ns3::Ptr<ns3::SimpleNetDevice> last_hop(Host host) const override;
  [[nodiscard]] bool judged(const Path& path, const Leaving& leaving) const override;

  PortsDown ports_down_;
};

}  // namespace understudy::ns3_substrate
