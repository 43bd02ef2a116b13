// SPDX-License-Identifier: MIT
//
// Pings that are sent and answered in one step.
//
// On a network that draws what each packet meets with nothing recurs that could be leapt over
// (leap.h). Still, of most pings it is known as they are sent how they end: answered, before
// anything else happens. Such an exchange goes through no agenda. It is the same to the bit,
// because
//
// - the draws are the same: of the same streams, in the same order, while the network is in the
//   same state, for what would change that is an event, and none lies in between;
// - what the servers' kernels do with a ping follows from what cannot change in between either;
// - the agent says itself whether there is more to a ping than to be answered, and what the answer
//   makes of it (Agent::quiet_ping, Agent::exchanged);
// - the ping's timeout is armed and disarmed in between, so nobody sees it;
// - the timer of the next ping was planned as this one was sent, after all that is ahead now and
//   before all that comes later, so at an instant with others it keeps its place.
//
// It is an exchange if both packets arrive once, and the answer sooner than the timeout, than
// whatever is ahead, and than the world is asked to go. What was drawn for a packet is not drawn
// again if it is none: the packet is then sent event by event, and meets with it
// (VirtualLinks::take_back). The answer's draw is its own only if the ping arrives before anything
// else happens, and is not made sooner.
//
// Not so where packets are to be told one by one (Detail::packets).
#include "understudy/virtual_time/virtual_world.h"

namespace understudy {

// All that the timer of a ping that is due now leads to, up to the first that is no exchange.
void VirtualWorld::pass_pings(Item timer, Time until) {
  while (const auto next = exchange(timer.server, until)) {
    timer.at = *next;
    if (timer.at > until || timer.at >= agenda_.next()) return agenda_.add(timer);
    now_ = timer.at;
  }
  happen(timer);
}

// When the next ping is due; none, and nothing has happened, if this one is no exchange.
std::optional<Time> VirtualWorld::exchange(ServerId from, Time until) {
  ServerState& s = server(from);
  if (!s.agent_runs()) return {};
  const Time sent = s.clock.shows(now_);
  const auto ping = s.agent.quiet_ping(sent);
  if (!ping) return {};
  const auto to = reached_by(from, ping->address);
  if (!to) return {};
  const ServerState& target = server(*to);
  if (!target.kernel_runs() || !target.holds[static_cast<std::size_t>(ping->address)]) return {};

  const auto before_all_else = [&](Time when) {
    return when < agenda_.next() && when <= until && s.clock.shows(when) - sent < ping->patience;
  };
  const Path way_there{host_of(from), host_of(*to), PacketKind::ping};
  const auto there = links_.carry(way_there);
  const Time arrival = after(now_, there.delay);
  if (there.copies != 1 || !before_all_else(arrival)) {
    links_.take_back(way_there, there);
    return {};
  }
  const Path way_back{host_of(*to), host_of(from), PacketKind::answer};
  const auto back = links_.carry(way_back);
  const Time answer = after(arrival, back.delay);
  if (back.copies != 1 || !before_all_else(answer)) {
    links_.take_back(way_there, there);
    links_.take_back(way_back, back);
    return {};
  }

  tokens_.skip_to(tokens_.position() + 1);
  ++signals_sent_;
  ++exchanges_;
  now_ = answer;
  const Time next = s.agent.exchanged(sent, s.clock.shows(answer));
  s.deadlines[static_cast<std::size_t>(Timer::ping)] = next;
  return s.clock.when(next);
}

}  // namespace understudy
