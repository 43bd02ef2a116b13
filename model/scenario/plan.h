// SPDX-License-Identifier: MIT
//
// What a run draws, and how: the one place from which every substrate takes it.
#pragma once

#include <cstddef>
#include <cstdint>

#include "understudy/failover/names.h"
#include "understudy/failover/time.h"
#include "understudy/scenario/draws.h"
#include "understudy/scenario/scenario.h"
#include "understudy/scenario/writes.h"

namespace understudy {

// When a fault of the scenario strikes and when it ends, one occurrence after the other. It strikes
// again `every` after it began, but not while it still lasts. Stream "fault/i": `at`, then in turn
// `for` and `every`, where they are said.
class Occurrences {
 public:
  Occurrences() = default;
  Occurrences(std::size_t fault, const Run& run);

  struct Occurrence {
    Time begins = never;  // never: there is no further one
    Time ends = never;
    bool operator==(const Occurrence&) const = default;
  };
  // The next one; `fault` is that number of the scenario.
  Occurrence next(const Fault& fault);
  [[nodiscard]] const Occurrence& latest() const { return latest_; }
  void branch(std::uint64_t number) { stream_.branch(number); }
  bool operator==(const Occurrences&) const = default;

 private:
  Stream stream_;
  Occurrence latest_;
};

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
  void branch(std::uint64_t number) { stream_.branch(number); }
  bool operator==(const Boots&) const = default;

 private:
  Stream stream_;
};

// When a server's service is checked: at a fixed interval, from an instant in the first one on.
// Stream "health/first". (What nobody can be ill of need not be checked.)
class HealthChecks {
 public:
  HealthChecks() = default;
  HealthChecks(ServerId id, const ServiceLoad& load, const Run& run);
  // The first one after `now`.
  [[nodiscard]] Time next_after(Time now) const;
  bool operator==(const HealthChecks&) const = default;

 private:
  Duration interval_ = std::chrono::seconds(1);
  Time first_{};
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
  void branch(std::uint64_t number) {
    for (Stream* stream : {&latency_, &confirmation_, &refusal_}) stream->branch(number);
  }
  bool operator==(const PowerDraws&) const = default;

 private:
  Stream latency_;
  Stream confirmation_;
  Stream refusal_;
};

}  // namespace understudy
