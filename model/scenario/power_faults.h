// SPDX-License-Identifier: MIT
//
// What faults do to orders that a server gives the power channel, and to nothing else: the channel
// is a network of its own.
//
// - power-failure: an order about the struck server changes nothing, if it is given while the fault
//   lasts. It is refused when it would have taken effect, or never heard of again.
// - power-delay: it takes effect, and is confirmed, `delay` later.
// - slow: an order leaves the struck server `delay` later.
//
// Left out: a channel that reports what is not so. Whoever believes such a one has no safety to
// lose.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "understudy/failover/names.h"
#include "understudy/scenario/draws.h"
#include "understudy/scenario/faults.h"

namespace understudy {

class PowerFaults {
 public:
  PowerFaults() = default;
  explicit PowerFaults(const Run& run) : run_(run) {}

  // Fault `number` has struck these servers; one of another kind is passed over.
  void begin(std::size_t number, const Fault& fault, HostSet servers);
  void end(std::size_t number);

  // What becomes of the next order that `by` gives about the other server. Streams
  // "fault/i/orders": the n-th number belongs to the n-th order that fault i delays.
  struct Effect {
    Duration later{};
    std::optional<PowerAnswer> failure{};  // silence is deeper than a refusal
  };
  Effect next(ServerId by);
  void branch(std::uint64_t number);

  bool operator==(const PowerFaults&) const = default;

 private:
  struct Active {
    std::size_t number = 0;
    FaultKind kind = FaultKind::power_failure;
    PowerAnswer answer = PowerAnswer::refusal;
    Distribution delay{};
    HostSet servers;
    bool operator==(const Active&) const = default;
  };
  struct Orders {
    std::size_t number = 0;
    Stream stream;
    bool operator==(const Orders&) const = default;
  };
  Stream& stream_of(std::size_t number);

  Run run_{};
  std::vector<Active> active_;
  std::vector<Orders> orders_;  // one a fault that has ever delayed
};

}  // namespace understudy
