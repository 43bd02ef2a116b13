// SPDX-License-Identifier: MIT
//
// What one router of a routed network knows of the shared addresses (topologies.h): whom it has
// heard of last as the holder of each, and to whom it sends packets. A value without a clock; who
// has one is told when to come back.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "understudy/failover/names.h"
#include "understudy/scenario/draws.h"
#include "understudy/scenario/links.h"
#include "understudy/scenario/scenario.h"

namespace understudy {

class RouteTable {
 public:
  RouteTable() = default;
  // Of the router of that host; the client's is the witness' too.
  RouteTable(const Topology& topology, Host host, const Run& run)
      : delay_(topology.route_delay), stream_(run, route_stream(host)) {}

  // Knows that address from the start.
  void settle(Address address, ServerId holder);

  // An advertisement came in. One that changes something is to be installed so much later.
  struct Change {
    std::uint32_t number = 0;
    Duration later{};
  };
  std::optional<Change> hear(Address address, ServerId holder);
  // Change `number` of this address is due. Whether packets go elsewhere from now on.
  bool install(Address address, ServerId holder, std::uint32_t number);

  [[nodiscard]] std::optional<ServerId> holder(Address address) const {
    return routes_.at(static_cast<std::size_t>(address)).installed;
  }

  // Further draws are those of another branch of the run (draws.h).
  void branch(std::uint64_t number) { stream_.branch(number); }

  bool operator==(const RouteTable&) const = default;

 private:
  struct Route {
    std::optional<ServerId> heard;
    std::uint32_t latest_heard = 0;  // counts changes
    std::optional<ServerId> installed;
    std::uint32_t latest_installed = 0;
    bool operator==(const Route&) const = default;
  };

  Distribution delay_;
  Stream stream_;
  std::array<Route, 2> routes_{};  // primary, monitor
};

}  // namespace understudy
