// SPDX-License-Identifier: MIT
#include "checked_world.h"

#include <algorithm>
#include <initializer_list>

#include "fuzz.h"

namespace understudy::fuzz {
namespace {

std::size_t index(Timer timer) { return static_cast<std::size_t>(timer); }
std::size_t index(Address address) { return static_cast<std::size_t>(address); }

// The finaliser of splitmix64: one to one, so numbers that differ stay different.
std::uint64_t mixed(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31);
}

std::uint64_t bits(Time when) {
  return static_cast<std::uint64_t>(when.time_since_epoch().count());
}

// Landmarks: the rows of the table first, then what happens in which role, then one row after the
// other (which may be more than there are landmarks; they share some).
constexpr std::size_t cause_count = 32;
constexpr std::size_t in_roles = role_count * cause_count;
constexpr std::size_t in_rows = in_roles + role_count * 64;
void reached_in(Role role, std::size_t what) {
  reached(in_roles + static_cast<std::size_t>(role) * 64 + what);
}
void reached_after(std::size_t earlier, std::size_t row) {
  reached(in_rows + (earlier * in_roles + row) % (landmark_count - in_rows));
}

bool in_order(const History& history, Time now) {
  const auto end = std::ranges::find(history.fences, never);
  return std::is_sorted(history.fences.begin(), end) &&
         std::all_of(end, history.fences.end(), [](Time when) { return when == never; }) &&
         (end == history.fences.begin() || *(end - 1) <= now);
}

// What `before` becomes by a fence that is ordered now.
History with_fence(History before, Time now) {
  auto free = std::ranges::find(before.fences, never);
  if (free == before.fences.end()) {
    std::ranges::rotate(before.fences, before.fences.begin() + 1);
    --free;
  }
  *free = now;
  return before;
}

History without_latest_fence(History before) {
  const auto free = std::ranges::find(before.fences, never);
  if (free != before.fences.begin()) *(free - 1) = never;
  return before;
}

}  // namespace

std::size_t landmark_of(Role from, Cause cause) {
  return static_cast<std::size_t>(from) * cause_count + static_cast<std::size_t>(cause);
}

void give(Agent& agent, World& world, const Input& input) {
  switch (input.kind) {
    case Input::Kind::booted: return agent.booted(world);
    case Input::Kind::settled: return agent.settled(world, input.how);
    case Input::Kind::answered: return agent.answered(world, input.answer);
    case Input::Kind::expired: return agent.expired(world, input.timer);
    case Input::Kind::received: return agent.received(world, input.message);
    case Input::Kind::contested: return agent.contested(world, input.address);
    case Input::Kind::fenced: return agent.fenced(world, input.report);
    case Input::Kind::copied: return agent.copied(world, input.copy);
    case Input::Kind::checked: return agent.checked(world, input.health);
    case Input::Kind::linked: return agent.linked(world, input.link);
    case Input::Kind::requested: return agent.requested(world, input.request);
  }
}

void CheckedWorld::begin(const Input& input) {
  input_ = input;
  claimed_ = {};
  slept_ = declared_ = false;
  switch (input.kind) {
    case Input::Kind::booted: cut_off_ = excused_ = false; break;  // whatever it was told before
    case Input::Kind::settled:
      role_ = input.how.role;
      cut_off_ = excused_ = false;
      break;
    case Input::Kind::received:
      if (input.message.kind != Message::Kind::farewell || !config_.watch_monitor) break;
      if (role_ != Role::primary && role_ != Role::handing_over) break;
      if (deadline(Timer::fence) != never && order_.confirmed) break;  // off since, and to boot
      excused_ = true;
      asked_before_farewell_ = signalled_[index(Address::monitor)].token;
      break;
    case Input::Kind::answered:
      if (input.answer.address != Address::monitor) break;
      if (input.answer.token == asked_before_farewell_) break;
      excused_ = excused_ && input.answer.token != signalled_[index(Address::monitor)].token;
      break;
    case Input::Kind::linked: cut_off_ = input.link == OwnLink::down; break;
    case Input::Kind::expired:  // a timer fires once, when its time has come
      if (deadline(input.timer) <= now_) deadlines_[index(input.timer)] = never;
      break;
    case Input::Kind::copied: copying_ = false; break;
    case Input::Kind::checked:
      ill_in_a_row_ = input.health == Health::ill ? ill_in_a_row_ + 1 : 0;
      break;
    case Input::Kind::fenced:
      if (input.report.token == order_.token && input.report.result == FenceResult::off) {
        order_.confirmed = true;
        excused_ = false;
      }
      break;
    default: break;
  }
}

