// SPDX-License-Identifier: MIT
//
// The measures: from what happened in a run to the figures that it is judged by. One definition
// each, the same for all substrates.
//
// `holder` below is a server that answers for the primary address with its power on and its kernel
// running, not frozen; a role is filled while there is a holder of its address.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "understudy/failover/time.h"
#include "understudy/outcome/timeline.h"
#include "understudy/scenario/scenario.h"

namespace understudy {

// What followed from one fault.
struct FaultOutcome {
  std::uint16_t number = 0;  // in the scenario, from 0
  FaultKind kind = FaultKind::crash;
  std::optional<ServerId> server;             // whom it struck, if that is one of the servers
  FaultTarget target = FaultTarget::network;  // else: what is no server
  Time at{};
  // Fault -> first failure declared at or after it. None: there is none before the end, or it
  // says nothing, because a fence was outstanding or nobody was primary when the fault struck.
  std::optional<Duration> detection;
  // That declaration -> primary address claimed.
  std::optional<Duration> takeover;
  // What a client saw: last good answer before -> first good answer after the fault's first lost
  // request. 0: no request was lost. To the end of the run, if it lasts so long (`censored`). None:
  // nobody asked.
  std::optional<Duration> outage;
  bool censored = false;
  // Fault -> both roles filled again. 0: they never emptied. None: not filled again.
  std::optional<Duration> redundancy;
  bool operator==(const FaultOutcome&) const = default;
};

struct Outcome {
  std::vector<FaultOutcome> faults;  // those that struck, by time
  Duration dual_primary{};           // two holders
  Duration no_primary{};             // no holder, from the first one on
  // Failures of the primary declared while there was a holder that the client could reach.
  std::uint64_t false_failovers = 0;
  std::uint64_t boots = 0;     // power cycles that the power channel carried out
  std::uint64_t requests = 0;  // sent from the first holder to the end less the request timeout
  std::uint64_t lost_requests = 0;  // of these, not answered in time
  std::uint64_t lost_writes = 0;    // accepted by any server, not in the last primary's memory
  std::array<Fate, 2> fates{};
  std::array<Role, 2> roles{};
  bool operator==(const Outcome&) const = default;
};

[[nodiscard]] Outcome measure(const Scenario& scenario, const Timeline& timeline);

}  // namespace understudy
