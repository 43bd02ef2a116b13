// SPDX-License-Identifier: MIT
//
// Which fault can strike what, and what it means to be struck: the same on every substrate.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "understudy/failover/names.h"
#include "understudy/scenario/scenario.h"

namespace understudy {

// More are a mistake, and substrates may count on it.
inline constexpr std::size_t most_faults = 1000;

// The targets that a kind of fault can have; the first is what it strikes if nothing is said.
[[nodiscard]] std::span<const FaultTarget> targets_of(FaultKind kind);
[[nodiscard]] bool can_strike(FaultKind kind, FaultTarget target);

// Who holds the shared addresses at an instant.
struct Holders {
  std::optional<ServerId> primary;
  std::optional<ServerId> monitor;
};
// The server that a target means at that instant; none for the network, or if the role is empty.
[[nodiscard]] std::optional<ServerId> server_meant(FaultTarget target, const Holders& holders);

// The probability that a packet is lost while these faults are active (one flag a fault). Losses
// that strike at once are independent of each other.
[[nodiscard]] double combined_loss(const std::vector<Fault>& faults,
                                   const std::vector<bool>& active);

// Changes a fault's kind. What the new kind cannot have is as if never said.
void become(Fault& fault, FaultKind kind);

}  // namespace understudy
