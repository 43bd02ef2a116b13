// SPDX-License-Identifier: MIT
//
// The promises of the pair, watched after every input and every change:
//
// - with a truthful power channel and a policy that waits for it, never two servers hold the
//   primary address, paused ones included;
// - an address is held exactly in the roles that hold it, and the monitor one goes before the
//   primary one comes;
// - only a primary serves, in a term that it has remembered, no lower than its memory's;
// - nobody is fenced without as many unanswered pings in a row as the policy asks for, and every
//   fence is remembered before it is ordered;
// - the timers that the agent believes in are those that the world has.
#include <algorithm>
#include <ranges>

#include "pair.h"
#include "understudy/failover/derive.h"
#include "understudy/failover/transitions.h"

namespace understudy::transcript {
void Pair::promise(bool kept, const std::string& what) {
  if (kept || std::ranges::find(broken_, what) != broken_.end()) return;
  broken_.push_back(what);
  story_.tell(now_, "BROKEN PROMISE: " + what);
}

bool Pair::promises_one_primary() const {
  const Config& c = config();
  return truthful_ && c.method == Method::today && c.takeover != Takeover::immediate &&
         c.on_fence_failure == OnFenceFailure::hold &&
         std::ranges::none_of(violations(c), [](const Violation& violation) {
           return violation.severity == Severity::error;
         });
}

void Pair::watch() {
  int holders = 0;
  int answering = 0;
  for (const Machine& m : machines_) {
    if (m.power != Machine::Power::on) continue;
    if (m.is_holding(Address::primary)) {
      ++holders;
      if (m.answers()) ++answering;
    }
    for (const Address address : {Address::primary, Address::monitor}) {
      promise(m.is_holding(address) == (held_in(m.agent.role()) == address),
              "an address is held exactly in the roles that hold it");
    }
    promise(!m.serving || m.agent.role() == Role::primary, "only a primary serves");
    promise(m.timers == m.agent.state().deadlines, "agent and world agree on the timers");
  }
  promise(holders < 2 || !promises_one_primary(), "never two holders of the primary address");
  if ((answering == 2) != two_primaries_) {
    two_primaries_ = !two_primaries_;
    story_.tell(now_, two_primaries_ ? "TWO SERVERS answer for the primary address"
                                     : "no longer do two servers answer for the primary address");
  }
}

void Pair::promise_fresh_misses(ServerId id) {
  const Machine& m = machine(id);
  const std::uint32_t needed =
      m.agent.role() == Role::primary ? config().watch_misses : config().misses;
  // The latest ping is no miss yet if its time is not over.
  const bool open =
      config().detector == DetectorKind::fixed && now_ - m.last_ping_at < config().ping_timeout;
  promise(m.unanswered >= needed + (open ? 1 : 0), "nobody is fenced without fresh misses");
  promise(std::ranges::find(m.history.fences, now_) != m.history.fences.end(),
          "a fence is remembered before it is ordered");
}

}  // namespace understudy::transcript