// ---- what the agent believes, and what the world has seen ---------------------------------------

void CheckedWorld::end(const Agent& agent) {
  const State& state = agent.state();
  require(state.role == role_, "a role changes by the table of transitions only");
  for (const Address address : {Address::primary, Address::monitor}) {
    require(holds(address) == (held_in(role_) == address), "a role holds its address and no other");
  }
  require(serving_ == (role_ == Role::primary && state.catch_up == CatchUp::none),
          "a primary serves once its memory is the newest, and nobody else does");
  require(state.copying == copying_, "a copy is under way if the agent believes so");
  forget_overdue(state);
  require(state.deadlines == deadlines_, "the timers are those that the agent believes in");
  require(state.history == history_, "what was learned is remembered");
  require(told_ <= history_.term, "the term that was told is remembered");
  require(in_order(history_, now_), "fences are remembered in their order");
  require(config_.detector != DetectorKind::fixed || state.detector == Detector{},
          "a detector that is off learns nothing");
  require(!excused_ || state.excused, "whoever says farewell is excused until it answers");
  check_roused(agent);
  check_idle();
  reached_in(role_, 48 + static_cast<std::size_t>(input_.kind));
}

// An agent that finds on a timer that it has slept moves what is overdue to now, this timer too;
// then it acts on it. That the timer fires once more means nothing to it.
void CheckedWorld::forget_overdue(const State& state) {
  if (!slept_ || input_.kind != Input::Kind::expired) return;
  const std::size_t fired = index(input_.timer);
  if (state.deadlines.at(fired) == never && deadlines_[fired] == now_) deadlines_[fired] = never;
}

// Whatever an agent is about, some timer ends it: silence alone leads out of every role.
void CheckedWorld::check_roused(const Agent& agent) const {
  const State& state = agent.state();
  const auto armed = [&](Timer timer) { return deadline(timer) != never; };
  switch (role_) {
    case Role::arbitrating: return require(armed(Timer::probe), "a probe is waited for");
    case Role::fencing: return require(armed(Timer::fence), "a fence is waited for");
    case Role::taking_over:
    case Role::handing_over: return require(armed(Timer::handover), "a handover ends");
    case Role::restarting:
      require(armed(Timer::restart) || state.restart_overdue || config_.restart_deadline == forever,
              "a restart is waited for");
      [[fallthrough]];
    case Role::monitor: require(armed(Timer::ping), "a monitor pings"); break;
    case Role::primary:
      require(armed(Timer::ping) == config_.watch_monitor, "a primary pings if it is to");
      require(state.catch_up == CatchUp::none || armed(Timer::handover) || copying_,
              "a primary serves at last");
      break;
  }
  require(state.fence.stage == Fence::Stage::none || state.fence.stage == Fence::Stage::confirmed ||
              role_ == Role::restarting || armed(Timer::fence),
          "a fence comes to an end");
  require((state.pending.token == no_token) == !armed(Timer::ping_timeout), "a ping is judged");
  require(config_.announce_interval == Duration::zero() || armed(Timer::announce),
          "a holder announces itself");
}

// A timer that a role does not know would fire into another one's business.
void CheckedWorld::check_idle() const {
  const auto only_in = [&](Timer timer, std::initializer_list<Role> its_roles) {
    require(deadline(timer) == never || std::ranges::find(its_roles, role_) != its_roles.end(),
            "no timer outlives its role");
  };
  using enum Role;
  only_in(Timer::ping, {monitor, restarting, primary});
  only_in(Timer::ping_timeout, {monitor, restarting, primary});
  only_in(Timer::probe, {arbitrating});
  only_in(Timer::grace, {monitor, primary});
  only_in(Timer::announce, {monitor, fencing, restarting, primary, handing_over});
  only_in(Timer::fence, {fencing, restarting, primary});
  only_in(Timer::restart, {restarting});
  only_in(Timer::handover, {monitor, primary, handing_over, taking_over});
}

