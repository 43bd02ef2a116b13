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
// It is an exchange if the ping arrives, and the answer sooner than the timeout, than whatever is
// ahead, and than the world is asked to go. Else nothing has been drawn yet, for the network's
// draws can be looked at before they are made (lane.h), and the ping is sent event by event.
//
// Not so where the network does more to packets than delay and lose them, nor where packets are to
// be told one by one (Detail::packets).
#include <algorithm>

#include "understudy/virtual_time/virtual_world.h"

namespace understudy {

// All that the timer of a ping that is due now leads to, up to the first that is no exchange.
void VirtualWorld::pass_pings(Item timer, Time until) {
  const ServerState& s = server(timer.server);
  const Time end = std::min(agenda_.next(), after(until, Duration(1)));
  auto lanes = lanes_of_pings(timer.server);
  while (lanes && exchange(timer.server, *lanes, end)) {
    timer.at = s.clock.when(s.deadlines[static_cast<std::size_t>(Timer::ping)]);
    if (timer.at >= end) return agenda_.add(timer);
    now_ = timer.at;
  }
  happen(timer);
}

// The way of this server's pings and that of their answers, if somebody would answer.
std::optional<VirtualWorld::Lanes> VirtualWorld::lanes_of_pings(ServerId from) {
  const ServerState& s = server(from);
  const auto ping = s.agent.quiet_ping(s.clock.shows(now_));
  if (!ping || !s.agent_runs()) return {};
  const std::optional<ServerId> to = reached_by(from, ping->address);
  if (!to) return {};
  const ServerState& target = server(*to);
  if (!target.kernel_runs() || !target.holds[static_cast<std::size_t>(ping->address)]) return {};
  const auto there = links_.lane({host_of(from), host_of(*to), PacketKind::ping});
  const auto back = links_.lane({host_of(*to), host_of(from), PacketKind::answer});
  if (!there || !back) return {};
  return Lanes{.there = *there, .back = *back};
}

// The ping that is due now. False: it is no exchange, and nothing has happened.
bool VirtualWorld::exchange(ServerId from, Lanes& lanes, Time end) {
  auto& [there, back] = lanes;
  ServerState& s = server(from);
  const Time sent = s.clock.shows(now_);
  const auto ping = s.agent.quiet_ping(sent);
  if (!ping) return false;
  const Duration room = std::min(end, s.clock.when(sent + ping->patience)) - now_;
  Duration taken = sum(there.usual(), back.usual());
  const bool as_usual = taken < room && there.next_is_usual() && back.next_is_usual();
  if (!as_usual || ping->teaches) {
    const auto way_there = there.next();
    const auto way_back = back.next();
    if (!way_there || !way_back) return false;
    taken = sum(*way_there, *way_back);
    if (taken >= room) return false;
  }
  there.send();
  back.send();
  tokens_.skip_to(tokens_.position() + 1);
  ++signals_sent_;
  ++exchanges_;
  s.deadlines[static_cast<std::size_t>(Timer::ping)] =
      s.agent.exchanged(sent, s.clock.shows(now_ + taken) - sent);
  return true;
}

}  // namespace understudy
