// SPDX-License-Identifier: MIT
//
// What happens to the servers: power, boots, pauses; memory, copies, the client that writes.
#include <algorithm>

#include "pair.h"
#include "pair_ports.h"

namespace understudy::transcript {
namespace {

std::string order_name(std::uint32_t number) { return "o" + std::to_string(number); }

constexpr std::array both = {ServerId::first, ServerId::second};

}  // namespace

// ---- the power channel

Order& Pair::order(std::uint32_t number) {
  if (number == 0 || number > orders_.size()) throw BadScript("no such order");
  return orders_[number - 1];
}

void Pair::set_channel(Channel channel) {
  channel_ = channel;
  if (channel == Channel::lies) truthful_ = false;
}

void Pair::order_power(ServerId by, PowerOrder what, Token token) {
  orders_.push_back({.by = by, .order = what, .token = token});
  const auto number = static_cast<std::uint32_t>(orders_.size());
  tell(by, join({"orders: ", to_text(other(by)), " ", order_text(what), " (", order_name(number),
                 channel_ == Channel::held ? ", held)" : ")"}));
  if (what != PowerOrder::on) promise_fresh_misses(by);
  const bool on = what == PowerOrder::on;
  const Time effect = on ? now_ : now_ + around_.fence_time;
  const Event strike{.at = effect, .kind = Event::Kind::strikes, .number = number};
  Event reported{.at = effect + around_.confirm_time,
                 .kind = Event::Kind::reports,
                 .server = by,
                 .number = number,
                 .result = on ? FenceResult::on : FenceResult::off};
  switch (channel_) {
    case Channel::works: events_.push_back(strike); [[fallthrough]];
    case Channel::lies: events_.push_back(reported); return;
    case Channel::refuses:
      reported.at = now_ + around_.confirm_time;
      reported.result = FenceResult::refused;
      return events_.push_back(reported);
    case Channel::silent:
    case Channel::held: return;
  }
}

void Pair::strike(std::uint32_t number) {
  strikes(number);
  watch();
}

void Pair::strikes(std::uint32_t number) {
  Order& o = order(number);
  o.struck = true;
  const ServerId target = other(o.by);
  if (o.order != PowerOrder::on) {
    const bool was_off = machine(target).power == Machine::Power::off;
    tell(target, join({was_off ? "is off already (" : "loses power (", order_name(number), ")"}));
    power_off(target);
    machine(target).kept_off = true;
  }
  if (o.order != PowerOrder::off) power_on(target);
}

void Pair::confirm(std::uint32_t number) {
  report(number, order(number).order == PowerOrder::on ? FenceResult::on : FenceResult::off);
}

void Pair::report(std::uint32_t number, FenceResult result) {
  const Order& o = order(number);
  const bool done = result != FenceResult::refused;
  if (truthful_ && done != o.struck) throw BadScript(order_name(number) + ": that would be a lie");
  const std::string_view target = to_text(other(o.by));
  tell(o.by, done ? join({"hears: ", target, result == FenceResult::on ? " is on (" : " is off (",
                          order_name(number), ")"})
                  : join({"hears: ", order_name(number), " is refused"}));
  machine(o.by).unanswered = 0;
  input(o.by, [&](Agent& agent, World& world) {
    agent.fenced(world, {.token = o.token, .result = result});
  });
}

// ---- power and boots

// Memory and history stay; everything else is gone, what was on its way to the network too.
void Pair::power_off(ServerId id) {
  Machine& m = machine(id);
  m.power = Machine::Power::off;
  m.kernel = Machine::Kernel::runs;
  m.timers.fill(never);
  m.holds = {};
  m.believed_at = {};
  m.serving = false;
  m.copy = 0;
  waiting_.at(index(id)).clear();
  std::erase_if(events_, [&](const Event& event) {
    return event.kind == Event::Kind::up && event.server == id;
  });
}

void Pair::power_on(ServerId id) {
  Machine& m = machine(id);
  m.kept_off = false;
  if (m.power != Machine::Power::off) return tell(id, "is on already");
  m.power = Machine::Power::booting;
  if (m.defect) return tell(id, "gets power, but its boot hangs");
  tell(id, "gets power and boots");
  events_.push_back({.at = now_ + around_.boot_time, .kind = Event::Kind::up, .server = id});
}

void Pair::boot(ServerId id) {
  Machine& m = machine(id);
  if (m.kept_off) throw BadScript("the power channel keeps it off");
  power_off(id);
  m.power = Machine::Power::on;
  tell(id, "is up");
  input(id, [](Agent& agent, World& world) { agent.booted(world); });
}

void Pair::crash(ServerId id) {
  tell(id, "crashes");
  power_off(id);
  watch();
}

// As its daemon does it: lets everything go, and then says so.
void Pair::shut_down(ServerId id) {
  tell(id, "is shut down in good order");
  power_off(id);
  send({.kind = Packet::Kind::message,
        .from = host_of(id),
        .to = host_of(other(id)),
        .message = {.kind = Message::Kind::farewell, .from = id}});
  watch();
}

void Pair::freeze(ServerId id, Machine::Kernel kernel) {
  machine(id).kernel = kernel;
  watch();
}

// What came meanwhile is taken in first, then the timers that are overdue fire.
void Pair::thaw(ServerId id) {
  machine(id).kernel = Machine::Kernel::runs;
  watch();
  for (const Event& event : std::exchange(waiting_.at(index(id)), {})) happen(event);
}

// The process ends and starts again; the kernel never noticed, and holds what it held.
void Pair::restart_daemon(ServerId id) {
  Machine& m = machine(id);
  m.timers.fill(never);
  m.copy = 0;
  m.agent = Agent(id, config());
  m.told_role = Role::arbitrating;
  tell(id, "has its daemon restarted");
  input(id, [](Agent& agent, World& world) { agent.booted(world); });
}

void Pair::check_health(ServerId id, Health health) {
  input(id, [&](Agent& agent, World& world) { agent.checked(world, health); });
}

void Pair::set_own_link(ServerId id, OwnLink link) {
  input(id, [&](Agent& agent, World& world) { agent.linked(world, link); });
}

void Pair::request(ServerId id, Request request) {
  input(id, [&](Agent& agent, World& world) { agent.requested(world, request); });
}

// ---- memory and service

void Pair::serve(ServerId id, Term term) {
  Machine& m = machine(id);
  promise(m.history.term == term, "a term is remembered before it is served in");
  promise(m.memory.term <= term, "a memory's term never falls");
  m.serving = true;
  m.memory.term = term;
  tell(id, join({"serves, ", memory_text(m.memory)}));
}

void Pair::rest(ServerId id) {
  if (!machine(id).serving) return;
  machine(id).serving = false;
  tell(id, "no longer serves");
}

void Pair::start_copy(ServerId to) {
  Machine& m = machine(to);
  promise(m.copy == 0, "one copy at a time");
  m.copy = ++last_copy_;
  events_.push_back({.at = now_ + around_.delay,
                     .kind = Event::Kind::copy_begins,
                     .server = to,
                     .number = m.copy});
  events_.push_back({.at = now_ + around_.copy_timeout,
                     .kind = Event::Kind::copy_fails,
                     .server = to,
                     .number = m.copy});
}

bool Pair::can_copy(ServerId to) {
  const Host here = host_of(to);
  const Host there = host_of(other(to));
  return machine(other(to)).answers() && !wires_.is_cut(there, here) && !wires_.is_cut(here, there);
}

void Pair::copy_begins(const Event& event) {
  Machine& m = machine(event.server);
  if (m.copy != event.number || !can_copy(event.server)) return;  // fails when its time is over
  m.incoming = machine(other(event.server)).memory;
  events_.push_back({.at = now_ + around_.copy_time,
                     .kind = Event::Kind::copy_arrives,
                     .server = event.server,
                     .number = event.number});
}

void Pair::copy_arrives(const Event& event) {
  Machine& m = machine(event.server);
  if (m.copy != event.number || !can_copy(event.server)) return;
  m.copy = 0;
  m.memory = std::max(m.memory, m.incoming);
  input(event.server, [](Agent& agent, World& world) { agent.copied(world, CopyResult::whole); });
}

std::optional<ServerId> Pair::served_by() {
  for (const ServerId id : both) {
    if (client_believes_ && *client_believes_ != id) continue;
    const Machine& m = machine(id);
    const bool reached =
        !wires_.is_cut(Host::client, host_of(id)) && !wires_.is_cut(host_of(id), Host::client);
    if (m.answers() && m.serving && m.is_holding(Address::primary) && reached) return id;
  }
  return std::nullopt;
}

void Pair::client_asks() {
  const auto by = served_by();
  story_.tell(now_, by ? join({"the client is served by ", to_text(*by)})
                       : std::string("the client is served by nobody"));
}

void Pair::client_writes(std::uint32_t writes) {
  const auto by = served_by();
  if (!by) return story_.tell(now_, "nobody accepts the client's writes");
  MemoryStamp& memory = machine(*by).memory;
  memory.version += writes;
  tell(*by, join({"accepts ", std::to_string(writes),
                  writes == 1 ? " write: " : " writes: ", memory_text(memory)}));
}

void Pair::show() {
  for (const ServerId id : both) {
    const Machine& m = machine(id);
    std::string what = join({to_text(id), ": "});
    switch (m.power) {
      case Machine::Power::off: what += m.kept_off ? "kept off" : "off"; break;
      case Machine::Power::booting: what += "boots"; break;
      case Machine::Power::on: {
        what += join({to_text(m.agent.role()), ", term ", std::to_string(m.history.term)});
        for (const Address address : {Address::primary, Address::monitor}) {
          if (m.is_holding(address)) what += join({", holds the ", to_text(address), " address"});
        }
        if (m.serving) what += ", serves";
        if (m.kernel == Machine::Kernel::paused) what += ", paused";
        if (m.kernel == Machine::Kernel::hung) what += ", hung";
      }
    }
    story_.tell(now_, join({what, "; memory: ", memory_text(m.memory)}));
  }
}

}  // namespace understudy::transcript