// ---- roles --------------------------------------------------------------------------------------

void CheckedWorld::note(const Note& note) {
  output(1, static_cast<std::uint64_t>(note.kind) << 32 | note.count);
  reached_in(role_, static_cast<std::size_t>(note.kind));
  switch (note.kind) {
    case Note::Kind::became:
      check_change(note);
      reached(landmark_of(role_, note.cause));
      reached_after(last_change_, landmark_of(role_, note.cause));
      last_change_ = landmark_of(role_, note.cause);
      role_ = note.role;
      if (role_ == Role::arbitrating) excused_ = false;  // it knows nothing any more
      break;
    case Note::Kind::slept:
      require(config_.asleep_after != forever, "a server that is never asleep has not slept");
      slept_ = true;
      break;
    case Note::Kind::declared_failure: {
      const bool primary = role_ == Role::primary;
      require(note.count >= (primary ? config_.watch_misses : config_.misses),
              "a failure takes all its misses");
      declared_ = true;
      break;
    }
    case Note::Kind::held_fire: reached_in(role_, 32 + static_cast<std::size_t>(note.hold)); break;
    case Note::Kind::conflict_won:
      require(config_.conflict_detection, "conflicts are found only where they are looked for");
      break;
    default: break;
  }
}

void CheckedWorld::check_change(const Note& note) const {
  const Transition* const row = find_transition(role_, note.cause);
  require(row != nullptr && row->to == note.role,
          "a role changes by the table of transitions only");
  if (note.role == Role::primary) check_promotion(note.cause);
  switch (note.cause) {
    case Cause::boot: return require(input_.kind == Input::Kind::booted, "a boot is a boot");
    case Cause::conflict_lost:
      return require(config_.conflict_detection && input_.kind == Input::Kind::received &&
                         held_in(role_) == input_.message.address,
                     "a conflict is one about a held address");
    case Cause::failure_fence_first:
      return require(declared_ && config_.takeover == Takeover::fence_first, "policy fence-first");
    case Cause::failure_restart_first:
    case Cause::restart_overdue:
      return require(declared_ && config_.takeover == Takeover::restart_first,
                     "policy restart-first");
    case Cause::fence_confirmed_late:
      return require(config_.fence_mode == FenceMode::reboot,
                     "off and on apart can't be confirmed too late");
    case Cause::service_ill:
      return require(ill_in_a_row_ >= config_.unhealthy_after && !history_.maintenance,
                     "a service is ill after all its failed checks");
    case Cause::slept: return require(slept_, "whoever slept has said so");
    default: return;
  }
}

// What makes a primary is all that the promise of a single one rests on.
void CheckedWorld::check_promotion(Cause cause) const {
  const Answer& answer = input_.answer;
  switch (cause) {
    case Cause::probe_answered:
      return require(
          input_.kind == Input::Kind::answered && answer.address == Address::monitor &&
              answer.token == signalled(Address::monitor) &&
              answer.received - signalled_[index(Address::monitor)].sent <= config_.probe_timeout,
          "a probe was answered, and in time");
    case Cause::fence_confirmed:
      require(input_.kind == Input::Kind::fenced && input_.report.token == order_.token &&
                  input_.report.result == FenceResult::off,
              "the latest order was confirmed");
      return require(
          config_.fence_mode == FenceMode::off_on || now_ - order_.when < config_.fence_validity,
          "a confirmation is worth nothing when it is old");
    case Cause::go_received:
      return require(input_.kind == Input::Kind::received &&
                         input_.message.kind == Message::Kind::go && nonce_ != no_token &&
                         input_.message.nonce == nonce_,
                     "the primary has let go, now");
    case Cause::failure_take_over_now:
      return require(declared_ && config_.takeover == Takeover::immediate, "policy immediate");
    case Cause::fence_given_up:
      return require(config_.on_fence_failure == OnFenceFailure::takeover && !history_.maintenance,
                     "only who is told to takes over unconfirmed");
    default: return;
  }
}

// ---- time ---------------------------------------------------------------------------------------

Time CheckedWorld::deadline(Timer timer) const { return deadlines_[index(timer)]; }

