// SPDX-License-Identifier: MIT
//
// What can happen next and what comes of it. The canonical form is in canonical.cc.
#include "checked_pair.h"

#include <algorithm>

#include "tale.h"
#include "understudy/failover/transitions.h"

namespace understudy::check {
namespace {

using Kind = Step::Kind;

// A copy takes less than this.
constexpr Duration copy_time = 3 * tick;

constexpr std::array both = {ServerId::first, ServerId::second};

std::uint8_t number(std::size_t n) { return static_cast<std::uint8_t>(n); }

template <class Container, class Predicate>
void erase_where(Container& container, Predicate predicate) {
  container.erase(std::remove_if(container.begin(), container.end(), predicate), container.end());
}

}  // namespace

// ---- the ports
// -----------------------------------------------------------------------------------

class CheckedPair::Ports final : public World {
 public:
  Ports(CheckedPair& pair, ServerId id, const Config& config, Tale* tale)
      : pair_(pair), id_(id), config_(config), tale_(tale), role_(pair.machine(id).agent.role) {}

  Time now() const override { return pair_.now_; }
  // The agent's own list of deadlines is the world's.
  void arm(Timer, Time) override {}
  void disarm(Timer) override {}
  Token draw_token() override { return ++pair_.last_token_; }
  void signal(Address address, Token token) override {
    tell_tale(address == Address::monitor && role_ == Role::arbitrating ? "probes" : "pings");
    if (role_ != Role::arbitrating) {
      Machine& m = pair_.machine(id_);
      ++m.unanswered;
      m.last_ping = token;
      m.last_ping_at = pair_.now_;
    }
    pair_.signal(id_, address, token);
  }
  void claim(Address address) override {
    tell_tale(address == Address::primary ? "claims the primary address"
                                          : "claims the monitor address");
    pair_.machine(id_).holds.at(static_cast<std::size_t>(address)) = true;
    pair_.promise(!pair_.one_primary_ || !pair_.machine(ServerId::first).holds[0] ||
                      !pair_.machine(ServerId::second).holds[0],
                  "two servers hold the primary address");
  }
  void release(Address address) override {
    bool& held = pair_.machine(id_).holds.at(static_cast<std::size_t>(address));
    if (held) {
      tell_tale(address == Address::primary ? "releases the primary address"
                                            : "releases the monitor address");
    }
    held = false;
  }
  void announce(Address) override {}
  void tell(const Message& message) override { pair_.tell_other(message); }
  void order(PowerOrder order, Token token) override {
    std::string what = "orders the other ";
    what += word(order);
    tell_tale(what);
    pair_.order_power(id_, order, token, config_);
  }
  void start_copy() override {
    Machine& m = pair_.machine(id_);
    pair_.promise(!m.serving, "the memory is overwritten while it is served from");
    m.copying = true;
    m.copy_began = pair_.now_;
  }
  void stop_copy() override { pair_.machine(id_).copying = false; }
  MemoryStamp memory() override { return pair_.machine(id_).memory; }
  void serve(Term term) override {
    tell_tale("serves");
    pair_.serve(id_, term);
  }
  void rest() override {
    if (pair_.machine(id_).serving) tell_tale("rests");
    pair_.machine(id_).serving = false;
  }
  void remember(const History& history) override {
    History& kept = pair_.machine(id_).kept;
    pair_.promise(history.term >= kept.term, "a term goes down");
    kept = history;
  }
  History recall() const override { return pair_.machine(id_).kept; }
  void note(const Note& note) override {
    tell_tale(text_of(note));
    Machine& m = pair_.machine(id_);
    if (note.kind == Note::Kind::slept) m.unanswered = 0;
    if (note.kind != Note::Kind::became) return;
    m.unanswered = 0;
    const Transition* row = find_transition(role_, note.cause);
    pair_.promise(row != nullptr && row->to == note.role, "a role changes against the table");
    role_ = note.role;
  }

 private:
  void tell_tale(std::string_view what) {
    if (tale_ != nullptr) tale_->push_back("    " + line(id_, what));
  }

