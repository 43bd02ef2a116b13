// SPDX-License-Identifier: MIT
//
// Which fault can strike what.
#pragma once

#include <cstddef>
#include <span>

#include "understudy/scenario/scenario.h"

namespace understudy {

// More are a mistake, and substrates may count on it.
inline constexpr std::size_t most_faults = 1000;

// The targets that a kind of fault can have; the first is what it strikes if nothing is said.
[[nodiscard]] std::span<const FaultTarget> targets_of(FaultKind kind);
[[nodiscard]] bool can_strike(FaultKind kind, FaultTarget target);

// Changes a fault's kind. What the new kind cannot have is as if never said.
void become(Fault& fault, FaultKind kind);

}  // namespace understudy