std::optional<Timer> CheckedWorld::next_timer() const {
  const auto next = std::ranges::min_element(deadlines_);
  if (*next == never) return std::nullopt;
  return static_cast<Timer>(next - deadlines_.begin());
}

void CheckedWorld::arm(Timer timer, Time deadline) {
  require(deadline >= now_, "nothing is planned for the past");
  deadlines_[index(timer)] = deadline;
  output(2, bits(deadline) + index(timer));
}

void CheckedWorld::disarm(Timer timer) {
  deadlines_[index(timer)] = never;
  output(3, index(timer));
}

// ---- the network --------------------------------------------------------------------------------

Token CheckedWorld::draw_token() {
  const Token token = mixed(++draws_ * 0x9e3779b97f4a7c15U);
  std::ranges::rotate(drawn_, drawn_.end() - 1);
  drawn_.front() = token;
  output(4, token);
  return token;
}

Token CheckedWorld::signalled(Address address) const { return signalled_[index(address)].token; }

void CheckedWorld::signal(Address address, Token token) {
  output(5, token + index(address));
  require(token == drawn_.front(), "each signal has a token of its own");
  signalled_[index(address)] = {token, now_};
  if (address == Address::witness) {
    require(config_.witness, "a witness that is none is not asked");
    return require(role_ == Role::monitor || role_ == Role::restarting, "a monitor asks a witness");
  }
  switch (role_) {
    case Role::arbitrating: return require(address == Address::monitor, "a probe is for a monitor");
    case Role::monitor:
    case Role::restarting: return require(address == Address::primary, "a ping is for a primary");
    case Role::primary:
      return require(address == Address::monitor && config_.watch_monitor,
                     "a primary that does not watch pings nobody");
    default: require(false, "who waits for something else pings nobody");
  }
}

bool CheckedWorld::holds(Address address) const {
  return address != Address::witness && held_[index(address)];
}

void CheckedWorld::claim(Address address) {
  output(6, index(address));
  require(held_in(role_) == address, "a role claims the address that is its own");
  require(!held_[0] && !held_[1], "what was held is released before something else is claimed");
  held_[index(address)] = claimed_[index(address)] = true;
}

void CheckedWorld::release(Address address) {
  output(7, index(address));
  require(address != Address::witness, "a witness is nobody's to release");
  held_[index(address)] = false;
}

void CheckedWorld::announce(Address address) {
  output(8, index(address));
  require(holds(address), "what is announced is held");
  if (config_.announce_interval > Duration::zero() || claimed_[index(address)] || slept_) return;
  require(config_.conflict_detection && input_.kind == Input::Kind::received,
          "where there are no announcements, there is that of a claim alone");
}

void CheckedWorld::tell(const Message& message) {
  output(9, message.nonce + message.term + static_cast<std::uint64_t>(message.kind));
  reached_in(role_, 16 + static_cast<std::size_t>(message.kind));
  require(message.from == id_, "a message names its sender");
  switch (message.kind) {
    case Message::Kind::announcement:
      require(config_.conflict_detection, "ranks are told only where conflicts are looked for");
      require(holds(message.address), "what is announced is held");
      told_ = std::max(told_, message.term);  // may be remembered a little later
      return require(message.term >= history_.term, "terms never go down");
    case Message::Kind::prepare:
      require(role_ == Role::handing_over && !serving_, "a service rests before the last copy");
      nonce_ = message.nonce;
      return require(message.nonce == drawn_.front(), "each handover has a nonce of its own");
    case Message::Kind::ready:
      require(role_ == Role::taking_over && !held_[0] && !held_[1], "ready, and out of the way");
      nonce_ = message.nonce;
      return;
    case Message::Kind::go:
      require(role_ == Role::handing_over && !held_[0], "let go, and then said so");
      require(input_.message.kind == Message::Kind::ready && message.nonce == nonce_,
              "whoever is ready is let go for");
      return;
    case Message::Kind::memory_query:
      require(config_.newer_memory_wins && role_ == Role::primary && !serving_,
              "a memory is asked for before serving, if at all");
      nonce_ = message.nonce;
      return require(message.nonce == drawn_.front(), "each question has a nonce of its own");
    case Message::Kind::memory_report:
      return require(message.nonce == input_.message.nonce && message.memory == memory_,
                     "a question is answered with the memory there is");
    case Message::Kind::farewell: return require(false, "an agent does not stop by itself");
  }
}

