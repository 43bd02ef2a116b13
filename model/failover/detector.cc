// SPDX-License-Identifier: MIT
#include "understudy/failover/detector.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace understudy {
namespace {

// 1 - F(z) of the standard normal distribution.
double upper_tail(double z) { return 0.5 * std::erfc(z / std::numbers::sqrt2); }

Duration from_ns(double ns) { return Duration(std::llround(ns)); }

}  // namespace

double phi_to_deviations(double phi) {
  const double tail = std::pow(10.0, -phi);
  double low = -40.0;
  double high = 40.0;
  for (int step = 0; step < 100; ++step) {
    const double middle = 0.5 * (low + high);
    (upper_tail(middle) > tail ? low : high) = middle;
  }
  return 0.5 * (low + high);
}

Duration Detector::learned_patience(const Config& config) const {
  Duration wait{};
  if (config.detector == DetectorKind::chen) {
    wait = from_ns(mean_ns()) + config.chen_margin;
  } else {
    const double mean = mean_ns();
    const double level = mean + deviations_ * deviation_ns();
    // Cut as a number: what once took years leads farther than a Duration does.
    const auto most = static_cast<double>(config.ping_interval.count());
    wait = from_ns(std::min(std::max(level, phi_floor * mean), most));
  }
  return std::min(std::max(wait, least_patience), config.ping_interval);
}

void Detector::learn(const Config& config, Duration round_trip) {
  // An answer from before its ping is one whose clock went wrong; it teaches no negative patience.
  round_trips_ns_[next_] = std::max(round_trip, Duration::zero()).count();
  next_ = (next_ + 1) % window;
  count_ = std::min<std::uint32_t>(count_ + 1, window);
  if (count_ == 1) deviations_ = phi_to_deviations(config.phi_threshold);
}

double Detector::mean_ns() const {
  double sum = 0.0;
  for (std::uint32_t i = 0; i < count_; ++i) sum += static_cast<double>(round_trips_ns_[i]);
  return sum / count_;
}

double Detector::deviation_ns() const {
  const double mean = mean_ns();
  double squares = 0.0;
  for (std::uint32_t i = 0; i < count_; ++i) {
    const double distance = static_cast<double>(round_trips_ns_[i]) - mean;
    squares += distance * distance;
  }
  return std::sqrt(squares / (count_ - 1));
}

}  // namespace understudy
