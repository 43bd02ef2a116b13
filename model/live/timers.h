// SPDX-License-Identifier: MIT
//
// The timers of an agent: one deadline each, and one alarm of the kernel for the earliest. The
// alarm counts sleep, so a machine that wakes finds what is overdue at once, and the agent can tell
// that it slept.
#pragma once

#include <array>
#include <functional>
#include <optional>

#include <boost/asio/io_context.hpp>

#include "understudy/failover/names.h"
#include "understudy/failover/time.h"
#include "understudy/live/readable.h"

namespace understudy::live {

class Timers {
 public:
  // Calls `due` once at least one deadline is over. Whoever is called takes them out.
  Timers(boost::asio::io_context& loop, std::function<void()> due);

  void arm(Timer timer, Time deadline);
  void disarm(Timer timer);

  // The timer whose deadline was over first, disarmed; none: no deadline is over.
  [[nodiscard]] std::optional<Timer> take_due(Time now);
  [[nodiscard]] Time deadline(Timer timer) const {
    return deadlines_[static_cast<std::size_t>(timer)];
  }

 private:
  void set_alarm();

  std::array<Time, timer_count> deadlines_;
  Time alarm_ = never;  // that the kernel was asked for last
  Readable kernel_;
};

}  // namespace understudy::live