// ---- power --------------------------------------------------------------------------------------

void CheckedWorld::order(PowerOrder order, Token token) {
  output(10, token + static_cast<std::uint64_t>(order));
  reached_in(role_, 24 + static_cast<std::size_t>(order));
  const bool apart = config_.fence_mode == FenceMode::off_on;
  require((order != PowerOrder::reboot) == apart, "the power channel gets orders that it knows");
  if (order == PowerOrder::on) {
    return require(order_.confirmed && token == order_.token, "on comes after off");
  }
  check_strike(token);
  order_ = {.token = token, .when = now_};
}

void CheckedWorld::check_strike(Token token) const {
  require(!history_.maintenance, "nobody is booted while the operator is at work");
  require(!cut_off_ || !config_.own_link,
          "nobody is booted by a server that is off the network itself");
  require(!excused_, "nobody is booted who was stopped in good order and has not answered since");
  require(declared_, "nobody is booted without a failure");
  require(role_ == Role::monitor || role_ == Role::restarting ||
              (role_ == Role::primary && config_.watch_monitor),
          "only who watches boots anybody");
  require(role_ != Role::primary || deadline(Timer::fence) == never,
          "a primary waits for the end of one fence before the next");
  require(token == drawn_.front(), "each order has a token of its own");
  const auto free = std::ranges::find(history_.fences, never);
  require(free != history_.fences.begin() && *(free - 1) == now_, "remembered, and then ordered");
  const auto lately = std::ranges::count_if(history_.fences, [&](Time when) {
    return when != never && now_ - when < config_.boots_window;
  });
  require(config_.max_boots == 0 || lately <= std::max<std::ptrdiff_t>(config_.max_boots, 1),
          "a war ends after max_boots");
}

// ---- memory, service, history -------------------------------------------------------------------

void CheckedWorld::start_copy() {
  output(11, 0);
  require(!copying_, "there is one copy at a time");
  require(role_ == Role::monitor || (role_ == Role::primary && !serving_),
          "whoever serves copies from nobody");
  copying_ = true;
}

void CheckedWorld::stop_copy() {
  output(12, 0);
  copying_ = false;
}

void CheckedWorld::serve(Term term) {
  output(13, term);
  require(role_ == Role::primary && held_[0], "whoever serves holds the primary address");
  require(term == history_.term, "a term is remembered before writes carry it");
  require(term >= served_, "terms never go down");
  require(!copying_, "a memory that is served is not replaced");
  serving_ = true;
  served_ = term;
}

void CheckedWorld::rest() {
  output(14, 0);
  serving_ = false;
}

void CheckedWorld::remember(const History& history) {
  output(15, history.term);
  require(history.term >= greatest_term_, "terms never go down");
  greatest_term_ = history.term;
  History same = history;
  same.term = history_.term;
  same.maintenance = history_.maintenance;
  require(same == history_ || same == with_fence(history_, now_) ||
              (input_.kind == Input::Kind::fenced && input_.report.result == FenceResult::refused &&
               same == without_latest_fence(history_)),
          "a fence is remembered when it is ordered, and forgotten only if it was refused");
  require(history.maintenance == history_.maintenance || input_.kind == Input::Kind::requested,
          "the operator alone ends and begins maintenance");
  history_ = history;
}

// ---- determinism --------------------------------------------------------------------------------

void CheckedWorld::output(std::uint64_t what, std::uint64_t detail) {
  outputs_ = mixed(outputs_ + 0x9e3779b97f4a7c15U * what + mixed(detail));
}

bool CheckedWorld::operator==(const CheckedWorld& other) const {
  return outputs_ == other.outputs_ && now_ == other.now_ && deadlines_ == other.deadlines_ &&
         held_ == other.held_ && serving_ == other.serving_ && copying_ == other.copying_ &&
         role_ == other.role_ && history_ == other.history_ && draws_ == other.draws_ &&
         order_ == other.order_ && signalled_ == other.signalled_;
}

}  // namespace understudy::fuzz
