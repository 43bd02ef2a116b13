// SPDX-License-Identifier: MIT
//
// The topology `routed` in ns-3: three routers (router.h), every two of them next to each other,
// and the hosts on cables of their own.
//
//      first .1 ── 10.0.1.0/24 ── router ─────┐
//                                   │       router ──┬── 10.0.3.0/24 ── .11 client
//      second .2 ─ 10.0.2.0/24 ── router ─────┘      └── 10.0.4.0/24 ── .12 witness
//
// (fd00:0:0:1::/64 and so on.) The routers' addresses there end in 254; between them lie the
// subnets 12, 13 and 23. The shared addresses 10.0.0.100 and 10.0.0.101 belong to none: a claim is
// announced as a route.
//
// The scenario's delay is split over the two cables of hosts; those between routers have no length,
// but a packet is put on a wire once more at each. What is drawn for a packet and what befalls it
// is decided as it leaves its host, for whom the routers would let it get to at that instant; of an
// advertisement, by each router for its hosts. `switch-failure` has all routers down.
#pragma once

#include <array>
#include <map>
#include <optional>

#include "understudy/ns3/pair_network.h"
#include "understudy/ns3/router.h"

namespace understudy::ns3_substrate {

class PairRouted final : public PairNetwork {
 public:
  PairRouted(const Topology& topology, const Run& run);

  void settle() override;

 private:
  static constexpr std::size_t router_count = 3;
  [[nodiscard]] static std::size_t router_of(Host host);
  [[nodiscard]] ns3::Ptr<ns3::UnderstudyRouter> router(Host host) const {
    return routers_[router_of(host)];
  }

  void add_router(std::size_t number);
  void add_host(Host which, int subnet);
  void connect(std::size_t a, std::size_t b, int subnet);

  void change_parts(std::size_t number, const Fault& fault, const Struck& struck,
                    Change change) override;
  [[nodiscard]] ns3::Ptr<ns3::SimpleNetDevice> last_hop(Host host) const override;
  void begin_to_part() override { look_at_frames(); }
  void begin_to_judge() override;

  void look_at_frames();
  void carry(Host from, const ns3::UnderstudyFrame& frame, std::vector<ns3::Time>& arrivals);
  [[nodiscard]] bool decide(const Path& path, std::vector<ns3::Time>& arrivals);
  [[nodiscard]] std::optional<Host> receiver(Host from, const ns3::Address& to) const;

  std::array<ns3::Ptr<ns3::UnderstudyRouter>, router_count> routers_;
  std::array<Stream, router_count> route_delays_;
  std::map<ns3::Address, Host> owners_;        // of server addresses
  std::array<int, host_count> cables_down_{};  // faults that keep a cable down
  int routers_down_ = 0;                       // faults that keep all down
  bool judging_ = false;
};

}  // namespace understudy::ns3_substrate
