// SPDX-License-Identifier: MIT
#include "understudy/scenario/faults.h"

#include <algorithm>
#include <array>

namespace understudy {
namespace {

constexpr std::array servers = {FaultTarget::primary, FaultTarget::monitor, FaultTarget::first,
                                FaultTarget::second};
constexpr std::array network = {FaultTarget::network};

}  // namespace

std::span<const FaultTarget> targets_of(FaultKind kind) {
  switch (kind) {
    case FaultKind::crash: return servers;
    case FaultKind::loss: return network;
  }
  return {};
}

bool can_strike(FaultKind kind, FaultTarget target) {
  return std::ranges::count(targets_of(kind), target) > 0;
}

void become(Fault& fault, FaultKind kind) {
  fault.kind = kind;
  if (!can_strike(kind, fault.target)) fault.target = targets_of(kind).front();
  if (kind != FaultKind::loss) fault.probability = Fault{}.probability;
}

std::optional<ServerId> server_meant(FaultTarget target, const Holders& holders) {
  switch (target) {
    case FaultTarget::first: return ServerId::first;
    case FaultTarget::second: return ServerId::second;
    case FaultTarget::primary: return holders.primary;
    case FaultTarget::monitor: return holders.monitor;
    case FaultTarget::network: break;
  }
  return std::nullopt;
}

double combined_loss(const std::vector<Fault>& faults, const std::vector<bool>& active) {
  double kept = 1.0;
  for (std::size_t i = 0; i < active.size(); ++i) {
    if (active[i]) kept *= 1.0 - faults[i].probability;
  }
  return 1.0 - kept;
}

}  // namespace understudy
