// SPDX-License-Identifier: MIT
//
// Memory and the planned ways: copies, the newer memory at a boot, and the switchover.
//
//   primary                      monitor
//   stops serving
//   PREPARE ------------------->  takes the last copy, releases the monitor address
//   releases the primary  <------ READY
//   GO ------------------------>  claims the primary address, serves
//   arbitrates: is the monitor
//
// Each step is bound to the nonce of the first, so that nothing late is mistaken for now.
#include "understudy/failover/agent.h"

namespace understudy {
namespace {

// How often a new primary asks its peer before it serves from the memory it has. Whoever answered
// the probe is there; one lost question must not let the stale memory win.
constexpr std::uint32_t greatest_catch_up_tries = 3;

}  // namespace

// ---- memory -------------------------------------------------------------------------------------

void Agent::start_copy(World& world) {
  state_.copying = true;
  world.note({.kind = Note::Kind::copy_started});
  world.start_copy();
}

void Agent::stop_copy(World& world) {
  if (!state_.copying) return;
  state_.copying = false;
  world.stop_copy();
}

void Agent::copied(World& world, CopyResult result) {
  notice_sleep(world);
  if (!state_.copying) return;
  state_.copying = false;
  const bool whole = result == CopyResult::whole;
  world.note({.kind = whole ? Note::Kind::copy_whole : Note::Kind::copy_failed});
  if (state_.catch_up == CatchUp::copying) {
    if (whole) outrank(world, world.memory().term);
    if (whole || state_.catch_up_tries >= greatest_catch_up_tries) return serve(world);
    return ask_for_newer_memory(world);
  }
  if (state_.nonce == no_token || state_.role != Role::monitor) return;
  if (!state_.last_copy) {  // that one began before the primary stopped serving
    state_.last_copy = true;
    return start_copy(world);
  }
  if (whole) return ready_to_take_over(world);
  forget_handover(world);  // the primary will go on by itself
}

void Agent::ask_for_newer_memory(World& world) {
  ++state_.catch_up_tries;
  state_.catch_up = CatchUp::asking;
  state_.nonce = world.draw_token();
  tell(world, {.kind = Message::Kind::memory_query, .nonce = state_.nonce});
  arm(world, Timer::handover, after(world.now(), config_.probe_timeout));
}

void Agent::heard_of_memory(World& world, const Message& message) {
  if (state_.catch_up != CatchUp::asking || message.nonce != state_.nonce) return;
  disarm(world, Timer::handover);
  if (message.memory <= world.memory()) return serve(world);
  world.note({.kind = Note::Kind::newer_memory});
  state_.catch_up = CatchUp::copying;
  start_copy(world);
}

void Agent::serve(World& world) {
  state_.catch_up = CatchUp::none;
  state_.catch_up_tries = 0;
  state_.nonce = no_token;
  world.serve(state_.history.term);
}

// ---- switchover ---------------------------------------------------------------------------------

bool Agent::can_hand_over() const {
  return state_.role == Role::primary && state_.catch_up == CatchUp::none &&
         state_.fence.stage == Fence::Stage::none && state_.heard && state_.misses == 0;
}

void Agent::hand_over(World& world, Cause cause) {
  world.rest();  // no write after the last copy
  drop_ping(world);
  disarm(world, Timer::ping);
  change_role(world, cause);
  state_.nonce = world.draw_token();
  tell(world, {.kind = Message::Kind::prepare, .nonce = state_.nonce});
  arm(world, Timer::handover, after(world.now(), config_.handover_timeout));
}

void Agent::prepare(World& world, Token nonce) {
  if (state_.role != Role::monitor) return;
  state_.nonce = nonce;
  state_.last_copy = !state_.copying;
  if (state_.last_copy) start_copy(world);
  // No READY once the primary may serve on: it would look for the monitor address in vain. The
  // PREPARE was under way for less than a ping may take.
  arm(world, Timer::handover, after(world.now(), config_.handover_timeout - config_.ping_timeout));
}

void Agent::forget_handover(World& world) {
  disarm(world, Timer::handover);
  state_.nonce = no_token;
  state_.last_copy = false;
}

void Agent::ready_to_take_over(World& world) {
  drop_ping(world);
  for (const Timer timer : {Timer::ping, Timer::grace, Timer::announce}) disarm(world, timer);
  world.release(Address::monitor);
  change_role(world, Cause::last_copy_taken);
  tell(world, {.kind = Message::Kind::ready, .nonce = state_.nonce});
  arm(world, Timer::handover, after(world.now(), config_.taking_over_timeout));
}

void Agent::handover_timer_expired(World& world) {
  switch (state_.role) {
    case Role::taking_over: return arbitrate(world, Cause::go_overdue);
    case Role::handing_over:
      change_role(world, Cause::handover_timed_out);
      watch_from_the_start(world, config_.monitor_grace);
      if (watches()) arm(world, Timer::ping, world.now());
      return serve(world);
    case Role::monitor: return forget_handover(world);
    default:
      if (state_.catch_up_tries < greatest_catch_up_tries) return ask_for_newer_memory(world);
      return serve(world);  // nobody knows of a newer memory
  }
}

}  // namespace understudy
