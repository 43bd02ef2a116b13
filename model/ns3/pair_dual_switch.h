// SPDX-License-Identifier: MIT
//
// The topology `dual-switch` in ns-3: two switches with a cable between them, and under each host a
// bond (bond.h) with a port to either.
//
//      first     second    client    witness
//     .1 ║       .2 ║      .11 ║     .12 ║        10.0.0.0/24, 2001:db8::/64
//     ┌──╫──────────╫──────────╫─────────╫──┐     primary address .100, monitor address .101
//     │  ║        switch A     ║         ║  ├──┐
//     └──╫──────────╫──────────╫─────────╫──┘  │ uplink, of no length
//     ┌──╨──────────╨──────────╨─────────╨──┐  │
//     │           switch B                  ├──┘
//     └─────────────────────────────────────┘
//
// Cables and delays are as in pair_lan.h, whichever switch a frame passes; by both it is put on a
// wire once more. A switch that fails has all its ports down, and the other one its end of the
// uplink, so that it forgets what it had learned there. Congestion fills the port to a host that is
// in use when it begins.
#pragma once

#include <array>

#include "understudy/ns3/bond.h"
#include "understudy/ns3/switched_network.h"

namespace understudy::ns3_substrate {

class PairDualSwitch final : public SwitchedNetwork {
 public:
  PairDualSwitch(const Topology& topology, const Run& run);

  [[nodiscard]] const DualSwitch* bonds() const override { return &state_; }

 private:
  void add_bond(Host which);
  void change_parts(std::size_t number, const Fault& fault, const Struck& struck,
                    Change change) override;
  [[nodiscard]] ns3::Ptr<ns3::SimpleNetDevice> last_hop(Host host) const override;
  [[nodiscard]] bool judged(const Path& path, const Leaving& leaving) const override;
  [[nodiscard]] HostSet beyond(std::size_t side) const override;

  DualSwitch state_;  // what is broken, and which ports the bonds use
  std::array<Stream, host_count> failover_delays_;
};

}  // namespace understudy::ns3_substrate
