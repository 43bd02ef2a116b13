// SPDX-License-Identifier: MIT
//
// What must be true of the pair: after every input, at every fence, and in the end.
#include <algorithm>

#include "checked_pair.h"
#include "understudy/failover/transitions.h"

namespace understudy::check {

void CheckedPair::promise_fresh_misses(const Machine& m, const Config& config) {
  const bool open = m.last_ping != no_token && now_ - m.last_ping_at < config.ping_timeout;
  const bool watching = m.holds[static_cast<std::size_t>(Address::primary)];
  // The latest ping is no miss yet if its time is not over.
  const std::uint32_t needed = (watching ? config.watch_misses : config.misses) + (open ? 1 : 0);
  promise(m.unanswered >= needed, "a server is fenced without fresh misses");
  promise(std::ranges::find(m.kept.fences, now_) != m.kept.fences.end(),
          "a fence is ordered before it is remembered");
  if (config.max_boots == 0) return;
  const auto recent = std::ranges::count_if(m.kept.fences, [&](Time when) {
    return when != never && when < now_ && now_ - when < config.boots_window;
  });
  promise(recent < config.max_boots, "more fences than max_boots");
  promise(recent == 0 || m.unanswered >= needed + (1U << recent), "a fence does not back off");
}

void CheckedPair::watch() {
  for (const Machine& m : machines_) {
    if (m.power != Power::on) continue;
    for (const Address address : {Address::primary, Address::monitor}) {
      promise(m.holds.at(static_cast<std::size_t>(address)) == (held_in(m.agent.role) == address),
              "an address is held in a role that does not hold it, or the reverse");
    }
    promise(!m.serving || m.agent.role == Role::primary, "a server serves that is no primary");
  }
}

bool CheckedPair::good() const {
  const Machine& a = machines_[0];
  const Machine& b = machines_[1];
  if (!a.running() || !b.running()) return false;
  const Machine& p = a.agent.role == Role::primary ? a : b;
  const Machine& m = a.agent.role == Role::primary ? b : a;
  return p.agent.role == Role::primary && m.agent.role == Role::monitor && p.serving;
}

bool CheckedPair::settled(const Config& config) const {
  if (!good() || !orders_.empty()) return false;
  if (std::ranges::any_of(packets_, [](const Packet& packet) { return packet.late; })) return false;
  return std::ranges::all_of(machines_, [&](const Machine& m) {
    const State& s = m.agent;
    // A ping whose answer is lost already is a miss to come.
    if (s.pending.token != no_token && std::ranges::none_of(packets_, [&](const Packet& packet) {
          return packet.kind == Packet::Kind::answer && packet.token == s.pending.token;
        })) {
      return false;
    }
    const Time earliest = *std::ranges::min_element(s.deadlines);
    // It has yet to notice that it was asleep.
    if (config.asleep_after != forever && now_ - earliest > config.asleep_after) return false;
    const bool heard = s.heard || (s.role == Role::primary &&
                                   s.deadlines[static_cast<std::size_t>(Timer::ping)] == never);
    return heard && s.misses == 0 && s.fence.stage == Fence::Stage::none && s.nonce == no_token &&
           s.catch_up == CatchUp::none;
  });
}

}  // namespace understudy::check
