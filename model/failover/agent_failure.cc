// SPDX-License-Identifier: MIT
//
// What an agent does about a failure: when it may declare one, the fence, and what becomes of it.
#include <algorithm>
#include <limits>

#include "understudy/failover/agent.h"

namespace understudy {
namespace {

// The back-off doubles with every fence, up to this power of two.
constexpr std::uint32_t greatest_back_off = 8;

void add_fence(History& history, Time when) {
  auto free = std::ranges::find(history.fences, never);
  if (free == history.fences.end()) {
    std::ranges::rotate(history.fences, history.fences.begin() + 1);
    free = history.fences.end() - 1;
  }
  *free = when;
}

void remove_latest_fence(History& history) {
  auto free = std::ranges::find(history.fences, never);
  if (free != history.fences.begin()) *(free - 1) = never;
}

}  // namespace

// ---- declaring one ------------------------------------------------------------------------------

void Agent::consider_failure(World& world) {
  if (state_.role == Role::restarting) {
    if (!state_.restart_overdue) return;
    // An `on` that is still under way could undo the `off` that would be ordered now.
    if (state_.fence.stage == Fence::Stage::power_on) return;
  } else if (!state_.heard && !state_.grace_over) {
    return;
  }
  if (state_.role == Role::primary && state_.fence.stage != Fence::Stage::none) return;
  if (state_.misses < misses_needed(world.now())) return;
  if (may_fence(world)) declare_failure(world);
}

std::uint32_t Agent::misses_needed(Time now) const {
  const std::uint32_t least = state_.role == Role::primary ? config_.watch_misses : config_.misses;
  if (config_.max_boots == 0) return least;
  // A refused fence has booted nobody, so the history has forgotten it; it must be waited for too.
  const bool peaceful = recent_fences(now, peace) == 0;
  const std::uint32_t in_window = peaceful ? 0 : recent_fences(now, config_.boots_window);
  const std::uint32_t earlier = std::max(in_window, state_.failed_fences);
  if (earlier == 0) return least;
  const std::uint32_t more = 1U << std::min(earlier, greatest_back_off);
  // Who asks for as many as can be counted means never, and must not get the few beyond them.
  return least + std::min(more, std::numeric_limits<std::uint32_t>::max() - least);
}

std::uint32_t Agent::recent_fences(Time now, Duration span) const {
  return static_cast<std::uint32_t>(std::ranges::count_if(
      state_.history.fences, [&](Time when) { return when != never && now - when < span; }));
}

bool Agent::may_fence(World& world) {
  const Time now = world.now();
  if (state_.history.maintenance) {
    hold_fire(world, Hold::maintenance);
    return false;
  }
  if (state_.cut_off) {
    hold_fire(world, Hold::cut_off);
    return false;
  }
  if (state_.excused) {
    hold_fire(world, Hold::farewell);
    return false;
  }
  if (config_.witness && state_.role != Role::primary && state_.witness.token != no_token) {
    witness_may_be_silent(now);
    // It still has its time: its answer, or the next miss, will decide.
    if (state_.witness_silent_since == never) return false;
    if (now - state_.witness_silent_since < config_.witness_patience) {
      hold_fire(world, Hold::witness);
      return false;
    }
  }
  if (config_.max_boots != 0 && recent_fences(now, config_.boots_window) >= config_.max_boots) {
    hold_fire(world, Hold::max_boots);
    return false;
  }
  return true;
}

// Silent since when: from the first unanswered ping that was sent while the primary was silent too.
void Agent::witness_may_be_silent(Time now) {
  const Pending& ping = state_.witness;
  if (ping.token == no_token || now - ping.sent < ping.patience) return;
  if (state_.witness_silent_since == never) state_.witness_silent_since = now;
}

void Agent::hold_fire(World& world, Hold why) {
  if (state_.holding_fire && state_.hold == why) return;  // said once is enough
  state_.holding_fire = true;
  state_.hold = why;
  world.note({.kind = Note::Kind::held_fire, .hold = why});
}

void Agent::declare_failure(World& world) {
  world.note({.kind = Note::Kind::declared_failure, .address = watched(), .count = state_.misses});
  order_fence(world);
  if (state_.role == Role::primary) {
    // The monitor's seat is empty until the booted server has had its time.
    return watch_from_the_start(world, config_.monitor_grace);
  }
  forget_handover(world);
  if (state_.role == Role::restarting) return await_fence(world, Cause::restart_overdue);
  switch (config_.takeover) {
    case Takeover::immediate: return become_primary(world, Cause::failure_take_over_now);
    case Takeover::fence_first: return await_fence(world, Cause::failure_fence_first);
    case Takeover::restart_first:
      change_role(world, Cause::failure_restart_first);
      state_.misses = 0;
      state_.holding_fire = false;
      disarm(world, Timer::fence);  // restart_deadline bounds it all
      return arm(world, Timer::restart, after(world.now(), config_.restart_deadline));
  }
}

// ---- the fence ----------------------------------------------------------------------------------

void Agent::order_fence(World& world) {
  const Time now = world.now();
  state_.fence = {.stage = Fence::Stage::ordered, .token = world.draw_token(), .ordered = now};
  // Remembered before it is ordered: a server that is fenced back must not forget that it struck.
  add_fence(state_.history, now);
  world.remember(state_.history);
  world.order(config_.fence_mode == FenceMode::reboot ? PowerOrder::reboot : PowerOrder::off,
              state_.fence.token);
  arm(world, Timer::fence, after(now, config_.fence_timeout));
}

void Agent::await_fence(World& world, Cause cause) {
  drop_ping(world);
  disarm(world, Timer::ping);
  disarm(world, Timer::restart);
  change_role(world, cause);
  state_.restart_overdue = false;
  state_.holding_fire = false;
}

void Agent::fenced(World& world, const FenceReport& report) {
  notice_sleep(world);
  const Fence& fence = state_.fence;
  // Only the latest order counts: an answer to an earlier one says nothing about now.
  if (fence.stage == Fence::Stage::none || report.token != fence.token) return;
  if (fence.stage == Fence::Stage::power_on) {
    // A refused one is repeated when its time is over.
    if (report.result == FenceResult::on) power_is_on(world);
    return;
  }
  if (fence.stage != Fence::Stage::ordered || report.result == FenceResult::on) return;
  if (report.result == FenceResult::refused) {
    remove_latest_fence(state_.history);
    world.remember(state_.history);
    return fence_failed(world, Cause::fence_refused);
  }
  other_is_off(world);
}

void Agent::other_is_off(World& world) {
  const bool apart = config_.fence_mode == FenceMode::off_on;
  state_.excused = false;  // its order was under way before the farewell, and now it boots
  if (state_.role == Role::fencing) {
    world.release(Address::monitor);
    // Old news: the other may have booted since, found this monitor and become the primary. With
    // off and on apart it can't have: it stays off until it is told.
    if (!apart && world.now() - state_.fence.ordered >= config_.fence_validity) {
      return arbitrate(world, Cause::fence_confirmed_late);
    }
    become_primary(world, Cause::fence_confirmed);
  }
  if (apart) {
    state_.fence.power_on_tries = 0;
    power_on_other(world);
  }
  if (state_.role == Role::restarting) {
    // From now on an answer means that it is back: only pings sent from here on count.
    if (!apart) state_.fence.stage = Fence::Stage::confirmed;
    state_.misses = 0;
    drop_ping(world);
  } else if (!apart) {
    end_watch_fence(world);
  }
}

void Agent::power_on_other(World& world) {
  state_.fence.stage = Fence::Stage::power_on;
  ++state_.fence.power_on_tries;
  world.order(PowerOrder::on, state_.fence.token);
  arm(world, Timer::fence, after(world.now(), config_.fence_timeout));
}

// Or nothing more can be done about it here.
void Agent::power_is_on(World& world) {
  if (state_.role == Role::restarting) {
    state_.fence.stage = Fence::Stage::confirmed;
    disarm(world, Timer::fence);
    state_.misses = 0;  // that it did not answer without power says nothing
  } else {
    end_watch_fence(world);
  }
}

void Agent::fence_timer_expired(World& world) {
  if (state_.fence.stage == Fence::Stage::power_on) {
    if (state_.fence.power_on_tries < config_.fence_attempts) return power_on_other(world);
    return power_is_on(world);
  }
  fence_failed(world, Cause::fence_timed_out);
}

void Agent::fence_failed(World& world, Cause cause) {
  if (state_.role == Role::primary) return end_watch_fence(world);
  ++state_.failed_fences;
  if (state_.failed_fences >= config_.fence_attempts &&
      config_.on_fence_failure == OnFenceFailure::takeover && !state_.history.maintenance) {
    forget_fence(world);
    return become_primary(world, Cause::fence_given_up);
  }
  return_to_monitor(world, cause);
}

void Agent::forget_fence(World& world) {
  state_.fence = Fence{};
  disarm(world, Timer::fence);
}

// A primary's fence is over, one way or the other: whoever boots now gets its time for it.
void Agent::end_watch_fence(World& world) {
  forget_fence(world);
  watch_from_the_start(world, config_.monitor_grace);
}

}  // namespace understudy
