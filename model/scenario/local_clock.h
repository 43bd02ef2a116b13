// SPDX-License-Identifier: MIT
//
// A server's clock, which may run fast or slow: what it shows at an instant of the world, and when
// it will show something. It never jumps, nor goes back: a change of its rate begins from what it
// shows. It counts a server's sleep and goes on while the server is off.
#pragma once

#include <cmath>

#include "understudy/failover/time.h"

namespace understudy {

class LocalClock {
 public:
  [[nodiscard]] Time shows(Time world) const {
    if (rate_ == 1.0) return world + (shown_ - since_);
    return shown_ + scaled(world - since_, rate_);
  }

  // The first instant of the world, not before the last change of rate, at which it shows `local`
  // or later.
  [[nodiscard]] Time when(Time local) const {
    if (local == never) return never;
    if (rate_ == 1.0) return after(since_, local - shown_);
    const Time guess = after(since_, scaled(local - shown_, 1.0 / rate_));
    if (guess == never || guess < since_) return guess < since_ ? since_ : never;
    // Off by the rounding at most: back to what is too early, and on to the first that is not.
    Time world = guess;
    while (world > since_ && shows(world - Duration(1)) >= local) world -= Duration(1);
    while (shows(world) < local) world += Duration(1);
    return world;
  }

  // From now on `rate` times as fast as the world.
  void run_at(double rate, Time now) {
    shown_ = shows(now);
    since_ = now;
    rate_ = rate;
  }

  // Whether it passes as much time as the world.
  [[nodiscard]] bool keeps_time() const { return rate_ == 1.0; }

  bool operator==(const LocalClock&) const = default;

 private:
  static Duration scaled(Duration span, double factor) {
    const double scaled = std::floor(static_cast<double>(span.count()) * factor);
    // Beyond a century there is nothing to be exact about.
    return scaled < 0x1p62 ? Duration(static_cast<Duration::rep>(scaled)) : forever / 2;
  }

  double rate_ = 1.0;
  Time since_{};  // an instant of the world
  Time shown_{};  // what it showed then
};

}  // namespace understudy
