// SPDX-License-Identifier: MIT
//
// Between the pair's time and ns-3's.
#pragma once

#include <ns3/nstime.h>
#include <ns3/simulator.h>

#include "understudy/failover/time.h"

namespace understudy::ns3_substrate {

[[nodiscard]] inline Time now() {
  return Time{} + Duration(ns3::Simulator::Now().GetNanoSeconds());
}
[[nodiscard]] inline Time from_ns3(const ns3::Time& time) {
  return Time{} + Duration(time.GetNanoSeconds());
}
[[nodiscard]] inline ns3::Time to_ns3(Duration duration) {
  return ns3::NanoSeconds(duration.count());
}

// At that instant. What lies beyond `end` is not worth planning, and may overflow ns-3's time.
template <class Action>
void at(Time when, Time end, Action action) {
  if (when > end) return;
  ns3::Simulator::Schedule(to_ns3(when - now()), action);
}

}  // namespace understudy::ns3_substrate
