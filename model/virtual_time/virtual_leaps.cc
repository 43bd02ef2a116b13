// SPDX-License-Identifier: MIT
//
// How the virtual world leaps over time in which only the same happens again: see leap.h.
#include <algorithm>

#include "understudy/virtual_time/virtual_world.h"

namespace understudy {

// All that is due until the instant to look at has happened, and nothing later.
void VirtualWorld::look_for_recurrence(Time until) {
  const Time now = recurrence_.next();
  if (!may_recur()) return recurrence_.rest();
  if (!recurrence_.keeps() || disturbed_since(*moment_)) {
    keep_moment(now);
    return recurrence_.start_anew();
  }
  const Stride stride(now - moment_->at, moment_->tokens, tokens_);
  if (!recurs(*moment_, stride)) {
    if (!recurrence_.goes_on()) keep_moment(now);
    return;
  }
  const Time when = std::min(until, next_disturbance(*moment_, now));
  const std::int64_t times = periods_until(when, *moment_, stride);
  if (times > 0) leap(stride, times);
  recurrence_.rest_until(when);
}

// Whether the rhythm of now can be one to leap over. That no message gets lost or needs a draw
// holds for a whole stretch without a recorded event, if it does at both ends.
bool VirtualWorld::may_recur() const {
  return links_.plain_delay(Host::first, Host::second) && waiting_.empty() &&
         std::ranges::all_of(servers_, [](const ServerState& s) { return s.clock.keeps_time(); });
}

void VirtualWorld::keep_moment(Time now) {
  if (!moment_) {
    moment_.emplace(servers_);
    moment_->ahead.reserve(agenda_.capacity());
    moment_->moved.reserve(agenda_.capacity());
  }
  moment_->at = now;
  moment_->servers = servers_;
  moment_->ahead = agenda_.items();
  moment_->messages = messages_;
  moment_->tokens = tokens_;
  moment_->signals_sent = signals_sent_;
  moment_->messages_sent = messages_sent_;
  moment_->events = timeline_.events.size();
  moment_->settlements = settlements_;
}

// Faults, orders to the power channel, boots, and changes of routes, of ports and of whatever the
// client meets with leave one of these traces, and so vouch for what is drawn for them and for what
// is not compared.
bool VirtualWorld::disturbed_since(const Moment& then) const {
  return timeline_.events.size() != then.events || settlements_ != then.settlements;
}

bool VirtualWorld::recurs(const Moment& then, const Stride& stride) const {
  const std::vector<Item>& ahead = agenda_.items();
  if (ahead.size() != then.ahead.size()) return false;
  for (std::size_t i = 0; i < servers_.size(); ++i) {  // what differs most often, first
    const State& state = servers_[i].agent.state();
    if (state.answers != then.servers[i].agent.state().answers) return false;
  }
  for (std::size_t i = 0; i < ahead.size(); ++i) {
    if (later(then.ahead[i], then.ahead[i], ahead[i], then, stride, 1) != ahead[i]) return false;
  }
  for (std::size_t i = 0; i < servers_.size(); ++i) {
    ServerState moved = later(then.servers[i], then.servers[i], servers_[i], then, stride, 1);
    // A leap ends before anybody can see of which writes these are.
    moved.memory.version = servers_[i].memory.version;
    moved.incoming.version = servers_[i].incoming.version;
    if (moved != servers_[i]) return false;
  }
  return true;
}

// Only what belongs to the rhythm moves; a fault that strikes again as much later does not.
VirtualWorld::Item VirtualWorld::later(const Item& from, const Item& then, const Item& now,
                                       const Moment& moment, const Stride& stride,
                                       std::int64_t times) const {
  switch (now.kind) {
    case Item::Kind::timer:
    case Item::Kind::ping_arrives:
    case Item::Kind::answer_arrives:
    case Item::Kind::message_arrives:
    case Item::Kind::announcement:
    case Item::Kind::route_heard:
    case Item::Kind::copy_begins:
    case Item::Kind::copy_arrives:
    case Item::Kind::copy_fails:
    case Item::Kind::health_check: break;
    default: return from;
  }
  if (!stride.moves({then.at, now.at})) return from;
  Item moved = from;
  moved.at += times * stride.period();
  moved.token = stride.later(from.token, times);
  // Where a message is kept says nothing.
  if (now.kind == Item::Kind::message_arrives && then.kind == now.kind &&
      moment.messages[then.slot] == messages_[now.slot]) {
    moved.slot = now.slot;
  }
  return moved;
}

VirtualWorld::ServerState VirtualWorld::later(const ServerState& from, const ServerState& then,
                                              const ServerState& now, const Moment& moment,
                                              const Stride& stride, std::int64_t times) const {
  ServerState moved = from;
  for (std::size_t i = 0; i < timer_count; ++i) {
    moved.deadlines[i] =
        stride.later(from.deadlines[i], {then.deadlines[i], now.deadlines[i]}, times);
  }
  const Agent& agent = from.agent;
  const std::uint32_t deciding = then.agent.misses_needed(then.clock.shows(moment.at));
  moved.agent =
      Agent(agent.id(), agent.config(),
            stride.later(agent.state(), then.agent.state(), now.agent.state(), deciding, times));
  return moved;
}

// The first instant after now at which something happens that is not of the rhythm, or may.
Time VirtualWorld::next_disturbance(const Moment& then, Time now) const {
  Time next = never;
  for (std::size_t i = 0; i < then.ahead.size(); ++i) {
    if (agenda_.items()[i].at == then.ahead[i].at) next = std::min(next, then.ahead[i].at);
  }
  for (std::size_t i = 0; i < servers_.size(); ++i) {
    next = std::min(next, next_change_of_mind(servers_[i].agent, then.servers[i].agent.state(),
                                              servers_[i].clock, now));
  }
  return next;
}

// How many periods a leap may take, so that two more are left until then.
std::int64_t VirtualWorld::periods_until(Time when, const Moment& then,
                                         const Stride& stride) const {
  std::int64_t times = (when - then.at) / stride.period() - 3;
  for (std::size_t i = 0; i < servers_.size(); ++i) {
    times = std::min(times,
                     stride.most_periods(then.servers[i].agent.state(), servers_[i].agent.state()));
  }
  return times;
}

void VirtualWorld::leap(const Stride& stride, std::int64_t times) {
  const Moment& then = *moment_;
  std::vector<Item>& ahead = moment_->moved;
  ahead = agenda_.items();
  agenda_.clear();
  // What stands still was planned before what moves, and comes first at an instant of both.
  for (const bool moving : {false, true}) {
    for (std::size_t i = ahead.size(); i-- > 0;) {
      if (stride.moves({then.ahead[i].at, ahead[i].at}) != moving) continue;
      agenda_.add(later(ahead[i], then.ahead[i], ahead[i], then, stride, times));
    }
  }
  for (std::size_t i = 0; i < servers_.size(); ++i) {
    servers_[i] = later(servers_[i], then.servers[i], servers_[i], then, stride, times);
  }
  const auto periods = static_cast<std::uint64_t>(times);
  tokens_.skip_to(tokens_.position() + periods * stride.draws());
  signals_sent_ += periods * (signals_sent_ - then.signals_sent);
  messages_sent_ += periods * (messages_sent_ - then.messages_sent);
  now_ = then.at + (times + 1) * stride.period();
  leapt_ += times * stride.period();
}

}  // namespace understudy
