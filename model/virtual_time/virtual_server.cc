// SPDX-License-Identifier: MIT
//
// The virtual world's servers: power and boots, memory and service.
#include <algorithm>

#include "understudy/virtual_time/virtual_ports.h"
#include "understudy/virtual_time/virtual_world.h"

namespace understudy {

using Kind = Event::Kind;

// ---- power and boots ----------------------------------------------------------------------------

// Everything that was not on the wire yet is gone; memory on disk and the history stay.
void VirtualWorld::power_off(ServerId id) {
  ServerState& s = server(id);
  if (s.fate == Fate::off) return;
  settle_clients();
  pass_writes();
  s.fate = Fate::off;
  s.serving = false;
  s.answering = false;
  s.health_watched = false;
  s.stuck = false;
  s.holds = {};
  s.deadlines.fill(never);
  s.believed_holder = {};
  agenda_.cancel_all([&](const Item& item) {
    switch (item.kind) {
      case Item::Kind::timer:
      case Item::Kind::up:
      case Item::Kind::health_check:
      case Item::Kind::daemon_starts:
      case Item::Kind::copy_begins:
      case Item::Kind::copy_fails: return item.server == id;
      case Item::Kind::copy_arrives: return true;  // to it or from it
      default: return false;
    }
  });
  forget_waiting(id);
  record({.at = now_, .kind = Kind::powered_off, .host = host_of(id)});
  cure_by_power_cut(id);
}

void VirtualWorld::forget_waiting(ServerId id) {
  std::erase_if(waiting_, [&](const Item& item) {
    if (item.server != id) return false;
    if (item.kind == Item::Kind::message_arrives) free_slots_.push_back(item.slot);
    return true;
  });
}

void VirtualWorld::power_on(ServerId id, PowerFrom from) {
  ServerState& s = server(id);
  if (s.fate != Fate::off) return;
  s.fate = Fate::booting;
  s.kept_off = false;
  record({.at = now_,
          .kind = Kind::powered_on,
          .host = host_of(id),
          .by_channel = from == PowerFrom::channel});
  agenda_.add(
      {.at = after(now_, s.boots.next(scenario_.server)), .kind = Item::Kind::up, .server = id});
}

void VirtualWorld::up(ServerId id) {
  if (server(id).boot_failures > 0) {
    server(id).stuck = true;
    return;
  }
  server(id).fate = Fate::running;
  record({.at = now_, .kind = Kind::up, .host = host_of(id)});
  VirtualPorts ports(*this, id);
  server(id).agent.booted(ports);
  tell_of_own_link(id);
  tell_of_maintenance(id);
}

void VirtualWorld::order_power(ServerId by, PowerOrder order, Token token) {
  record({.at = now_, .kind = Kind::ordered, .host = host_of(by), .order = order});
  agenda_.cancel_all([&](const Item& item) {  // overtaken (Power in ports.h)
    return item.kind == Item::Kind::fence_strikes && item.server == other(by);
  });
  Item strike{
      .kind = Item::Kind::fence_strikes, .server = other(by), .order = order, .token = token};
  Item report{.kind = Item::Kind::power_reports,
              .server = by,
              .result = order == PowerOrder::on ? FenceResult::on : FenceResult::off,
              .token = token};
  PowerDraws::Order draws;
  if (order != PowerOrder::on) draws = server(by).orders.next(scenario_.power);
  const PowerFaults::Effect faults = power_faults_.next(by);
  strike.at = after(after(now_, draws.latency), faults.later);
  report.at = after(strike.at, draws.confirmation);
  if (faults.failure == PowerAnswer::silence) return;
  if (draws.refused || faults.failure) {
    report.result = FenceResult::refused;
    return agenda_.add(report);
  }
  agenda_.add(strike);
  agenda_.add(report);
}

void VirtualWorld::fence_strikes(const Item& item) {
  if (item.order != PowerOrder::on) {
    power_off(item.server);
    server(item.server).kept_off = true;
  }
  if (item.order != PowerOrder::off) power_on(item.server, PowerFrom::channel);
}

void VirtualWorld::power_reports(const Item& item) {
  if (receive(item) != Reception::met || !server(item.server).agent_runs()) return;
  record({.at = now_, .kind = Kind::reported, .host = host_of(item.server), .result = item.result});
  VirtualPorts ports(*this, item.server);
  server(item.server).agent.fenced(ports, {.token = item.token, .result = item.result});
}

// ---- memory and service -------------------------------------------------------------------------

void VirtualWorld::start_copy(ServerId to) {
  if (const auto delay = links_.mean_delay(host_of(to), host_of(other(to)))) {
    agenda_.add({.at = after(now_, *delay), .kind = Item::Kind::copy_begins, .server = to});
  }
  agenda_.add({.at = after(now_, scenario_.memory.copy_timeout),
               .kind = Item::Kind::copy_fails,
               .server = to});
}

void VirtualWorld::stop_copy(ServerId to) {
  agenda_.cancel_all([&](const Item& item) {
    return item.server == to &&
           (item.kind == Item::Kind::copy_begins || item.kind == Item::Kind::copy_arrives ||
            item.kind == Item::Kind::copy_fails);
  });
}

void VirtualWorld::copy_begins(const Item& item) {
  const ServerId source = other(item.server);
  const auto delay = links_.mean_delay(host_of(source), host_of(item.server));
  // The copy will fail when its time is over.
  if (!server(source).agent_runs() || !delay) return;
  pass_writes();
  server(item.server).incoming = server(source).memory;
  record({.at = now_,
          .kind = Kind::copy_begun,
          .host = host_of(item.server),
          .value = server(source).memory.version});
  const Duration on_the_wire =
      links_.time_on_wire(host_of(source), host_of(item.server), scenario_.memory.size_bytes);
  agenda_.add({.at = after(now_, sum(*delay, on_the_wire)),
               .kind = Item::Kind::copy_arrives,
               .server = item.server});
}

void VirtualWorld::copy_ends(const Item& item) {
  ServerState& s = server(item.server);
  const bool whole = item.kind == Item::Kind::copy_arrives;
  if (whole && !links_.mean_delay(host_of(other(item.server)), host_of(item.server))) return;
  if (s.frozen()) return waiting_.push_back(item);  // the clock of its agent runs out at the thaw
  stop_copy(item.server);
  pass_writes();
  if (whole) s.memory = std::max(s.memory, s.incoming);
  VirtualPorts ports(*this, item.server);
  s.agent.copied(ports, whole ? CopyResult::whole : CopyResult::failed);
}

void VirtualWorld::serve(ServerId id, Term term) {
  settle_clients();
  pass_writes();
  ServerState& s = server(id);
  s.serving = true;
  s.answering = false;  // to be told again, for the term
  s.memory.term = term;
  last_primary_ = id;
  tell_of_service(id);
}

void VirtualWorld::rest(ServerId id) {
  if (!server(id).serving) return;
  settle_clients();
  pass_writes();
  server(id).serving = false;
  tell_of_service(id);
}

// To be called when it may have begun or ended to answer, its clients and writes being settled.
void VirtualWorld::tell_of_service(ServerId id) {
  ServerState& s = server(id);
  const bool answers = s.serving && s.service_hangs == 0;
  if (answers == s.answering) return;
  s.answering = answers;
  record({.at = now_,
          .kind = answers ? Kind::serving : Kind::resting,
          .host = host_of(id),
          .value = answers ? s.memory.version : 0});
}

void VirtualWorld::pass_writes() {
  const std::uint64_t count = writes_.pass(now_);
  if (count == 0) return;
  for (ServerState& s : servers_) {
    if (!s.answering || s.frozen()) continue;
    s.memory.version += count;
    writes_accepted_ += count;
  }
}

// To be called before anything changes that a request could meet with.
void VirtualWorld::settle_clients() {
  ++settlements_;
  VirtualClient::Service service{.believed = believed_by_client_};
  for (const ServerId id : {ServerId::first, ServerId::second}) {
    const ServerState& s = server(id);
    const bool reached = s.holds[static_cast<std::size_t>(Address::primary)] && s.hangs == 0;
    service.serving[index(id)] = s.answering && reached;
    service.paused[index(id)] = s.pauses > 0;
  }
  if (routes_.any()) {
    service.believed = routes_.holder_for(Host::client, Address::primary);
    if (!service.believed) service.serving = {};
  }
  client_.settle(now_, service, links_);
}

}  // namespace understudy
