// SPDX-License-Identifier: MIT
//
// What one run, with all paths that were made for it, says about a rare event.
#pragma once

#include <cstdint>
#include <vector>

#include "understudy/failover/time.h"

namespace understudy {

struct RareSample {
  // Unbiased for the probability that the event happens within the run, and after its warm-up.
  double happened = 0.0;
  double happened_after_warm_up = 0.0;
  // How long the run itself, as plain simulation has it, went on from the warm-up to the event.
  double exposed_s = 0.0;

  std::uint64_t events = 0;  // on all paths
  std::uint64_t paths = 0;
  double simulated_s = 0.0;  // by all paths

  // Paths that rose to a level; and how many that stands for in one run of plain simulation.
  struct Level {
    std::uint64_t entries = 0;
    double expected = 0.0;
    bool operator==(const Level&) const = default;
  };
  std::vector<Level> levels;  // the first one's first

  bool operator==(const RareSample&) const = default;

  void pass(Time from, Time to) {
    ++paths;
    simulated_s += std::chrono::duration<double>(to - from).count();
  }
  void expose(Time warm_up, Time until) {
    if (until > warm_up) exposed_s = std::chrono::duration<double>(until - warm_up).count();
  }
};

}  // namespace understudy