  CheckedPair& pair_;
  ServerId id_;
  const Config& config_;
  Tale* tale_;
  Role role_;
};

template <class Input>
void CheckedPair::input(ServerId id, const Config& config, Tale* tale, Input input) {
  Agent agent(id, config, machine(id).agent);
  Ports ports(*this, id, config, tale);
  input(agent, ports);
  machine(id).agent = agent.state();
  watch();
}

std::string CheckedPair::packet_text(const Packet& packet) {
  if (packet.kind == Packet::Kind::probe) return "a probe";
  return packet.kind == Packet::Kind::answer ? "an answer" : text_of(packet.message);
}

// ---- the beginning
// -------------------------------------------------------------------------------

CheckedPair CheckedPair::settled(const Config& config, const Policy& policy, const Bounds& bounds) {
  CheckedPair pair;
  pair.faults_left_ = bounds.faults;
  pair.requests_left_ = bounds.requests;
  pair.one_primary_ = policy.one_primary;
  pair.losses_ = bounds.losses;
  for (const ServerId id : both) {
    const Role role = id == ServerId::first ? Role::primary : Role::monitor;
    pair.input(id, config, nullptr, [&](Agent& agent, World& world) {
      agent.settled(
          world, {.role = role, .first_ping = Time{} + tick, .first_announcement = Time{} + tick});
    });
  }
  pair.machine(ServerId::second).memory = pair.machine(ServerId::first).memory;
  pair.packets_.clear();
  return pair;
}

// ---- which steps there are
// -----------------------------------------------------------------------

CheckedPair::Steps CheckedPair::steps(const Config& config, const Bounds& bounds) const {
  Steps steps;
  add_due(steps);
  add_orders(steps, config, bounds);
  for (const ServerId id : both) {
    const Machine& m = machine(id);
    const std::uint8_t who = number(index(id));
    if (m.power == Power::booting && now_ - m.powered_on >= config.boot_min) {
      steps.push_back({Kind::up, who});
    }
    if (m.paused) steps.push_back({Kind::thaw, who});
    if (m.power == Power::off && (!m.kept_off || needs_operator(id))) {
      steps.push_back({Kind::power_back, who});
    }
    if (requests_left_ > 0 && m.running() && m.agent.role == Role::primary) {
      steps.push_back({Kind::switchover, who});
    }
  }
  if (may_tick(config, bounds)) steps.push_back({Kind::wait, 0});
  if (faults_left_ > 0) add_mishaps(steps);
  return steps;
}

void CheckedPair::add_due(Steps& steps) const {
  for (const ServerId id : both) {
    const Machine& m = machine(id);
    if (!m.running()) continue;
    const std::ptrdiff_t due = m.timers_due(now_);
    if (due > 0) steps.push_back({Kind::fire, number(index(id))});
    if (due > 1) steps.push_back({Kind::fire_back, number(index(id))});
    if (m.copying) {
      if (machine(other(id)).running()) steps.push_back({Kind::copied, number(index(id))});
      if (!machine(other(id)).running() || losses_) {
        steps.push_back({Kind::copy_failed, number(index(id))});
      }
    }
  }
  for (std::size_t i = 0; i < packets_.size(); ++i) {
    if (!machine(packets_[i].to).running()) continue;
    steps.push_back({Kind::deliver, number(i)});
    if (!decided_ && tied(packets_[i])) steps.push_back({Kind::deliver_tied, number(i)});
  }
}

void CheckedPair::add_orders(Steps& steps, const Config&, const Bounds&) const {
  for (std::size_t i = 0; i < orders_.size(); ++i) {
    if (!orders_[i].struck) {
      steps.push_back({Kind::strike, number(i)});
    } else if (machine(orders_[i].by).running()) {
      steps.push_back({Kind::report, number(i)});
    }
  }
}

void CheckedPair::add_mishaps(Steps& steps) const {
  for (const ServerId id : both) {
    const Machine& m = machine(id);
    const std::uint8_t who = number(index(id));
    if (m.power != Power::off) steps.push_back({Kind::crash, who});
    if (!m.running()) continue;
    steps.push_back({Kind::pause, who});
    steps.push_back({Kind::restart_daemon, who});
  }
  for (std::size_t i = 0; i < orders_.size(); ++i) {
    if (!orders_[i].struck && machine(orders_[i].by).running()) {
      steps.push_back({Kind::refuse, number(i)});
    }
    steps.push_back({Kind::forget, number(i)});
    if (!orders_[i].late) steps.push_back({Kind::delay_order, number(i)});
  }
  for (std::size_t i = 0; i < packets_.size(); ++i) {
    if (!packets_[i].late) steps.push_back({Kind::delay_packet, number(i)});
  }
}

// Whether nothing is left that must happen in this tick.
bool CheckedPair::may_tick(const Config& config, const Bounds& bounds) const {
  for (const ServerId id : both) {
    const Machine& m = machine(id);
    if (m.power == Power::booting && now_ - m.powered_on >= config.boot_max) return false;
    if (calm_ && m.power == Power::off && (!m.kept_off || needs_operator(id))) return false;
    if (!m.running()) continue;
    if (m.copying && now_ - m.copy_began + tick >= copy_time) return false;
    if (m.timers_due(now_) > 0) return false;
  }
  if (!losses_ && std::ranges::any_of(packets_, [&](const Packet& packet) {
        return !packet.late && machine(packet.to).running();
      })) {
    return false;
  }
  return std::ranges::all_of(
      orders_, [&](const Order& order) { return order_waits(order, config, bounds); });
}

bool CheckedPair::order_waits(const Order& order, const Config& config,
                              const Bounds& bounds) const {
  if (order.struck && machine(order.by).paused) return true;
  const Duration usual = order.struck ? config.confirm_max : config.fence_max;
  return now_ - order.since < (order.late ? bounds.lateness * tick : usual);
}

// Whether this packet would decide a conflict by the ids alone.
bool CheckedPair::tied(const Packet& packet) const {
  const Machine& hearer = machine(packet.to);
  return packet.kind == Packet::Kind::message &&
         packet.message.kind == Message::Kind::announcement &&
         packet.message.term == hearer.agent.history.term &&
         hearer.holds.at(static_cast<std::size_t>(packet.address));
}

bool CheckedPair::needs_operator(ServerId id) const {
  const Machine& rescuer = machine(other(id));
  if (!calm_) return rescuer.power == Power::off && orders_.empty();
  using Stage = Fence::Stage;
  const Stage stage = rescuer.agent.fence.stage;
  return !rescuer.running() || (stage != Stage::ordered && stage != Stage::power_on);
}

// ---- taking a step
// -------------------------------------------------------------------------------

void CheckedPair::take(Step step, const Config& config, const Bounds& bounds, Tale* tale) {
  const auto say = [&](const std::string& what) {
    if (tale != nullptr) tale->push_back(what);
  };
  const auto id = static_cast<ServerId>(step.what % 2);
  switch (step.kind) {
    case Kind::fire:
    case Kind::fire_back: return fire(id, step.kind == Kind::fire_back, config, tale);
    case Kind::deliver: return deliver(step.what, config, tale);
    case Kind::deliver_tied: *this = mirrored(); return deliver(step.what, config, tale);
    case Kind::strike: return strike(step.what, tale);
    case Kind::report:
      return report(step.what,
                    orders_[step.what].order == PowerOrder::on ? FenceResult::on : FenceResult::off,
                    config, tale);
    case Kind::up:
      say(line(id, "has booted"));
      machine(id).power = Power::on;
      return input(id, config, tale, [&](Agent& agent, World& world) { agent.booted(world); });
    case Kind::copied:
    case Kind::copy_failed: {
      const bool whole = step.kind == Kind::copied;
      say(line(id, whole ? "gets the last of its copy" : "waits in vain for its copy"));
      Machine& m = machine(id);
      if (whole) m.memory = std::max(m.memory, machine(other(id)).memory);
      m.copying = false;
      return input(id, config, tale, [&](Agent& agent, World& world) {
        agent.copied(world, whole ? CopyResult::whole : CopyResult::failed);
      });
    }
    case Kind::power_back: say(line(id, "has power again")); return power_on(id);
    case Kind::thaw: say(line(id, "goes on")); return thaw(id, config);
    case Kind::wait:
      pass_tick(bounds);
      return say("-- tick " + std::to_string((now_ - Time{}) / tick));
    case Kind::switchover:
      --requests_left_;
      say(line(id, "is asked to switch over"));
      return input(id, config, tale, [&](Agent& agent, World& world) {
        agent.requested(world, Request::switchover);
      });
    default: break;
  }
  --faults_left_;
  switch (step.kind) {
    case Kind::crash: say("! " + line(id, "loses its power")); return power_off(id);
    case Kind::pause:
      say("! " + line(id, "is paused"));
      machine(id).paused = true;
      return;
    case Kind::restart_daemon:
      say("! " + line(id, "'s daemon dies and starts again"));
      machine(id).agent = State{};
      machine(id).copying = false;
      machine(id).serving = false;
      machine(id).last_ping = no_token;
      for (Order& order : orders_) order.forgotten = order.forgotten || order.by == id;
      return input(id, config, tale, [&](Agent& agent, World& world) { agent.booted(world); });
    case Kind::refuse:
      say("! the power channel refuses");
      return report(step.what, FenceResult::refused, config, tale);
    case Kind::forget:
      say(orders_[step.what].struck ? "! the power channel's report is lost"
                                    : "! the power channel does nothing and says nothing");
      orders_.erase(orders_.begin() + step.what);
      return;
    case Kind::delay_order:
      say("! the power channel is slow");
      orders_[step.what].late = true;
      return;
    case Kind::delay_packet:
      say("! late: " + packet_text(packets_[step.what]));
      packets_[step.what].late = true;
      return;
    default: return;
  }
}

void CheckedPair::thaw(ServerId id, const Config& config) {
  Machine& m = machine(id);
  m.paused = false;
  if (config.asleep_after == forever) return;
  const Time earliest = *std::ranges::min_element(m.agent.deadlines);
  if (earliest == never || now_ - earliest <= config.asleep_after) return;
  m.unanswered = 0;  // what it slept through is no evidence
  m.last_ping = no_token;
}

void CheckedPair::fire(ServerId id, bool last_first, const Config& config, Tale* tale) {
  const auto& deadlines = machine(id).agent.deadlines;
  for (;;) {
    std::size_t chosen = timer_count;
    for (std::size_t i = 0; i < timer_count; ++i) {
      if (deadlines.at(i) <= now_ && (last_first || chosen == timer_count)) chosen = i;
    }
    if (chosen == timer_count) return;
    const auto timer = static_cast<Timer>(chosen);
    if (tale != nullptr) {
      tale->push_back(line(id, "finds a timer due: ") + std::string(to_text(timer)));
    }
    input(id, config, tale, [&](Agent& agent, World& world) { agent.expired(world, timer); });
  }
}

void CheckedPair::deliver(std::size_t number, const Config& config, Tale* tale) {
  const Packet packet = packets_[number];
  decided_ = decided_ || tied(packet);
  packets_.erase(packets_.begin() + static_cast<std::ptrdiff_t>(number));
  Machine& hearer = machine(packet.to);
  if (tale != nullptr) tale->push_back(line(packet.to, "gets ") + packet_text(packet));
  switch (packet.kind) {
    case Packet::Kind::probe:
      if (hearer.holds.at(static_cast<std::size_t>(packet.address))) {
        answer(other(packet.to), packet.address, packet.token);
      }
      return;
    case Packet::Kind::answer:
      // At the last instant it is a matter of order whether it is in time.
      if (packet.token == hearer.last_ping && now_ - hearer.last_ping_at < config.ping_timeout) {
        hearer.unanswered = 0;
      }
      return input(packet.to, config, tale, [&](Agent& agent, World& world) {
        agent.answered(world, {.address = packet.address, .token = packet.token, .received = now_});
      });
    case Packet::Kind::message:
      return input(packet.to, config, tale,
                   [&](Agent& agent, World& world) { agent.received(world, packet.message); });
  }
}

void CheckedPair::strike(std::size_t number, Tale* tale) {
  orders_[number].struck = true;
  orders_[number].since = now_;
  const Order order = orders_[number];        // switching a server off drops some
  erase_where(orders_, [&](const Order& o) {  // overtaken (see Power in ports.h)
    return o.by == order.by && !o.struck && !o.forgotten && o.token < order.token;
  });
  const ServerId target = other(order.by);
  if (tale != nullptr) {
    tale->push_back(line(target, "is switched ") + std::string(word(order.order)));
  }
  if (order.order != PowerOrder::on) {
    power_off(target);
    machine(target).kept_off = true;
  }
  if (order.order != PowerOrder::off) power_on(target);
  erase_where(orders_, [](const Order& o) { return o.struck && o.forgotten; });
}

void CheckedPair::report(std::size_t number, FenceResult result, const Config& config, Tale* tale) {
  const Order order = orders_[number];
  orders_.erase(orders_.begin() + static_cast<std::ptrdiff_t>(number));
  if (tale != nullptr) {
    tale->push_back(line(order.by, "is told: ") + (result == FenceResult::refused ? "refused"
                                                   : result == FenceResult::on    ? "on"
                                                                                  : "off"));
  }
  input(order.by, config, tale, [&](Agent& agent, World& world) {
    agent.fenced(world, {.token = order.token, .result = result});
  });
}

void CheckedPair::pass_tick(const Bounds& bounds) {
  now_ += tick;
  erase_where(packets_, [&](const Packet& packet) {
    return !packet.late || now_ - packet.sent > bounds.lateness * tick;
  });
}

void CheckedPair::power_off(ServerId id) {
  Machine& m = machine(id);
  m = {.kept = m.kept, .power = Power::off, .kept_off = m.kept_off, .memory = m.memory};
  erase_where(packets_, [&](const Packet& packet) { return packet.to == id && !packet.late; });
  for (Order& order : orders_) order.forgotten = order.forgotten || order.by == id;
  erase_where(orders_, [](const Order& o) { return o.struck && o.forgotten; });
}

void CheckedPair::power_on(ServerId id) {
  Machine& m = machine(id);
  m.kept_off = false;
  if (m.power != Power::off) return;
  m.power = Power::booting;
  m.powered_on = now_;
}

void CheckedPair::end_faults() {
  calm_ = true;
  losses_ = false;
  faults_left_ = 0;
  requests_left_ = 0;
  for (Machine& m : machines_) m.paused = false;
}

// ---- what agents ask for
// -------------------------------------------------------------------------

void CheckedPair::signal(ServerId from, Address address, Token token) {
  const auto slot = static_cast<std::size_t>(address);
  if (machine(from).holds.at(slot)) return answer(from, address, token);  // by its own kernel
  const Machine& peer = machine(other(from));
  if (machine(from).last_ping == token) {
    if (peer.running() && peer.holds.at(slot)) answer(from, address, token);
  } else if (peer.power == Power::on) {
    packets_.push_back({.kind = Packet::Kind::probe,
                        .to = other(from),
                        .sent = now_,
                        .address = address,
                        .token = token});
  }
}

void CheckedPair::answer(ServerId to, Address address, Token token) {
  if (machine(to).power != Power::on) return;
  packets_.push_back(
      {.kind = Packet::Kind::answer, .to = to, .sent = now_, .address = address, .token = token});
}

void CheckedPair::tell_other(const Message& message) {
  const ServerId to = other(message.from);
  if (machine(to).power != Power::on) return;
  packets_.push_back({.kind = Packet::Kind::message,
                      .to = to,
                      .sent = now_,
                      .address = message.address,
                      .message = message});
}

void CheckedPair::order_power(ServerId by, PowerOrder order, Token token, const Config& config) {
  orders_.push_back({.by = by, .order = order, .token = token, .since = now_});
  if (order == PowerOrder::on) return;
  promise_fresh_misses(machine(by), config);
  machine(by).unanswered = 0;
}

void CheckedPair::serve(ServerId id, Term term) {
  Machine& m = machine(id);
  promise(!m.copying, "a server serves from a torn memory");
  m.serving = true;
  m.memory.term = term;
}

// ---- promises
// ------------------------------------------------------------------------------------

void CheckedPair::promise_fresh_misses(const Machine& m, const Config& config) {
  const bool open = m.last_ping != no_token && now_ - m.last_ping_at < config.ping_timeout;
  const bool watching = m.holds[static_cast<std::size_t>(Address::primary)];
  const std::uint32_t needed = watching ? config.watch_misses : config.misses;
  const std::uint32_t misses = m.unanswered - (open ? 1 : 0);
  promise(misses >= needed, "a server is fenced without fresh misses");
  promise(std::ranges::find(m.kept.fences, now_) != m.kept.fences.end(),
          "a fence is ordered before it is remembered");
  if (config.max_boots == 0) return;
  const auto recent = std::ranges::count_if(m.kept.fences, [&](Time when) {
    return when != never && when < now_ && now_ - when < config.boots_window;
  });
  promise(recent < config.max_boots, "more fences than max_boots");
  promise(recent == 0 || misses >= needed + (1U << recent), "a fence does not back off");
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

std::ptrdiff_t CheckedPair::Machine::timers_due(Time now) const {
  return std::ranges::count_if(agent.deadlines, [&](Time when) { return when <= now; });
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

CheckedPair CheckedPair::mirrored() const {
  CheckedPair mirror = *this;
  std::swap(mirror.machines_[0], mirror.machines_[1]);
  for (Packet& packet : mirror.packets_) {
    packet.to = other(packet.to);
    packet.message.from = other(packet.message.from);
  }
  for (Order& order : mirror.orders_) order.by = other(order.by);
  return mirror;
}

std::string CheckedPair::summary() const {
  std::string text;
  for (const ServerId id : both) {
    const Machine& m = machine(id);
    if (!text.empty()) text += ", ";
    text += to_text(id);
    text += ' ';
    text += m.power == Power::off       ? "off"
            : m.power == Power::booting ? "booting"
                                        : to_text(m.agent.role);
    if (m.paused) text += " (paused)";
  }
  return text;
}

}  // namespace understudy::check
