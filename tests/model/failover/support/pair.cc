// SPDX-License-Identifier: MIT
//
// Time, signals, addresses and what the story says of them. Power, copies and the client are in
// pair_machines.cc, the promises in pair_watch.cc.
#include "pair.h"

#include <algorithm>

#include "pair_ports.h"
#include "understudy/failover/derive.h"

namespace understudy::transcript {
namespace {

constexpr std::array both = {ServerId::first, ServerId::second};

std::string address_text(Address address) {
  return address == Address::witness ? "the witness" : join({"the ", to_text(address), " address"});
}

std::string_view fate_text(Wires::Verdict verdict) {
  switch (verdict) {
    case Wires::Verdict::delivered: return "";
    case Wires::Verdict::lost: return ", lost";
    case Wires::Verdict::held: return ", held";
  }
  return "?";
}

}  // namespace

Pair::Pair(const PairSettings& settings, const Surroundings& around)
    : around_(around),
      machines_{Machine(Agent(ServerId::first, derive(settings))),
                Machine(Agent(ServerId::second, derive(settings)))} {}

// ---- the story

void Pair::tell(ServerId id, std::string_view what) {
  story_.tell(now_, join({to_text(id), " ", what}));
}

// Tells of a packet that is sent, if this sort is spoken of.
void Pair::tell_packet(Packet& packet, Wires::Verdict verdict) {
  const bool signal = packet.kind == Packet::Kind::ping || packet.kind == Packet::Kind::answer;
  const bool routine =
      packet.kind == Packet::Kind::announcement ||
      (packet.kind == Packet::Kind::message && packet.message.kind == Message::Kind::announcement);
  const Detail needed = signal ? Detail::signals : routine ? Detail::everything : Detail::changes;
  if (detail_ < needed && verdict != Wires::Verdict::held) return;
  wires_.name(packet);
  std::string what;
  switch (packet.kind) {
    case Packet::Kind::ping: {
      const bool probe = is_server(packet.from) && packet.address == Address::monitor &&
                         machine(static_cast<ServerId>(packet.from)).told_role == Role::arbitrating;
      what = join({probe ? "probes " : "pings ", address_text(packet.address)});
      break;
    }
    case Packet::Kind::answer: what = "answers"; break;
    case Packet::Kind::announcement:
      what = join({"announces ", address_text(packet.address), " to its neighbours"});
      break;
    case Packet::Kind::message: what = message_text(packet.message); break;
  }
  story_.tell(now_,
              join({to_text(packet.from), " ", what, " (", packet.name, fate_text(verdict), ")"}));
}

void Pair::note(ServerId id, const Note& note) {
  Machine& m = machine(id);
  std::string text = note_text(note, m.told_role);
  if (note.kind == Note::Kind::missed) {
    story_.tell_miss(now_, id, note);
  } else if (note.kind == Note::Kind::copy_whole) {
    if (detail_ > Detail::changes || m.memory != m.told_memory) {
      tell(id, text + ": " + memory_text(m.memory));
    }
    m.told_memory = m.memory;
  } else if (note.kind != Note::Kind::copy_started || detail_ > Detail::changes) {
    tell(id, text);
  }
  if (note.kind == Note::Kind::slept) m.unanswered = 0;
  if (note.kind != Note::Kind::became) return;
  m.unanswered = 0;
  used_.emplace(m.told_role, note.cause);
  const Transition* row = find_transition(m.told_role, note.cause);
  promise(row != nullptr && row->to == note.role, "a role changes by the table");
  m.told_role = note.role;
}

// ---- time

void Pair::settle(ServerId primary) {
  const Duration beat = config().ping_interval;
  machine(primary).memory = {.term = 1, .version = 0};
  for (const ServerId id : {primary, other(primary)}) {
    const bool is_primary = id == primary;
    Machine& m = machine(id);
    m.power = Machine::Power::on;
    m.told_role = is_primary ? Role::primary : Role::monitor;
    m.memory = machine(primary).memory;
    m.told_memory = m.memory;
    const Agent::Settled how{.role = m.told_role,
                             .first_ping = now_ + (is_primary ? beat / 2 : beat),
                             .first_announcement = now_ + (is_primary ? beat * 3 / 4 : beat / 4)};
    input(id, [&](Agent& agent, World& world) { agent.settled(world, how); });
  }
  static_cast<void>(story_.take());
  client_believes_ = primary;
}

void Pair::advance(Duration span) {
  constexpr int most_steps = 10'000'000;
  const Time until = now_ + span;
  int steps = 0;
  while (step(until)) {
    if (++steps > most_steps) throw BadScript("time does not move on");
  }
  now_ = until;
}

// The earliest thing that is due until then; what comes from outside before a timer.
bool Pair::step(Time until) {
  const auto event = std::ranges::min_element(events_, {}, &Event::at);
  const Time event_at = event == events_.end() ? never : event->at;
  ServerId timer_of = ServerId::first;
  std::size_t timer = 0;
  Time timer_at = never;
  for (const ServerId id : both) {
    if (!machine(id).answers()) continue;
    for (std::size_t i = 0; i < timer_count; ++i) {
      const Time when = machine(id).timers.at(i);
      if (when >= timer_at) continue;
      timer_at = when;
      timer_of = id;
      timer = i;
    }
  }
  if (std::min(event_at, timer_at) > until) return false;
  now_ = std::max(now_, std::min(event_at, timer_at));
  if (event_at <= timer_at) {
    const Event taken = std::move(*event);
    events_.erase(event);
    happen(taken);
  } else {
    machine(timer_of).timers.at(timer) = never;
    input(timer_of,
          [&](Agent& agent, World& world) { agent.expired(world, static_cast<Timer>(timer)); });
  }
  return true;
}

void Pair::happen(const Event& event) {
  switch (event.kind) {
    case Event::Kind::arrival: {
      const Packet& packet = event.packet;
      if (packet.kind == Packet::Kind::announcement && packet.to_client_too) {
        client_believes_ = static_cast<ServerId>(packet.from);
      }
      if (packet.to == Host::witness) return answer(Host::witness, packet);
      if (takes_in(static_cast<ServerId>(packet.to), event)) {
        arrive(static_cast<ServerId>(packet.to), packet);
      }
      return;
    }
    case Event::Kind::client_hears:
      client_believes_ = static_cast<ServerId>(event.packet.from);
      return;
    case Event::Kind::strikes: return strikes(event.number);
    case Event::Kind::reports:
      if (takes_in(event.server, event)) report(event.number, event.result);
      return;
    case Event::Kind::up: return boot(event.server);
    case Event::Kind::copy_begins: return copy_begins(event);
    case Event::Kind::copy_arrives:
      if (takes_in(event.server, event)) copy_arrives(event);
      return;
    case Event::Kind::copy_fails:
      if (machine(event.server).copy != event.number || !takes_in(event.server, event)) return;
      machine(event.server).copy = 0;
      return input(event.server,
                   [](Agent& agent, World& world) { agent.copied(world, CopyResult::failed); });
  }
}

// Whether a server can take in what comes to it now. A paused one will, when it thaws.
bool Pair::takes_in(ServerId id, const Event& event) {
  const Machine& m = machine(id);
  if (m.power != Machine::Power::on || m.kernel == Machine::Kernel::hung) return false;
  if (m.kernel == Machine::Kernel::runs) return true;
  waiting_.at(index(id)).push_back(event);
  return false;
}

// ---- signals, addresses, messages

// To whoever announced the address last; if nobody did, the question who has it finds the holder.
void Pair::signal(ServerId from, Address address, Token token) {
  Packet packet{.from = host_of(from), .address = address, .token = token};
  if (address == Address::witness) {
    packet.to = Host::witness;
    return send(packet);
  }
  Machine& m = machine(from);
  ++m.unanswered;
  m.last_ping = token;
  m.last_ping_at = now_;
  const auto believed = m.believed_at.at(static_cast<std::size_t>(address));
  packet.to = host_of(m.is_holding(address) ? from : believed.value_or(other(from)));
  send(packet);
}

void Pair::send(Packet packet) {
  const Wires::Verdict verdict = wires_.judge(packet);
  tell_packet(packet, verdict);
  if (verdict == Wires::Verdict::held) return wires_.keep(packet);
  if (verdict == Wires::Verdict::lost) return;
  events_.push_back({.at = now_ + around_.delay, .packet = packet});
}

void Pair::announce(ServerId from, Address address) {
  promise(machine(from).is_holding(address), "only a held address is announced");
  const bool to_client = address == Address::primary && !wires_.is_cut(host_of(from), Host::client);
  const Packet packet{.kind = Packet::Kind::announcement,
                      .from = host_of(from),
                      .to = host_of(other(from)),
                      .address = address,
                      .to_client_too = to_client};
  send(packet);
  if (to_client && wires_.judge(packet) == Wires::Verdict::lost) {
    events_.push_back(
        {.at = now_ + around_.delay, .kind = Event::Kind::client_hears, .packet = packet});
  }
}

void Pair::arrive(ServerId at, const Packet& packet) {
  Machine& m = machine(at);
  switch (packet.kind) {
    case Packet::Kind::ping:
      if (m.is_holding(packet.address)) answer(host_of(at), packet);
      return;
    case Packet::Kind::answer: {
      if (!packet.name.empty()) tell(at, join({"hears ", packet.name}));
      const bool in_time = config().detector == DetectorKind::fixed
                               ? now_ - m.last_ping_at <= config().ping_timeout
                               : m.agent.state().pending.token == packet.token;
      if (packet.token == m.last_ping && in_time) m.unanswered = 0;
      return input(at, [&](Agent& agent, World& world) {
        agent.answered(world, {.address = packet.address, .token = packet.token, .received = now_});
      });
    }
    case Packet::Kind::announcement:
      m.believed_at.at(static_cast<std::size_t>(packet.address)) =
          static_cast<ServerId>(packet.from);
      if (!m.is_holding(packet.address)) return;
      return input(at, [&](Agent& agent, World& world) { agent.contested(world, packet.address); });
    case Packet::Kind::message:
      return input(at, [&](Agent& agent, World& world) { agent.received(world, packet.message); });
  }
}

// A kernel does it, not an agent.
void Pair::answer(Host by, const Packet& ping) {
  Packet packet{.kind = Packet::Kind::answer,
                .from = by,
                .to = ping.from,
                .address = ping.address,
                .token = ping.token};
  send(packet);
}

void Pair::deliver(std::string_view name) {
  const Packet packet = wires_.take(name);
  story_.tell(now_, join({name, " arrives"}));
  happen({.at = now_, .packet = packet});
}

void Pair::drop(std::string_view name) { static_cast<void>(wires_.take(name)); }

void Pair::claim(ServerId id, Address address) {
  bool& holds = machine(id).holds.at(static_cast<std::size_t>(address));
  if (holds) return;
  const Address shared = address == Address::primary ? Address::monitor : Address::primary;
  promise(!machine(id).is_holding(shared), "one address is released before the other is claimed");
  holds = true;
  tell(id, join({"claims ", address_text(address)}));
}

void Pair::release(ServerId id, Address address) {
  bool& holds = machine(id).holds.at(static_cast<std::size_t>(address));
  if (!holds) return;
  holds = false;
  tell(id, join({"releases ", address_text(address)}));
}

}  // namespace understudy::transcript
