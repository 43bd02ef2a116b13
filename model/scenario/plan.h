// SPDX-License-Identifier: MIT
//
// What a run draws, and how: the one place from which every substrate takes it.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "understudy/failover/names.h"
#include "understudy/failover/time.h"
#include "understudy/scenario/draws.h"
#include "understudy/scenario/scenario.h"

namespace understudy {

// When a fault of the scenario strikes and when it ends. Stream "fault/i".
struct PlannedFault {
  std::uint16_t number = 0;  // in the scenario, from 0
  Time begins{};
  Time ends = never;
};
[[nodiscard]] std::vector<PlannedFault> plan_faults(const Scenario& scenario, const Run& run);

// Where in its rhythms a settled pair is met: all uniform over one interval. Stream "start".
struct Phases {
  Time ping{};   // of the monitor
  Time watch{};  // the primary's ping of the monitor
  Time announcement_first{};
  Time announcement_second{};
};
[[nodiscard]] Phases draw_phases(const Config& config, const Run& run);

// How long each boot of a server takes. Stream "boot/first".
class Boots {
 public:
  Boots() = default;
  Boots(ServerId id, const Run& run);
  Duration next(const Server& server) { return server.boot_time.draw_bounded(stream_); }
  bool operator==(const Boots&) const = default;

 private:
  Stream stream_;
};

// What becomes of each order to cut the power that a server gives. Streams "power/first" (latency),
// "power/first/confirmation", "power/first/refusal".
class PowerDraws {
 public:
  PowerDraws() = default;
  PowerDraws(ServerId by, const Run& run);
  struct Order {
    bool refused = false;
    Duration latency{};       // until the other is off, or until the refusal is known
    Duration confirmation{};  // from then until it is known
  };
  Order next(const PowerChannel& channel);
  bool operator==(const PowerDraws&) const = default;

 private:
  Stream latency_;
  Stream confirmation_;
  Stream refusal_;
};

// What changes the memory: a Poisson process of writes, each done by every server that serves at
// that instant. Stream "writes".
class Writes {
 public:
  Writes() = default;
  Writes(const MemoryLoad& load, const Run& run);
  // The instant of the next write; `never` if there is none.
  [[nodiscard]] Time next() const { return next_; }
  // Passes all writes up to now, and says how many they were.
  std::uint64_t pass(Time now);
  bool operator==(const Writes&) const = default;

 private:
  void draw_next();

  double rate_per_s_ = 0.0;
  Stream stream_;
  Time next_ = never;
};

}  // namespace understudy
