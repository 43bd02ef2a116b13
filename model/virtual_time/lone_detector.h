// SPDX-License-Identifier: MIT
//
// A detector alone: it hears the answers to a long row of pings, and suspects and trusts a primary
// that never fails. What it suspects is a mistake. This is where the measures of W. Chen, S. Toueg
// and M. K. Aguilera ("On the quality of service of failure detectors", IEEE Trans. Computers
// 51(5), 2002) are taken from: an agent acts on its first mistake and is another system after it, a
// detector goes on.
//
// It suspects as their NFD-S does: at the end of the patience with a ping, if neither that ping nor
// any of the `misses - 1` before it has been answered; and trusts again as soon as one of them, or
// a later one, is. With `fixed`, patience ping_timeout and k misses that is NFD-S with period
// ping_interval and shift (k - 1) ping_interval + ping_timeout. An agent is stricter where answers
// come late: to it each late answer is a miss for ever, so of k > 1 misses some may be answered.
//
// Left out: copies, clocks that drift, servers that freeze, time that a packet spends anywhere but
// in the scenario's delay and faults of the network.
#pragma once

#include <cstdint>
#include <vector>

#include "understudy/failover/time.h"
#include "understudy/scenario/draws.h"
#include "understudy/scenario/scenario.h"

namespace understudy {

struct Mistake {
  Time begins{};
  Duration lasts{};
  bool operator==(const Mistake&) const = default;
};

// The mistakes of the second server's detector about the first one, in so many pings from time 0
// on; the last one only if it ends. The scenario's network faults have to be there from the start
// to the end, `at` 0 without `for` and `every`, and of servers it must have none: BadInput.
[[nodiscard]] std::vector<Mistake> mistakes_alone(const Scenario& scenario, const Run& run,
                                                  std::uint64_t pings);

}  // namespace understudy
