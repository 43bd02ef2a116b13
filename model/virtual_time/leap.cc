// SPDX-License-Identifier: MIT
#include "understudy/virtual_time/leap.h"

#include <algorithm>
#include <array>
#include <limits>

namespace understudy {
namespace {

// Tokens under way were drawn just now: one for a ping and one for the witness, on either side.
constexpr std::uint64_t latest_tokens = 16;

}  // namespace

Token Stride::later(Token from, std::int64_t times) const {
  if (from == no_token) return from;
  // `from` may be of the earlier moment, when there were fewer draws.
  for (const std::uint64_t drawn : {tokens_.position(), tokens_.position() - draws_}) {
    for (std::uint64_t i = drawn; i > 0 && drawn - i < latest_tokens; --i) {
      if (tokens_.at(i - 1) != from) continue;
      return tokens_.at(i - 1 + static_cast<std::uint64_t>(times) * draws_);
    }
  }
  return from;
}

Pending Stride::later(const Pending& from, const Pending& then, const Pending& now,
                      std::int64_t times) const {
  Pending moved = from;
  if (!moves({then.sent, now.sent})) return moved;
  moved.sent += times * period_;
  moved.token = later(from.token, times);
  return moved;
}

State Stride::later(const State& from, const State& then, const State& now, std::uint32_t deciding,
                    std::int64_t times) const {
  State moved = from;
  moved.pending = later(from.pending, then.pending, now.pending, times);
  moved.late = later(from.late, then.late, now.late, times);
  moved.witness = later(from.witness, then.witness, now.witness, times);
  for (std::size_t i = 0; i < timer_count; ++i) {
    moved.deadlines[i] = later(from.deadlines[i], {then.deadlines[i], now.deadlines[i]}, times);
  }
  if (then.misses > deciding && now.misses > then.misses) {
    moved.misses += static_cast<std::uint32_t>(times) * (now.misses - then.misses);
  }
  return moved;
}

std::int64_t Stride::most_periods(const State& then, const State& now) const {
  constexpr auto most = std::numeric_limits<std::uint32_t>::max();
  if (now.misses <= then.misses) return std::numeric_limits<std::int64_t>::max();
  return (most - now.misses) / (now.misses - then.misses);
}

Time next_change_of_mind(const Agent& agent, const State& then, const LocalClock& clock, Time now) {
  const State& state = agent.state();
  const Config& config = agent.config();
  const Time local_now = clock.shows(now);
  Time next = never;
  const auto consider = [&](Time from, Duration span) {
    if (from == never) return;
    const Time when = after(from, span);
    if (when > local_now) next = std::min(next, when);
  };
  for (const Time fence : state.history.fences) {
    consider(fence, Agent::peace);
    consider(fence, config.boots_window);
  }
  consider(state.witness_silent_since, config.witness_patience);
  // Those that do not move.
  for (const auto pending : {&State::pending, &State::late, &State::witness}) {
    const Pending& ping = state.*pending;
    if (ping.token != no_token && ping == then.*pending) consider(ping.sent, ping.patience);
  }
  return clock.when(next);
}

void Recurrence::start_anew() {
  keeps_ = true;
  patience_ = first_patience;
  looks_left_ = patience_;
  next_ = after(next_, step_);
}

// With the greatest patience spent it goes on with that, though by then the rhythms hardly have a
// common one: a comparison costs little beside the events of a ping.
bool Recurrence::goes_on() {
  next_ = after(next_, step_);
  if (--looks_left_ > 0) return true;
  patience_ = std::min(2 * patience_, most_patience);
  looks_left_ = patience_;
  return false;
}

void Recurrence::rest_until(Time when) {
  next_ = std::max(after(next_, Duration(1)), when);
  keeps_ = false;
}

}  // namespace understudy
