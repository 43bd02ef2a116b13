// SPDX-License-Identifier: MIT
#include "understudy/scenario/route_table.h"

namespace understudy {

void RouteTable::settle(Address address, ServerId holder) {
  Route& route = routes_.at(static_cast<std::size_t>(address));
  route.heard = holder;
  route.installed = holder;
}

std::optional<RouteTable::Change> RouteTable::hear(Address address, ServerId holder) {
  Route& route = routes_.at(static_cast<std::size_t>(address));
  if (route.heard == holder) return std::nullopt;
  route.heard = holder;
  return Change{.number = ++route.latest_heard, .later = delay_.draw(stream_)};
}

// One that was heard of later, and installed sooner, stays.
bool RouteTable::install(Address address, ServerId holder, std::uint32_t number) {
  Route& route = routes_.at(static_cast<std::size_t>(address));
  if (number <= route.latest_installed) return false;
  route.latest_installed = number;
  const bool changes = route.installed != holder;
  route.installed = holder;
  return changes;
}

}  // namespace understudy
