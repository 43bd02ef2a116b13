// SPDX-License-Identifier: MIT
//
// The run itself, addresses, the network and the ports. Power, memory and faults are in
// virtual_server.cc.
#include "understudy/virtual_time/virtual_world.h"

#include "understudy/virtual_time/virtual_ports.h"

namespace understudy {

using Kind = Event::Kind;

VirtualWorld::VirtualWorld(const Scenario& scenario, const Run& run, Detail detail)
    : scenario_(scenario),
      detail_(detail),
      end_(after(Time{}, scenario.run.duration)),
      servers_{ServerState(Agent(ServerId::first, scenario.config()), run),
               ServerState(Agent(ServerId::second, scenario.config()), run)},
      links_(scenario.topology, run),
      client_(scenario.service, end_),
      writes_(scenario.memory, run),
      struck_(scenario.faults.size()),
      active_(scenario.faults.size()),
      tokens_(run, "tokens") {
  for (const PlannedFault& fault : plan_faults(scenario, run)) {
    agenda_.add({.at = fault.begins, .kind = Item::Kind::fault_begins, .slot = fault.number});
    if (fault.ends != never) {
      agenda_.add({.at = fault.ends, .kind = Item::Kind::fault_ends, .slot = fault.number});
    }
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
}

void VirtualWorld::run_until(Time when) {
  while (agenda_.next() <= when) {
    const Item item = agenda_.take();
    now_ = item.at;
    happen(item);
  }
  now_ = when;
}

void VirtualWorld::happen(const Item& item) {
  switch (item.kind) {
    case Item::Kind::timer: {
      server(item.server).armed[static_cast<std::size_t>(item.timer)] = false;
      VirtualPorts ports(*this, item.server);
      return server(item.server).agent.expired(ports, item.timer);
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
    case Item::Kind::fault_begins: return fault_begins(item);
    case Item::Kind::fault_ends: return fault_ends(item);
  }
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

// ---- addresses
// -----------------------------------------------------------------------------------

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

// ---- the network
// ---------------------------------------------------------------------------------

void VirtualWorld::signal(ServerId from, Address address, Token token) {
  ++signals_sent_;
  record({.at = now_,
          .kind = Kind::ping_sent,
          .host = host_of(from),
          .address = address,
          .value = token});
  if (address == Address::witness) {
    const auto there = links_.carry({host_of(from), Host::witness, PacketKind::ping});
    if (!there) return;
    const auto back = links_.carry({Host::witness, host_of(from), PacketKind::answer});
    if (!back) return;
    return agenda_.add({.at = now_ + *there + *back,
                        .kind = Item::Kind::answer_arrives,
                        .server = from,
                        .address = address,
                        .token = token});
  }
  const auto believed = server(from).believed_holder[static_cast<std::size_t>(address)];
  const ServerId to = believed.value_or(other(from));
  const auto delay = links_.carry({host_of(from), host_of(to), PacketKind::ping});
  if (!delay) return;
  agenda_.add({.at = now_ + *delay,
               .kind = Item::Kind::ping_arrives,
               .server = to,
               .from = host_of(from),
               .address = address,
               .token = token});
}

// The kernel answers, not the agent.
void VirtualWorld::ping_arrives(const Item& item) {
  if (!server(item.server).holds[static_cast<std::size_t>(item.address)]) return;
  record({.at = now_,
          .kind = Kind::ping_heard,
          .host = host_of(item.server),
          .address = item.address,
          .value = item.token});
  const auto delay = links_.carry({host_of(item.server), item.from, PacketKind::answer});
  if (!delay) return;
  agenda_.add({.at = now_ + *delay,
               .kind = Item::Kind::answer_arrives,
               .server = static_cast<ServerId>(item.from),
               .address = item.address,
               .token = item.token});
}

void VirtualWorld::answer_arrives(const Item& item) {
  if (!running(item.server)) return;
  record({.at = now_,
          .kind = Kind::answer_heard,
          .host = host_of(item.server),
          .address = item.address,
          .value = item.token});
  VirtualPorts ports(*this, item.server);
  server(item.server)
      .agent.answered(ports, {.address = item.address, .token = item.token, .received = now_});
}

void VirtualWorld::announce(ServerId from, Address address) {
  record({.at = now_, .kind = Kind::announcement_sent, .host = host_of(from), .address = address});
  Item item{.kind = Item::Kind::announcement, .from = host_of(from), .address = address};
  if (const auto delay = links_.plain_delay()) {
    item.at = now_ + *delay;
    item.anybody = true;
    return agenda_.add(item);
  }
  for (const Host host : {Host::first, Host::second, Host::client}) {
    if (host == item.from) continue;
    const auto delay = links_.carry({item.from, host, PacketKind::announcement});
    if (!delay) continue;
    item.at = now_ + *delay;
    item.to = host;
    agenda_.add(item);
  }
}

void VirtualWorld::hear_announcement(Host host, const Item& item) {
  const auto from = static_cast<ServerId>(item.from);
  if (host == Host::client) {
    if (item.address != Address::primary || believed_by_client_ == from) return;
    settle_clients();
    believed_by_client_ = from;
    return;
  }
  const auto id = static_cast<ServerId>(host);
  if (!running(id)) return;
  const auto address = static_cast<std::size_t>(item.address);
  server(id).believed_holder[address] = from;
  if (!server(id).holds[address]) return;
  VirtualPorts ports(*this, id);
  server(id).agent.contested(ports, item.address);
}

void VirtualWorld::send_message(ServerId from, const Message& message) {
  record({.at = now_, .kind = Kind::message_sent, .host = host_of(from)});
  const ServerId to = other(from);
  const auto delay = links_.carry({host_of(from), host_of(to), PacketKind::message});
  if (!delay) return;
  std::uint32_t slot = 0;
  if (free_slots_.empty()) {
    slot = static_cast<std::uint32_t>(messages_.size());
    messages_.push_back(message);
  } else {
    slot = free_slots_.back();
    free_slots_.pop_back();
    messages_[slot] = message;
  }
  agenda_.add(
      {.at = now_ + *delay, .kind = Item::Kind::message_arrives, .server = to, .slot = slot});
}

void VirtualWorld::message_arrives(const Item& item) {
  const Message message = messages_[item.slot];
  free_slots_.push_back(item.slot);
  if (!running(item.server)) return;
  VirtualPorts ports(*this, item.server);
  server(item.server).agent.received(ports, message);
}

}  // namespace understudy
