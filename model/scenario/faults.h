// SPDX-License-Identifier: MIT
//
// Which fault can strike what, and what it means to be struck: the same on every substrate.
//
// A fault that names no end (`for`) lasts
// - to the end of the run, in general;
// - until the server's power is cut, if it is of what runs there: hang, pause, service-hang; one
//   with an end is cut short by it too;
// - no time, if it is a daemon-restart; a crashed server stays off until it is fenced.
// A hang, a pause, a service-hang and a daemon-restart strike a server that runs, a crash one that
// is not off; the others whatever state it is in. A fault whose target is not there strikes nobody.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "understudy/failover/names.h"
#include "understudy/scenario/links.h"
#include "understudy/scenario/scenario.h"

namespace understudy {

// More are a mistake, and substrates may count on it.
inline constexpr std::size_t most_faults = 1000;

// ---- what a kind can have -----------------------------------------------------------------------

// The targets that a kind of fault can have; the first is what it strikes if nothing is said.
[[nodiscard]] std::span<const FaultTarget> targets_of(FaultKind kind);
[[nodiscard]] bool can_strike(FaultKind kind, FaultTarget target);
// Whether it is the network or a part of it, rather than hosts.
[[nodiscard]] bool of_network(FaultTarget target);

// The kinds that have a field of Fault; all others do not know its key.
inline constexpr std::array kinds_with_duration = {
    FaultKind::crash,          FaultKind::hang,           FaultKind::pause,
    FaultKind::service_hang,   FaultKind::slow,           FaultKind::boot_failure,
    FaultKind::daemon_restart, FaultKind::clock_rate,     FaultKind::power_failure,
    FaultKind::power_delay,    FaultKind::link_down,      FaultKind::partition,
    FaultKind::loss,           FaultKind::delay,          FaultKind::jitter,
    FaultKind::duplicate,      FaultKind::reorder,        FaultKind::corrupt,
    FaultKind::congestion,     FaultKind::switch_failure, FaultKind::maintenance};
inline constexpr std::array kinds_with_sides = {
    FaultKind::partition, FaultKind::loss,    FaultKind::delay,   FaultKind::jitter,
    FaultKind::duplicate, FaultKind::reorder, FaultKind::corrupt, FaultKind::congestion};
inline constexpr std::array kinds_with_probability = {FaultKind::loss, FaultKind::duplicate,
                                                      FaultKind::reorder, FaultKind::corrupt};
inline constexpr std::array kinds_with_bursts = {FaultKind::loss};
inline constexpr std::array kinds_with_delay = {FaultKind::slow, FaultKind::power_delay,
                                                FaultKind::delay, FaultKind::jitter,
                                                FaultKind::reorder};
inline constexpr std::array kinds_with_factor = {FaultKind::clock_rate};
inline constexpr std::array kinds_with_answer = {FaultKind::power_failure};
inline constexpr std::array kinds_with_queue = {FaultKind::congestion};

[[nodiscard]] constexpr bool among(std::span<const FaultKind> kinds, FaultKind kind) {
  return std::ranges::find(kinds, kind) != kinds.end();
}

// What a kind models and what it leaves out, for the reference; a sentence or some.
[[nodiscard]] std::string_view meaning_of(FaultKind kind);

// Changes a fault's kind. What the new kind cannot have is as if never said, and so is a target
// that was the default of the old one.
void become(Fault& fault, FaultKind kind);

// `delay`, or what it is if not said: long against a ping's timeout or, of power, a fence's.
[[nodiscard]] Distribution extra_delay(const Fault& fault);

// Whether it strikes servers, in a state in which they can be struck; else hosts or the network.
[[nodiscard]] bool strikes_servers(FaultKind kind);
// Whether the fault of a server ends when that one's power is cut.
[[nodiscard]] bool ends_with_the_power(FaultKind kind);
// Whether it needs a `for` to end before the run does.
[[nodiscard]] bool lasts(FaultKind kind);

// ---- whom it means ------------------------------------------------------------------------------

// Who holds the shared addresses at an instant.
struct Holders {
  std::optional<ServerId> primary;
  std::optional<ServerId> monitor;
};

// Whom a fault strikes.
struct Struck {
  HostSet hosts;   // those; of a network fault, one side: where packets come from
  HostSet others;  // the other side: where they go to
  bool operator==(const Struck&) const = default;
};

// Whom a fault means at that instant; `hosts` is empty if there is nobody such. A host that is on
// both sides by then, once by its name and once by its role, is on the first. A part of the network
// means whom it can part: of a wan the sites, of a dual-switch everybody.
[[nodiscard]] Struck struck_by(const Fault& fault, const Topology& topology,
                               const Holders& holders);

// Whether it lets no packet through, in the direction from `hosts` to `others`.
[[nodiscard]] bool cuts(const Fault& fault);
// Whether it does to packets from `others` to `hosts` what it does to the others.
[[nodiscard]] bool both_ways(const Fault& fault);

// The probability that a packet is lost while these faults are active (one flag a fault). Losses
// that strike at once are independent of each other.
[[nodiscard]] double combined_loss(const std::vector<Fault>& faults,
                                   const std::vector<bool>& active);

}  // namespace understudy
