// SPDX-License-Identifier: MIT
//
// Liveness: from a state on, without faults, does the pair find its roles on every path, within how
// long, and do they stay? A depth-first walk over all that can happen without faults, which knows
// the answer of every state that it has left:
//
// - a path that comes back to a state on itself, unsettled all the way, never settles;
// - a state that is settled (CheckedPair::settled) must only lead to states with both roles filled.
#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

#include "checked_pair.h"
#include "visited.h"

namespace understudy::check {

class Convergence {
 public:
  Convergence(const Config& config, const Bounds& bounds) : config_(config), bounds_(bounds) {}

  // A path without faults that goes wrong, from the given state on.
  struct Failure {
    Broken what = nullptr;
    std::vector<Step> steps;
    std::size_t returns_to = 0;  // this many steps from the start, if it goes round for ever
  };

  // From this state, in which faults have ended. Can be called from several threads.
  [[nodiscard]] std::optional<Failure> check(const CheckedPair& from);

  // The most ticks from the end of faults to both roles filled for good, so far.
  [[nodiscard]] std::uint32_t most_ticks() const { return most_ticks_; }
  [[nodiscard]] std::uint64_t states() const;

 private:
  struct Frame {
    CheckedPair pair;
    std::uint64_t fingerprint = 0;
    CheckedPair::Steps steps;
    std::size_t next = 0;
    std::uint8_t ticks = 0;
  };
  // What is known for good, in parts that lock apart.
  struct Part {
    std::mutex lock;
    Visited settling;  // with the ticks that it takes at most
    Visited settled;   // all that follows is good
  };

  [[nodiscard]] std::optional<std::uint8_t> known(std::uint64_t fingerprint);
  void learn(std::uint64_t fingerprint, std::uint8_t ticks);
  [[nodiscard]] bool first_seen_settled(std::uint64_t fingerprint);
  [[nodiscard]] std::optional<Failure> check_stays(const CheckedPair& settled);
  Part& part(std::uint64_t fingerprint) { return parts_.at(fingerprint % parts_.size()); }

  const Config& config_;
  const Bounds& bounds_;
  std::array<Part, 64> parts_;
  std::uint32_t most_ticks_ = 0;
  std::mutex most_lock_;
};

}  // namespace understudy::check
