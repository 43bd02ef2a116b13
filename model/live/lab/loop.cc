// SPDX-License-Identifier: MIT
#include "understudy/lab/loop.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "understudy/lab/system_error.h"
#include "understudy/live/boot_clock.h"

namespace understudy::lab {

void Loop::at(Time when, Action action) { agenda_.emplace(when, std::move(action)); }

void Loop::watch(int descriptor, Action readable) { watched_[descriptor] = std::move(readable); }

void Loop::forget(int descriptor) { watched_.erase(descriptor); }

void Loop::run_until(Time end) {
  stopped_ = false;
  while (!stopped_ && live::boot_now() < end) {
    wait(agenda_.empty() ? end : std::min(end, agenda_.begin()->first));
    carry_out_due();
    for (const int descriptor : ready_) {
      const auto found = watched_.find(descriptor);
      if (found == watched_.end()) continue;  // forgotten a moment ago
      const Action action = found->second;    // it may forget itself
      action();
    }
  }
}

void Loop::carry_out_due() {
  while (!agenda_.empty() && agenda_.begin()->first <= live::boot_now()) {
    const Action action = std::move(agenda_.begin()->second);
    agenda_.erase(agenda_.begin());
    action();
  }
}

void Loop::wait(Time until) {
  std::vector<pollfd> polled;
  polled.reserve(watched_.size());
  for (const auto& [descriptor, action] : watched_) {
    polled.push_back({.fd = descriptor, .events = POLLIN, .revents = 0});
  }
  const timespec patience = live::to_timespec(std::max(until - live::boot_now(), Duration::zero()));
  ready_.clear();
  if (ppoll(polled.data(), polled.size(), &patience, nullptr) < 0) {
    if (errno != EINTR) fail("wait for descriptors");
    return;
  }
  for (const pollfd& each : polled) {
    if (each.revents != 0) ready_.push_back(each.fd);
  }
}

}  // namespace understudy::lab
