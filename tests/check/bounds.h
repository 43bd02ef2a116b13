// SPDX-License-Identifier: MIT
//
// What the checker explores: a policy of the pair, in the smallest whole ticks that satisfy the
// inequalities, and how much may go wrong.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "understudy/failover/config.h"

namespace understudy::check {

// The unit of all times here. How long it is makes no difference to an agent.
inline constexpr Duration tick = std::chrono::milliseconds(1);

struct Bounds {
  // How many things may go wrong besides lost packets: crashes, pauses, restarts of the daemon,
  // orders to the power channel that are refused, forgotten or late, packets that are late.
  std::uint32_t faults = 1;
  // How many switchovers an operator may ask for, at any time.
  std::uint32_t requests = 0;
  // Whether any packet may be lost, any number of times: partitions, too, one-way or both ways.
  bool losses = true;
  // How many ticks a late packet or a late report may take.
  std::uint32_t lateness = 3;
  // Misses that make a failure.
  std::uint32_t misses = 1;
  // Fences that a window admits; 0: no limit and no back-off.
  std::uint32_t max_boots = 0;
  // How far apart two terms can be before farther apart is all the same.
  std::uint32_t terms = 2;
  // Whether the memory is copied, and the newer one asked for after a boot.
  bool memory = false;
};

// What is explored of each policy if nothing else is said: what only lost packets do together with
// one fault; more faults with none lost; switchovers; two misses; a window of boots.
[[nodiscard]] std::span<const Bounds> standard_bounds();

// Sets "faults=2,losses=no". Throws std::invalid_argument with one line.
void set_bounds(Bounds& bounds, std::string_view text);
[[nodiscard]] std::string to_text(const Bounds& bounds);

struct Policy {
  std::string_view name;
  std::string_view what;
  PairSettings settings;  // beside what all of them have
  // Whether it promises that never two servers hold the primary address.
  bool one_primary = true;
  // And that the pair settles once nothing goes wrong any more.
  bool settles = true;
};

[[nodiscard]] std::span<const Policy> policies();
// nullptr if there is none of that name.
[[nodiscard]] const Policy* find_policy(std::string_view name);

// What both agents run on. All inequalities hold, or std::logic_error says which one does not.
[[nodiscard]] Config config_of(const Policy& policy, const Bounds& bounds);

}  // namespace understudy::check
