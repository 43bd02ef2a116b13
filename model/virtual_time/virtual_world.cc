// SPDX-License-Identifier: MIT
//
// The run itself, addresses and the network. Power and memory are in virtual_server.cc, faults in
// virtual_faults.cc, leaps in virtual_leaps.cc, pings in one step in virtual_exchanges.cc.
#include "understudy/virtual_time/virtual_world.h"

#include <algorithm>

#include "understudy/virtual_time/virtual_ports.h"

namespace understudy {

using Kind = Event::Kind;

VirtualWorld::VirtualWorld(const Scenario& scenario, const Run& run, Detail detail, Pace pace)
    : scenario_(scenario),
      detail_(detail),
      leaps_(pace == Pace::leaping && detail == Detail::changes),
      end_(after(Time{}, scenario.run.duration)),
      servers_{ServerState(Agent(ServerId::first, scenario.config()), scenario, run),
               ServerState(Agent(ServerId::second, scenario.config()), scenario, run)},
      links_(scenario.topology, run),
      routes_(scenario.topology, run),
      client_(scenario.service, end_),
      writes_(scenario.memory, run),
      power_faults_(run),
      struck_(scenario.faults.size()),
      tokens_(run, "tokens") {
  if (leaps_) recurrence_ = Recurrence(servers_[0].agent.config().ping_interval);
  for (std::size_t i = 0; i < scenario.faults.size(); ++i) {
    occurrences_.emplace_back(i, run);
    plan_fault(i);
  }
  if (scenario.run.start == Start::settled) {
    start_settled(draw_phases(servers_[0].agent.config(), run));
  } else {
    power_on(ServerId::first, PowerFrom::itself);
    power_on(ServerId::second, PowerFrom::itself);
  }
}

void VirtualWorld::start_settled(const Phases& phases) {
  for (const ServerId id : {ServerId::first, ServerId::second}) {
    server(id).fate = Fate::running;
    record({.at = now_, .kind = Kind::up, .host = host_of(id)});
  }
  const auto settle = [&](ServerId id, const Agent::Settled& how) {
    VirtualPorts ports(*this, id);
    server(id).agent.settled(ports, how);
  };
  settle(ServerId::first, {.role = Role::primary,
                           .first_ping = phases.watch,
                           .first_announcement = phases.announcement_first});
  settle(ServerId::second, {.role = Role::monitor,
                            .first_ping = phases.ping,
                            .first_announcement = phases.announcement_second});
  server(ServerId::second).memory = server(ServerId::first).memory;
  if (!routes_.any()) return;
  for (const Host host : {Host::first, Host::second, Host::client}) {
    routes_.at(host).settle(Address::primary, ServerId::first);
    routes_.at(host).settle(Address::monitor, ServerId::second);
  }
}

void VirtualWorld::run_until(Time when) {
  while (agenda_.next() <= when) {
    const Time look = std::min(when, recurrence_.next());
    while (agenda_.next() <= look) {
      const Item item = agenda_.take();
      now_ = item.at;
      if (leaps_ && item.kind == Item::Kind::timer && item.timer == Timer::ping) {
        pass_pings(item, look);
      } else {
        happen(item);
      }
    }
    if (agenda_.next() <= when) look_for_recurrence(when);
  }
  now_ = when;
}

void VirtualWorld::branch(std::uint64_t number) {
  for (ServerState& s : servers_) {
    s.boots.branch(number);
    s.orders.branch(number);
  }
  for (Occurrences& occurrences : occurrences_) occurrences.branch(number);
  links_.branch(number);
  routes_.branch(number);
  writes_.branch(number);
  power_faults_.branch(number);
  tokens_.branch(number);
  recurrence_.forget();  // tokens of the old branch recur no more
}

void VirtualWorld::happen(const Item& item) {
  switch (item.kind) {
    case Item::Kind::timer: {
      ServerState& s = server(item.server);
      if (s.frozen()) return;  // it is planned again at the thaw
      s.deadlines[static_cast<std::size_t>(item.timer)] = never;
      VirtualPorts ports(*this, item.server);
      return s.agent.expired(ports, item.timer);
    }
    case Item::Kind::ping_arrives: return ping_arrives(item);
    case Item::Kind::answer_arrives: return answer_arrives(item);
    case Item::Kind::message_arrives: return message_arrives(item);
    case Item::Kind::announcement:
      if (!item.anybody) return hear_announcement(item.to, item);
      for (const Host host : {Host::first, Host::second, Host::client}) {
        if (host != item.from) hear_announcement(host, item);
      }
      return;
    case Item::Kind::fence_strikes: return fence_strikes(item);
    case Item::Kind::power_reports: return power_reports(item);
    case Item::Kind::up: return up(item.server);
    case Item::Kind::copy_begins: return copy_begins(item);
    case Item::Kind::copy_arrives:
    case Item::Kind::copy_fails: return copy_ends(item);
    case Item::Kind::health_check: return check_health(item);
    case Item::Kind::daemon_starts: return start_daemon(item.server);
    case Item::Kind::fault_begins: return fault_begins(item);
    case Item::Kind::fault_ends: return fault_ends(item);
    case Item::Kind::route_heard: return route_heard(item);
    case Item::Kind::route_installs: return route_installs(item);
    case Item::Kind::port_look: return look_at_ports(item.from);
  }
}

// Whether what reaches a server now meets with somebody. At a paused one it waits for the thaw.
VirtualWorld::Reception VirtualWorld::receive(const Item& item) {
  const ServerState& s = server(item.server);
  if (s.kernel_runs()) return Reception::met;
  if (s.fate != Fate::running || s.hangs > 0) return Reception::lost;
  waiting_.push_back(item);
  return Reception::waits;
}

// What was sent arrives as often as the network wants it to.
void VirtualWorld::arrive(Item item, VirtualLinks::Carried carried) {
  item.at = after(now_, carried.delay);
  for (std::uint8_t i = 0; i < carried.copies; ++i) agenda_.add(item);
}

void VirtualWorld::plan_timer(ServerId id, Timer timer) {
  const ServerState& s = server(id);
  const Time due = s.clock.when(s.deadlines[static_cast<std::size_t>(timer)]);
  agenda_.add({.at = std::max(due, now_), .kind = Item::Kind::timer, .server = id, .timer = timer});
}

Timeline VirtualWorld::finish() {
  settle_clients();
  pass_writes();
  Ending& ending = timeline_.ending;
  ending.at = now_;
  for (const ServerState& s : servers_) {
    ending.fates[index(s.agent.id())] = s.fate;
    ending.roles[index(s.agent.id())] = s.agent.role();
  }
  ending.writes_accepted = writes_accepted_;
  ending.writes_of_last_primary =
      last_primary_ ? server(*last_primary_).memory.version : writes_accepted_;
  client_.finish(timeline_);
  return std::move(timeline_);
}

// ---- addresses ----------------------------------------------------------------------------------

std::optional<ServerId> VirtualWorld::holder(Address address) const {
  for (const ServerId id : {ServerId::first, ServerId::second}) {
    if (servers_[index(id)].holds[static_cast<std::size_t>(address)]) return id;
  }
  return std::nullopt;
}

void VirtualWorld::claim(ServerId id, Address address) {
  bool& holds = server(id).holds[static_cast<std::size_t>(address)];
  if (holds) return;
  settle_clients();
  holds = true;
  record({.at = now_, .kind = Kind::claimed, .host = host_of(id), .address = address});
  if (address == Address::primary && !had_primary_) {
    had_primary_ = true;
    client_.first_primary(now_);
  }
}

void VirtualWorld::release(ServerId id, Address address) {
  bool& holds = server(id).holds[static_cast<std::size_t>(address)];
  if (!holds) return;
  settle_clients();
  holds = false;
  record({.at = now_, .kind = Kind::released, .host = host_of(id), .address = address});
}

// ---- the network --------------------------------------------------------------------------------

void VirtualWorld::signal(ServerId from, Address address, Token token) {
  ++signals_sent_;
  record({.at = now_,
          .kind = Kind::ping_sent,
          .host = host_of(from),
          .address = address,
          .value = token});
  Item item{
      .kind = Item::Kind::ping_arrives, .from = host_of(from), .address = address, .token = token};
  if (address == Address::witness) {
    const auto there = links_.carry({host_of(from), Host::witness, PacketKind::ping});
    if (!there) return;
    auto back = links_.carry({Host::witness, host_of(from), PacketKind::answer});
    back.delay = sum(back.delay, there.delay);
    item.kind = Item::Kind::answer_arrives;
    item.server = from;
    return arrive(item, back);
  }
  const std::optional<ServerId> to = reached_by(from, address);
  if (!to) return;
  item.server = *to;
  arrive(item, links_.carry({host_of(from), host_of(item.server), PacketKind::ping}));
}

// Whom a packet from there to a shared address gets to; none: it gets nowhere.
std::optional<ServerId> VirtualWorld::reached_by(ServerId from, Address address) const {
  if (routes_.any()) return routes_.holder_for(host_of(from), address);
  const ServerState& s = servers_[index(from)];
  return s.believed_holder[static_cast<std::size_t>(address)].value_or(other(from));
}

// The kernel answers, not the agent.
void VirtualWorld::ping_arrives(const Item& item) {
  if (!server(item.server).holds[static_cast<std::size_t>(item.address)]) return;
  if (receive(item) != Reception::met) return;
  record({.at = now_,
          .kind = Kind::ping_heard,
          .host = host_of(item.server),
          .address = item.address,
          .value = item.token});
  arrive({.kind = Item::Kind::answer_arrives,
          .server = static_cast<ServerId>(item.from),
          .address = item.address,
          .token = item.token},
         links_.carry({host_of(item.server), item.from, PacketKind::answer}));
}

void VirtualWorld::answer_arrives(const Item& item) {
  if (receive(item) != Reception::met) return;
  record({.at = now_,
          .kind = Kind::answer_heard,
          .host = host_of(item.server),
          .address = item.address,
          .value = item.token});
  if (!server(item.server).agent_runs()) return;
  VirtualPorts ports(*this, item.server);
  server(item.server)
      .agent.answered(ports,
                      {.address = item.address, .token = item.token, .received = ports.now()});
}

void VirtualWorld::announce(ServerId from, Address address) {
  record({.at = now_, .kind = Kind::announcement_sent, .host = host_of(from), .address = address});
  Item item{.kind = Item::Kind::announcement, .from = host_of(from), .address = address};
  if (routes_.any()) return advertise(item);
  if (const auto delay = links_.plain_delay()) {
    item.at = now_ + *delay;
    item.anybody = true;
    return agenda_.add(item);
  }
  for (const Host host : {Host::first, Host::second, Host::client}) {
    if (host == item.from) continue;
    item.to = host;
    arrive(item, links_.carry({item.from, host, PacketKind::announcement}));
  }
}

void VirtualWorld::hear_announcement(Host host, const Item& item) {
  const auto from = static_cast<ServerId>(item.from);
  if (host == Host::client) {
    if (routes_.any()) return;  // its router knows
    if (item.address != Address::primary || believed_by_client_ == from) return;
    settle_clients();
    believed_by_client_ = from;
    return;
  }
  const auto id = static_cast<ServerId>(host);
  Item to_it = item;
  to_it.server = id;
  to_it.to = host;
  to_it.anybody = false;
  if (receive(to_it) != Reception::met) return;
  const auto address = static_cast<std::size_t>(item.address);
  server(id).believed_holder[address] = from;
  if (!server(id).holds[address] || !server(id).agent_runs()) return;
  VirtualPorts ports(*this, id);
  server(id).agent.contested(ports, item.address);
}

// To the hosts, by way of their routers, which hear it on half the way.
void VirtualWorld::advertise(const Item& announcement) {
  Item item = announcement;
  Item router = announcement;
  router.kind = Item::Kind::route_heard;
  bool any = false;
  for (const Host host : {Host::first, Host::second, Host::client}) {
    if (host == item.from) continue;
    const auto carried = links_.carry({item.from, host, PacketKind::announcement});
    if (!carried) continue;
    any = true;
    item.to = router.to = host;
    router.at = after(now_, carried.delay / 2);
    agenda_.add(router);
    arrive(item, carried);
  }
  if (!any) return;
  router.to = item.from;
  router.at = after(now_, scenario_.topology.delay.mean() / 2);
  agenda_.add(router);
}

void VirtualWorld::route_heard(const Item& item) {
  const auto change = routes_.at(item.to).hear(item.address, static_cast<ServerId>(item.from));
  if (!change) return;
  Item due = item;
  due.at = after(now_, change->later);
  due.kind = Item::Kind::route_installs;
  due.slot = change->number;
  agenda_.add(due);
}

void VirtualWorld::route_installs(const Item& item) {
  settle_clients();
  routes_.at(item.to).install(item.address, static_cast<ServerId>(item.from), item.slot);
}

void VirtualWorld::send_message(ServerId from, const Message& message) {
  ++messages_sent_;
  record({.at = now_, .kind = Kind::message_sent, .host = host_of(from)});
  const ServerId to = other(from);
  auto carried = links_.carry({host_of(from), host_of(to), PacketKind::message});
  for (; carried; --carried.copies) {
    std::uint32_t slot = 0;
    if (free_slots_.empty()) {
      slot = static_cast<std::uint32_t>(messages_.size());
      messages_.push_back(message);
    } else {
      slot = free_slots_.back();
      free_slots_.pop_back();
      messages_[slot] = message;
    }
    agenda_.add({.at = after(now_, carried.delay),
                 .kind = Item::Kind::message_arrives,
                 .server = to,
                 .slot = slot});
  }
}

void VirtualWorld::message_arrives(const Item& item) {
  const Reception reception = receive(item);
  if (reception == Reception::waits) return;
  const Message message = messages_[item.slot];
  free_slots_.push_back(item.slot);
  if (reception == Reception::lost || !server(item.server).agent_runs()) return;
  VirtualPorts ports(*this, item.server);
  server(item.server).agent.received(ports, message);
}

}  // namespace understudy
