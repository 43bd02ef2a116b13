// SPDX-License-Identifier: MIT
//
// The routers of the virtual world, where the topology has some: where a packet to a shared address
// ends up.
//
// Faithful: what each router knows and when (route_table.h), and that a packet goes from router to
// router by what each knows as the packet is sent. Left out: that a packet which takes a detour
// takes longer, and that an advertisement reaches a router other than its hosts: it gets to a
// router if it gets to that one's host (the client, where the witness is another), and to the
// sender's own if it gets to any.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "understudy/failover/names.h"
#include "understudy/scenario/draws.h"
#include "understudy/scenario/links.h"
#include "understudy/scenario/route_table.h"
#include "understudy/scenario/scenario.h"

namespace understudy {

class VirtualRoutes {
 public:
  VirtualRoutes() = default;
  VirtualRoutes(const Topology& topology, const Run& run);

  // Whether there are routers at all.
  [[nodiscard]] bool any() const { return any_; }

  // The router of that host: the client's is the witness' too.
  [[nodiscard]] RouteTable& at(Host host) { return tables_.at(place(host)); }

  // To whom a packet from there to a shared address gets; none: to nobody.
  [[nodiscard]] std::optional<ServerId> holder_for(Host from, Address address) const;

  // Further draws are those of another branch of the run (draws.h).
  void branch(std::uint64_t number) {
    for (RouteTable& table : tables_) table.branch(number);
  }

  bool operator==(const VirtualRoutes&) const = default;

 private:
  static constexpr std::size_t router_count = 3;
  [[nodiscard]] static std::size_t place(Host host) {
    return host == Host::witness ? place(Host::client) : static_cast<std::size_t>(host);
  }

  bool any_ = false;
  std::array<RouteTable, router_count> tables_;  // of first, second, and client and witness
};

}  // namespace understudy
