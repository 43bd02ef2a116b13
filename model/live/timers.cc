// SPDX-License-Identifier: MIT
#include "understudy/live/timers.h"

#include <sys/timerfd.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "understudy/live/boot_clock.h"
#include "understudy/live/cannot_run.h"

namespace understudy::live {
namespace {

Descriptor open_alarm() {
  Descriptor alarm(timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC));
  if (!alarm.open()) cannot("make a timer", errno, "raise the limit on open files");
  return alarm;
}

}  // namespace

Timers::Timers(boost::asio::io_context& loop, std::function<void()> due)
    : kernel_(loop, open_alarm(), [this, due = std::move(due)] {
        std::uint64_t times = 0;
        if (read(kernel_.number(), &times, sizeof times) < 0) return;  // moved since
        alarm_ = never;
        due();
        set_alarm();
      }) {
  deadlines_.fill(never);
}

void Timers::arm(Timer timer, Time deadline) {
  deadlines_[static_cast<std::size_t>(timer)] = deadline;
  set_alarm();
}

// The alarm stays: an early one finds nothing due, which costs less than to move it each time.
void Timers::disarm(Timer timer) { deadlines_[static_cast<std::size_t>(timer)] = never; }

std::optional<Timer> Timers::take_due(Time now) {
  const auto earliest = std::ranges::min_element(deadlines_);
  if (*earliest > now) return std::nullopt;
  *earliest = never;
  return static_cast<Timer>(earliest - deadlines_.begin());
}

void Timers::set_alarm() {
  const Time earliest = *std::ranges::min_element(deadlines_);
  if (earliest >= alarm_) return;
  alarm_ = earliest;
  // An alarm at zero would be none.
  const Duration when = std::max(earliest - Time{}, Duration(1));
  const itimerspec setting{.it_interval = {}, .it_value = to_timespec(when)};
  timerfd_settime(kernel_.number(), TFD_TIMER_ABSTIME, &setting, nullptr);
}

}  // namespace understudy::live
