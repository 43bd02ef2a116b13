// SPDX-License-Identifier: MIT
//
// What comes of a step. Which there are is in possible_steps.cc, what must be true in
// checked_promises.cc, when two pairs are the same in canonical.cc.
#include "checked_pair.h"

#include <algorithm>
#include <array>

#include "checked_ports.h"
#include "tale.h"

namespace understudy::check {
namespace {

using Kind = Step::Kind;

constexpr std::array both = {ServerId::first, ServerId::second};

template <class Container, class Predicate>
void erase_where(Container& container, Predicate predicate) {
  container.erase(std::remove_if(container.begin(), container.end(), predicate), container.end());
}

}  // namespace

std::string CheckedPair::packet_text(const Packet& packet) {
  if (packet.kind == Packet::Kind::probe) return "a probe";
  return packet.kind == Packet::Kind::answer ? "an answer" : text_of(packet.message);
}

// ---- the beginning -----------------------------------------------------------------------------

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

// ---- taking a step -----------------------------------------------------------------------------

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

// ---- what agents ask for -----------------------------------------------------------------------

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
