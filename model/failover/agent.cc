// SPDX-License-Identifier: MIT
//
// Inputs, roles, signals and time. What an agent does about a failure is in agent_failure.cc, about
// memory and switchover in agent_handover.cc.
#include "understudy/failover/agent.h"

#include <algorithm>
#include <cassert>
#include <tuple>
#include <utility>

namespace understudy {

// ---- inputs -------------------------------------------------------------------------------------

void Agent::booted(World& world) {
  let_everything_go(world);
  state_ = State{.role = state_.role, .history = world.recall()};
  ask_who_is_what(world, Cause::boot);
}

void Agent::settled(World& world, const Settled& how) {
  state_ = State{};
  state_.history = world.recall();
  state_.role = how.role;
  state_.heard = true;
  state_.grace_over = true;
  if (how.role == Role::primary) {
    state_.history.term = 1;
    world.remember(state_.history);
    world.claim(Address::primary);
    serve(world);
  } else {
    state_.seen = 1;
    world.claim(Address::monitor);
  }
  announce_held(world);
  if (config_.announce_interval > Duration::zero()) {
    arm(world, Timer::announce, how.first_announcement);
  }
  if (watches()) arm(world, Timer::ping, how.first_ping);
}

void Agent::answered(World& world, const Answer& answer) {
  notice_sleep(world);
  if (answer.token == no_token) return;
  if (answer.address == Address::witness) {
    if (answer.token != state_.witness.token) return;
    if (answer.received - state_.witness.sent > state_.witness.patience) return;
    state_.witness = Pending{};
    state_.witness_silent_since = never;
    // A ping may have been judged sooner, and the failure have waited for this.
    if (state_.pending.token == no_token && watches()) consider_failure(world);
    return;
  }
  if (answer.token == state_.late.token) {  // no sign of life in time, but so long it can take
    state_.detector.answered(config_, answer.received - state_.late.sent);
    state_.late = Pending{};
    return;
  }
  // The token alone decides whether an answer is the one that is waited for: it was drawn for one
  // signal, and a signal that is no longer of interest has been dropped.
  if (answer.token != state_.pending.token || answer.address != watched()) return;
  if (answer.received - state_.pending.sent > state_.pending.patience) return;  // late is a miss
  if (state_.role == Role::arbitrating) {
    become_primary(world, Cause::probe_answered);
  } else {
    ping_answered(world, answer);
  }
}

void Agent::expired(World& world, Timer timer) {
  notice_sleep(world);
  Time& slot = deadline(timer);
  if (slot > world.now()) return;  // disarmed or moved since
  const Time due = slot;
  slot = never;
  switch (timer) {
    case Timer::ping: return ping_due(world, due);
    case Timer::ping_timeout: return ping_missed(world);
    case Timer::probe:
      if (--state_.probes_left > 0) return send_probe(world);
      return become_monitor(world);
    case Timer::grace: state_.grace_over = true; return;
    case Timer::announce:
      announce_held(world);
      return arm(world, Timer::announce, next_after(due, config_.announce_interval, world.now()));
    case Timer::fence: return fence_timer_expired(world);
    case Timer::restart: state_.restart_overdue = true; return consider_failure(world);
    case Timer::handover: return handover_timer_expired(world);
  }
}

void Agent::received(World& world, const Message& message) {
  notice_sleep(world);
  switch (message.kind) {
    case Message::Kind::announcement: return heard_announcement(world, message);
    case Message::Kind::prepare: return prepare(world, message.nonce);
    case Message::Kind::ready:
      if (state_.role != Role::handing_over || message.nonce != state_.nonce) return;
      world.release(Address::primary);
      tell(world, {.kind = Message::Kind::go, .nonce = message.nonce});
      return arbitrate(world, Cause::let_go);
    case Message::Kind::go:
      // Only whoever waits for this very one may act on it: a late one must not make a second
      // primary.
      if (state_.role != Role::taking_over || message.nonce != state_.nonce) return;
      return become_primary(world, Cause::go_received);
    case Message::Kind::memory_query:
      return tell(
          world,
          {.kind = Message::Kind::memory_report, .nonce = message.nonce, .memory = world.memory()});
    case Message::Kind::memory_report: return heard_of_memory(world, message);
    case Message::Kind::farewell: return excuse_other(world);
  }
}

void Agent::contested(World& world, Address address) {
  notice_sleep(world);
  // Who comes first can't be read off the wire; the other agent can tell, once it knows our rank.
  // It hears that with the next announcement. Told at once, two holders of which one is deaf would
  // excite each other as fast as the network allows.
  if (config_.announce_interval > Duration::zero()) return;
  if (config_.conflict_detection && holds(address)) tell_rank(world, address);
}

void Agent::checked(World& world, Health health) {
  notice_sleep(world);
  if (health == Health::well) {
    state_.ill_checks = 0;
    state_.ill = false;
    return;
  }
  state_.ill_checks = std::min(state_.ill_checks + 1, config_.unhealthy_after);
  state_.ill = state_.ill_checks >= config_.unhealthy_after;
  if (!state_.ill || state_.ill_handover_spent || state_.history.maintenance) return;
  if (!can_hand_over()) return;
  state_.ill_handover_spent = true;
  hand_over(world, Cause::service_ill);
}

// Who hears nobody because its own cable is out knows nothing of the other: it would fence a
// healthy server to take over on a network that it is not on. When the link is back, the network
// may need longer than a failure takes to let anything through, so it is as patient as after a
// boot.
void Agent::linked(World& world, OwnLink link) {
  if (!config_.own_link) return;
  notice_sleep(world);
  const bool was_cut_off = std::exchange(state_.cut_off, link == OwnLink::down);
  if (was_cut_off && !state_.cut_off) leave_time_to_appear(world);
}

void Agent::requested(World& world, Request request) {
  notice_sleep(world);
  switch (request) {
    case Request::switchover:
      if (can_hand_over()) hand_over(world, Cause::switchover_requested);
      return;
    case Request::maintenance_on:
    case Request::maintenance_off:
      state_.history.maintenance = request == Request::maintenance_on;
      state_.holding_fire = false;
      world.remember(state_.history);
      return;
  }
}

// ---- roles --------------------------------------------------------------------------------------

void Agent::change_role(World& world, Cause cause) {
  const Transition* row = find_transition(state_.role, cause);
  assert(row != nullptr && "a change of role that the table does not know");
  state_.role = row->to;
  world.note({.kind = Note::Kind::became, .role = row->to, .cause = cause});
}

// Back to the beginning, without what was learned of the other's fence.
void Agent::arbitrate(World& world, Cause cause) {
  let_everything_go(world);
  state_ = State{.role = state_.role,
                 .history = state_.history,
                 .seen = state_.seen,
                 .cut_off = state_.cut_off,
                 .ill_checks = state_.ill_checks,
                 .ill = state_.ill,
                 .ill_handover_spent = state_.ill_handover_spent,
                 .detector = state_.detector};
  ask_who_is_what(world, cause);
}

// What is held may be held since before this agent knew anything: a daemon that starts again would
// otherwise be answered by the monitor address on its own interface.
void Agent::let_everything_go(World& world) {
  world.rest();
  stop_copy(world);
  world.release(Address::primary);
  world.release(Address::monitor);
  for (std::size_t i = 0; i < timer_count; ++i) disarm(world, static_cast<Timer>(i));
}

void Agent::ask_who_is_what(World& world, Cause cause) {
  change_role(world, cause);
  state_.probes_left = config_.probes;
  send_probe(world);
}

void Agent::become_monitor(World& world) {
  change_role(world, Cause::probes_unanswered);
  world.claim(Address::monitor);
  hold_on_to_address(world);
  watch_from_the_start(world, config_.startup_grace);
  ping_due(world, world.now());
}

// The fence has come to nothing, or has done its work without a change of roles.
void Agent::return_to_monitor(World& world, Cause cause) {
  forget_fence(world);
  disarm(world, Timer::restart);
  change_role(world, cause);
  state_.restart_overdue = false;
  state_.holding_fire = false;
  state_.misses = 0;
  state_.heard = true;
  disarm(world, Timer::grace);
  drop_ping(world);
  ping_due(world, world.now());
}

void Agent::become_primary(World& world, Cause cause) {
  // The monitor address goes before the primary one comes, so that the booting server cannot be
  // told of a monitor that is none.
  if (holds(Address::monitor)) world.release(Address::monitor);
  stop_copy(world);
  drop_ping(world);
  for (const Timer timer : {Timer::ping, Timer::probe, Timer::restart, Timer::handover}) {
    disarm(world, timer);
  }
  change_role(world, cause);
  // The memory knows of tenures too: whoever copied it may have booted since and forgotten whom it
  // saw. Were its next writes of a lower term, the other would refuse every copy of them as older.
  state_.history.term = std::max({state_.history.term, state_.seen, world.memory().term}) + 1;
  forget_handover(world);
  state_.restart_overdue = false;
  state_.failed_fences = 0;
  world.remember(state_.history);  // before anybody is told of the new term
  world.claim(Address::primary);
  hold_on_to_address(world);
  watch_from_the_start(world, config_.monitor_grace);
  if (watches()) arm(world, Timer::ping, after(world.now(), config_.ping_interval));
  if (cause == Cause::probe_answered && config_.newer_memory_wins) {
    ask_for_newer_memory(world);
  } else {
    serve(world);
  }
}

// Nothing is known of the other server yet; it may be booting.
void Agent::watch_from_the_start(World& world, Duration grace) {
  drop_ping(world);
  state_.misses = 0;
  state_.answers = 0;
  state_.heard = false;
  state_.rival_known = false;
  state_.holding_fire = false;
  state_.witness_silent_since = never;
  state_.grace_over = grace == Duration::zero();
  if (watches() && !state_.grace_over) {
    arm(world, Timer::grace, after(world.now(), grace));
  } else {
    disarm(world, Timer::grace);
  }
}

// ---- addresses ----------------------------------------------------------------------------------

bool Agent::holds(Address address) const { return held_in(state_.role) == address; }

// Announces the address that has just been claimed, now and from now on.
void Agent::hold_on_to_address(World& world) {
  announce_held(world);
  if (config_.announce_interval > Duration::zero()) {
    arm(world, Timer::announce, after(world.now(), config_.announce_interval));
  }
}

void Agent::announce_held(World& world) {
  for (const Address address : {Address::primary, Address::monitor}) {
    if (!holds(address)) continue;
    world.announce(address);
    if (config_.conflict_detection) tell_rank(world, address);
  }
}

void Agent::tell_rank(World& world, Address address) {
  tell(world, {.kind = Message::Kind::announcement,
               .address = address,
               .healthy = !state_.ill,
               .term = state_.history.term});
}

void Agent::tell(World& world, Message message) {
  message.from = id_;
  world.tell(message);
}

void Agent::heard_announcement(World& world, const Message& message) {
  state_.seen = std::max(state_.seen, message.term);
  if (message.healthy) state_.ill_handover_spent = false;
  if (state_.role == Role::primary && message.address == Address::monitor) {
    outrank(world, message.term);
  }
  if (!config_.conflict_detection || !holds(message.address)) return;
  // Both sides compare the same two pairs, so exactly one of them yields.
  if (std::tie(message.term, message.from) > std::tie(state_.history.term, id_)) {
    // Its last word, so that the other knows of the conflict too: whoever stays announces again,
    // for neighbours that believe the loser, and gives it the time to find its place.
    tell_rank(world, message.address);
    return arbitrate(world, Cause::conflict_lost);
  }
  announce_held(world);
  if (state_.rival_known) return;
  world.note({.kind = Note::Kind::conflict_won, .address = message.address});
  leave_time_to_appear(world);  // the loser asks now who is what
  state_.rival_known = true;
}

// The other's silence until now, and until it has found its place, is no reason to fence it. For
// the loser of a conflict once only: a rival that can be heard but does not hear would otherwise
// keep its seat for ever.
void Agent::leave_time_to_appear(World& world) {
  if (state_.fence.stage != Fence::Stage::none) return;
  if (state_.role == Role::monitor) watch_from_the_start(world, config_.startup_grace);
  if (state_.role == Role::primary) watch_from_the_start(world, config_.monitor_grace);
}

// A monitor that is stopped on purpose has not failed: it is missed, but not booted, until it
// answers again. A monitor excuses no primary: the network needs one, and that the other has not
// started again since it said farewell only a fence can tell.
void Agent::excuse_other(World& world) {
  if (!config_.watch_monitor) return;
  if (state_.role != Role::primary && state_.role != Role::handing_over) return;
  // Off since, and about to boot: that is watched.
  if (state_.fence.stage == Fence::Stage::power_on) return;
  drop_ping(world);  // an answer from before the farewell may still be on its way
  state_.heard = false;
  state_.grace_over = true;  // nobody says when it will be back
  disarm(world, Timer::grace);
  state_.excused = true;
  if (state_.role == Role::handing_over) arm(world, Timer::handover, world.now());  // to nobody
}

// Whoever is monitor now was primary before: this tenure is the later one, and its writes must be
// the newer ones. Only a server that took over without having heard of the other's term is behind.
void Agent::outrank(World& world, Term term) {
  if (term < state_.history.term) return;
  state_.history.term = term + 1;
  world.remember(state_.history);
  if (state_.catch_up == CatchUp::none) world.serve(state_.history.term);
}

// ---- signals ------------------------------------------------------------------------------------

bool Agent::watches() const {
  switch (state_.role) {
    case Role::monitor:
    case Role::restarting: return true;
    case Role::primary: return config_.watch_monitor;
    default: return false;
  }
}

Address Agent::watched() const {
  return state_.role == Role::arbitrating || state_.role == Role::primary ? Address::monitor
                                                                          : Address::primary;
}

void Agent::send_probe(World& world) {
  const Time now = world.now();
  state_.pending = {.token = world.draw_token(), .sent = now, .patience = config_.probe_timeout};
  world.signal(Address::monitor, state_.pending.token);
  arm(world, Timer::probe, now + config_.probe_timeout);
}

void Agent::send_ping(World& world) {
  const Time now = world.now();
  state_.pending = {
      .token = world.draw_token(), .sent = now, .patience = state_.detector.patience(config_)};
  world.signal(watched(), state_.pending.token);
  arm(world, Timer::ping_timeout, now + state_.pending.patience);
  if (config_.witness && state_.role != Role::primary) {
    if (state_.misses > 0) witness_may_be_silent(now);
    state_.witness = {.token = world.draw_token(), .sent = now, .patience = config_.ping_timeout};
    world.signal(Address::witness, state_.witness.token);
  }
}

void Agent::drop_ping(World& world) {
  if (state_.pending.token == no_token) return;
  state_.pending = Pending{};
  disarm(world, Timer::ping_timeout);
}

void Agent::ping_due(World& world, Time due) {
  // A ping whose timeout is as long as the interval is judged before the next one leaves.
  if (state_.pending.token != no_token) {
    disarm(world, Timer::ping_timeout);
    ping_missed(world);
    if (!watches()) return;
  }
  arm(world, Timer::ping, next_ping(due, world.now()));
  send_ping(world);
}

// After the one that is due and leaves now.
Time Agent::next_ping(Time due, Time now) const {
  const Time next = next_after(due, config_.ping_interval, now);
  // A ping that leaves late keeps all of its time: the next beat after it must not judge it. Then
  // the rhythm begins anew with it. It does not leave that beat out: on a real clock every ping is
  // a little late, and those whose timeout is as long as the interval would be half as many.
  const bool too_soon = next < now + state_.detector.patience(config_);
  return too_soon ? now + config_.ping_interval : next;
}

void Agent::ping_missed(World& world) {
  if (config_.detector != DetectorKind::fixed) state_.late = state_.pending;
  state_.pending = Pending{};
  ++state_.misses;
  // Misses beyond what a failure takes decide nothing: a grace, a fence or an operator does.
  if (state_.misses <= misses_needed(world.now())) {
    world.note({.kind = Note::Kind::missed, .address = watched(), .count = state_.misses});
  }
  consider_failure(world);
}

void Agent::ping_answered(World& world, const Answer& answer) {
  heed_answer(answer.received - state_.pending.sent);
  state_.pending = Pending{};
  disarm(world, Timer::ping_timeout);
  if (state_.role == Role::restarting) {
    // Before the power went, an answer is no restart. Whoever still answers when its time to come
    // back is over was never booted, or is back.
    if (state_.fence.stage != Fence::Stage::ordered || state_.restart_overdue) {
      return_to_monitor(world, Cause::restarted);
    }
    return;
  }
  // While a fence is outstanding, an answer may be the last before the power goes. Believing it
  // would end the grace of the server that boots then.
  if (state_.role == Role::primary && state_.fence.stage != Fence::Stage::none) return;
  if (!state_.heard) {
    state_.heard = true;
    state_.excused = false;
    state_.rival_known = false;
    disarm(world, Timer::grace);
  }
  if (state_.role != Role::monitor) return;
  state_.failed_fences = 0;
  if (config_.copy_every == 0) return;
  if (++state_.answers >= config_.copy_every && !state_.copying) {
    state_.answers = 0;
    start_copy(world);
  }
}

void Agent::heed_answer(Duration round_trip) {
  state_.detector.answered(config_, round_trip);
  state_.misses = 0;
  state_.holding_fire = false;
  state_.witness_silent_since = never;
}

std::optional<Agent::QuietPing> Agent::quiet_ping(Time now) const {
  const Time due = state_.deadlines[static_cast<std::size_t>(Timer::ping)];
  if (due > now || now - due > config_.asleep_after) return {};
  if (state_.pending.token != no_token || !state_.heard) return {};
  if (state_.role == Role::primary) {
    if (!config_.watch_monitor || state_.fence.stage != Fence::Stage::none) return {};
  } else if (state_.role == Role::monitor) {
    const bool copies = config_.copy_every != 0 && !state_.copying;
    if (config_.witness || (copies && state_.answers + 1 >= config_.copy_every)) return {};
  } else {
    return {};
  }
  return QuietPing{.address = watched(),
                   .patience = state_.detector.patience(config_),
                   .teaches = config_.detector != DetectorKind::fixed};
}

Time Agent::exchanged(Time sent, Duration round_trip) {
  Time& due = deadline(Timer::ping);
  due = next_ping(due, sent);
  heed_answer(round_trip);
  if (state_.role == Role::monitor) {
    state_.failed_fences = 0;
    if (config_.copy_every != 0) ++state_.answers;
  }
  return due;
}

// ---- time ---------------------------------------------------------------------------------------

Time& Agent::deadline(Timer timer) { return state_.deadlines[static_cast<std::size_t>(timer)]; }

void Agent::arm(World& world, Timer timer, Time when) {
  deadline(timer) = when;
  world.arm(timer, when);
}

void Agent::disarm(World& world, Timer timer) {
  if (deadline(timer) == never) return;
  deadline(timer) = never;
  world.disarm(timer);
}

// The next beat of a rhythm, on the beat; a beat that was slept through is not made up for.
Time Agent::next_after(Time due, Duration interval, Time now) {
  const Time next = due + interval;
  return next > now ? next : now + interval;
}

// A timer that fires far too late says that this server, not the network, was away.
void Agent::notice_sleep(World& world) {
  if (config_.asleep_after == forever) return;
  Time earliest = never;
  for (const Time when : state_.deadlines) earliest = when < earliest ? when : earliest;
  if (earliest == never || world.now() - earliest <= config_.asleep_after) return;
  world.note({.kind = Note::Kind::slept});
  slept(world);
}

// Nothing that was missed during a sleep is evidence against anybody.
void Agent::slept(World& world) {
  switch (state_.role) {
    case Role::arbitrating:
    case Role::taking_over: return arbitrate(world, Cause::slept);
    case Role::fencing:
    case Role::handing_over: break;  // the timers of these lead out of them safely
    case Role::primary:
      if (config_.takeover == Takeover::immediate) return arbitrate(world, Cause::slept);
      announce_held(world);  // so that a rival shows
      [[fallthrough]];
    case Role::monitor:
    case Role::restarting:
      drop_ping(world);
      state_.late = Pending{};
      state_.misses = 0;
      state_.witness_silent_since = never;
      if (!state_.heard && state_.role != Role::restarting &&
          (state_.grace_over || deadline(Timer::grace) <= world.now())) {
        watch_from_the_start(
            world, state_.role == Role::monitor ? config_.startup_grace : config_.monitor_grace);
      }
      if (watches()) arm(world, Timer::ping, world.now());
      break;
  }
  // What else is overdue stays due, but is no sign of another sleep.
  const Time now = world.now();
  for (std::size_t i = 0; i < timer_count; ++i) {
    if (state_.deadlines[i] < now) arm(world, static_cast<Timer>(i), now);
  }
}

}  // namespace understudy
