// SPDX-License-Identifier: MIT
//
// The words of a scenario file for the values of enumerations, one table for reading, writing and
// documenting each.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <optional>
#include <string_view>
#include <type_traits>

#include "understudy/failover/config.h"
#include "understudy/scenario/scenario.h"

namespace understudy {

template <class E>
struct Word {
  E value;
  std::string_view text;
};

// words<E>: all values of E and their texts.
template <class E>
inline constexpr std::nullptr_t words = nullptr;

template <>
inline constexpr std::array<Word<Method>, 2> words<Method> = {
    {{Method::today, "today"}, {Method::original, "original"}}};

template <>
inline constexpr std::array<Word<Takeover>, 3> words<Takeover> = {
    {{Takeover::immediate, "immediate"},
     {Takeover::fence_first, "fence-first"},
     {Takeover::restart_first, "restart-first"}}};

template <>
inline constexpr std::array<Word<FenceMode>, 2> words<FenceMode> = {
    {{FenceMode::off_on, "off-on"}, {FenceMode::reboot, "reboot"}}};

template <>
inline constexpr std::array<Word<OnFenceFailure>, 2> words<OnFenceFailure> = {
    {{OnFenceFailure::hold, "hold"}, {OnFenceFailure::takeover, "takeover"}}};

template <>
inline constexpr std::array<Word<DetectorKind>, 3> words<DetectorKind> = {
    {{DetectorKind::fixed, "fixed"}, {DetectorKind::chen, "chen"}, {DetectorKind::phi, "phi"}}};

template <>
inline constexpr std::array<Word<TopologyKind>, 4> words<TopologyKind> = {
    {{TopologyKind::lan, "lan"},
     {TopologyKind::dual_switch, "dual-switch"},
     {TopologyKind::routed, "routed"},
     {TopologyKind::wan, "wan"}}};

template <>
inline constexpr std::array<Word<ServerId>, 2> words<ServerId> = {
    {{ServerId::first, "first"}, {ServerId::second, "second"}}};

template <>
inline constexpr std::array<Word<IpVersion>, 2> words<IpVersion> = {
    {{IpVersion::v4, "v4"}, {IpVersion::v6, "v6"}}};

template <>
inline constexpr std::array<Word<FaultKind>, 22> words<FaultKind> = {
    {{FaultKind::crash, "crash"},
     {FaultKind::hang, "hang"},
     {FaultKind::pause, "pause"},
     {FaultKind::service_hang, "service-hang"},
     {FaultKind::slow, "slow"},
     {FaultKind::boot_failure, "boot-failure"},
     {FaultKind::daemon_restart, "daemon-restart"},
     {FaultKind::clock_rate, "clock-rate"},
     {FaultKind::power_failure, "power-failure"},
     {FaultKind::power_delay, "power-delay"},
     {FaultKind::link_down, "link-down"},
     {FaultKind::partition, "partition"},
     {FaultKind::loss, "loss"},
     {FaultKind::delay, "delay"},
     {FaultKind::jitter, "jitter"},
     {FaultKind::duplicate, "duplicate"},
     {FaultKind::reorder, "reorder"},
     {FaultKind::corrupt, "corrupt"},
     {FaultKind::congestion, "congestion"},
     {FaultKind::switch_failure, "switch-failure"},
     {FaultKind::switchover, "switchover"},
     {FaultKind::maintenance, "maintenance"}}};

template <>
inline constexpr std::array<Word<FaultTarget>, 12> words<FaultTarget> = {
    {{FaultTarget::first, "first"},
     {FaultTarget::second, "second"},
     {FaultTarget::primary, "primary"},
     {FaultTarget::monitor, "monitor"},
     {FaultTarget::pair, "pair"},
     {FaultTarget::client, "client"},
     {FaultTarget::witness, "witness"},
     {FaultTarget::network, "network"},
     {FaultTarget::switch_a, "switch-a"},
     {FaultTarget::switch_b, "switch-b"},
     {FaultTarget::uplink, "uplink"},
     {FaultTarget::wan, "wan"}}};

template <>
inline constexpr std::array<Word<Side::Member>, 6> words<Side::Member> = {
    {{Side::Member::first, "first"},
     {Side::Member::second, "second"},
     {Side::Member::primary, "primary"},
     {Side::Member::monitor, "monitor"},
     {Side::Member::client, "client"},
     {Side::Member::witness, "witness"}}};

template <>
inline constexpr std::array<Word<Ways>, 2> words<Ways> = {
    {{Ways::both, "both"}, {Ways::one, "one"}}};

template <>
inline constexpr std::array<Word<PowerAnswer>, 2> words<PowerAnswer> = {
    {{PowerAnswer::refusal, "refusal"}, {PowerAnswer::silence, "silence"}}};

template <>
inline constexpr std::array<Word<Start>, 2> words<Start> = {
    {{Start::settled, "settled"}, {Start::cold, "cold"}}};

template <class E>
concept HasWords = !std::same_as<std::remove_cv_t<decltype(words<E>)>, std::nullptr_t>;

template <HasWords E>
[[nodiscard]] constexpr std::string_view to_text(E value) {
  for (const Word<E>& word : words<E>) {
    if (word.value == value) return word.text;
  }
  return "?";
}

template <HasWords E>
[[nodiscard]] constexpr std::optional<E> from_text(std::string_view text) {
  for (const Word<E>& word : words<E>) {
    if (word.text == text) return word.value;
  }
  return std::nullopt;
}

}  // namespace understudy
