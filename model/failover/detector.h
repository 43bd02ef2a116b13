// SPDX-License-Identifier: MIT
//
// When is silence a miss? A detector learns from the answers that came how long to wait for the
// next one. It decides about one ping at a time; how many misses make a failure is `misses`.
//
// Everyday words: you ring a friend's door bell. `fixed` waits 50 ms, always. `chen` remembers how
// long the friend usually takes and adds a margin. `phi` also remembers how much that varies, and
// waits until only one answer in 10^phi would come later still.
//
// The estimators are those of the literature, fitted to pings instead of heartbeats. A heartbeat's
// arrival must be guessed from earlier arrivals, because nobody knows when it was sent; a ping's
// sender does know, so what is estimated is the round trip itself and the clock drops out:
//
// - chen: Chen, Toueg, Aguilera, "On the quality of service of failure detectors", IEEE Trans.
//   Computers 51(5), 2002, NFD-E: expected arrival = mean of the last n arrivals, each shifted by
//   its sending time; freshness point = expected arrival + alpha. Here: mean round trip + alpha.
// - phi: Hayashibara et al., "The phi accrual failure detector", SRDS 2004: with normal times of
//   mean m and deviation s, phi(t) = -log10(1 - F(t)); the level Phi is reached at m + z s with
//   z = F^-1(1 - 10^-Phi). Here on round trips, so a deviation of zero waits for the mean and
//   nothing more; the wait is never below `phi_floor` times the mean.
//
// Both wait `ping_interval` at most: a ping is judged before the next one leaves; and at least
// `least_patience`, for on a quick network they would learn to wait for less than what a server
// takes to look up from its work. Until they have
// seen `least_samples` answers they wait as `fixed` does. Both learn from an answer that comes
// late, too: it is a miss, but one that tells how long answers take now. Were it ignored, answers
// that all take longer from some moment on would all be misses for ever.
//
// Rejected: exponential averages (RFC 6298's RTO) forget a burst within a few answers and cannot
// be compared with the papers; a window longer than 32 learns nothing about the minutes that
// matter and makes the agent a large value.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "understudy/failover/config.h"
#include "understudy/failover/time.h"

namespace understudy {

class Detector {
 public:
  static constexpr std::size_t window = 32;
  static constexpr std::size_t least_samples = 4;
  static constexpr double phi_floor = 1.5;
  static constexpr Duration least_patience = std::chrono::milliseconds(1);

  // How long to wait for the answer to a ping that is sent now.
  [[nodiscard]] Duration patience(const Config& config) const {
    const bool learned = config.detector != DetectorKind::fixed && count_ >= least_samples;
    return learned ? learned_patience(config) : config.ping_timeout;
  }

  // A ping was answered after this round trip.
  void answered(const Config& config, Duration round_trip) {
    if (config.detector != DetectorKind::fixed) learn(config, round_trip);
  }

  bool operator==(const Detector&) const = default;

 private:
  [[nodiscard]] Duration learned_patience(const Config& config) const;
  void learn(const Config& config, Duration round_trip);
  [[nodiscard]] double mean_ns() const;
  [[nodiscard]] double deviation_ns() const;

  std::array<std::int64_t, window> round_trips_ns_{};
  std::uint32_t next_ = 0;
  std::uint32_t count_ = 0;
  double deviations_ = 0.0;  // that phi_threshold is worth; takes long to find, so once is enough
};

// The standard normal quantile z with 1 - F(z) = 10^-phi, by bisection on erfc.
// Phi = 1: 1.2816; 8: 5.6120.
[[nodiscard]] double phi_to_deviations(double phi);

}  // namespace understudy
