// SPDX-License-Identifier: MIT
//
// The virtual world's servers: power and boots, memory and service, and the faults that strike.
#include <algorithm>
#include <cmath>

#include "understudy/scenario/faults.h"
#include "understudy/virtual_time/virtual_ports.h"
#include "understudy/virtual_time/virtual_world.h"

namespace understudy {

using Kind = Event::Kind;

// ---- power and boots
// -----------------------------------------------------------------------------

// Everything that was not on the wire yet is gone; memory on disk and the history stay.
void VirtualWorld::power_off(ServerId id) {
  ServerState& s = server(id);
  if (s.fate == Fate::off) return;
  settle_clients();
  pass_writes();
  s.fate = Fate::off;
  s.serving = false;
  s.holds = {};
  s.armed = {};
  s.believed_holder = {};
  agenda_.cancel_all([&](const Item& item) {
    switch (item.kind) {
      case Item::Kind::timer:
      case Item::Kind::up:
      case Item::Kind::copy_begins:
      case Item::Kind::copy_fails: return item.server == id;
      case Item::Kind::copy_arrives: return true;  // to it or from it
      default: return false;
    }
  });
  record({.at = now_, .kind = Kind::powered_off, .host = host_of(id)});
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
  server(id).fate = Fate::running;
  record({.at = now_, .kind = Kind::up, .host = host_of(id)});
  VirtualPorts ports(*this, id);
  server(id).agent.booted(ports);
}

void VirtualWorld::order_power(ServerId by, PowerOrder order, Token token) {
  record({.at = now_, .kind = Kind::ordered, .host = host_of(by), .order = order});
  Item strike{.at = now_,
              .kind = Item::Kind::fence_strikes,
              .server = other(by),
              .order = order,
              .token = token};
  Item report{.at = now_,
              .kind = Item::Kind::power_reports,
              .server = by,
              .result = order == PowerOrder::on ? FenceResult::on : FenceResult::off,
              .token = token};
  if (order != PowerOrder::on) {
    const PowerDraws::Order draws = server(by).orders.next(scenario_.power);
    strike.at = after(now_, draws.latency);
    report.at = after(strike.at, draws.confirmation);
    if (draws.refused) {
      report.result = FenceResult::refused;
      return agenda_.add(report);
    }
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
  if (!running(item.server)) return;
  record({.at = now_, .kind = Kind::reported, .host = host_of(item.server), .result = item.result});
  VirtualPorts ports(*this, item.server);
  server(item.server).agent.fenced(ports, {.token = item.token, .result = item.result});
}

// ---- memory and service
// --------------------------------------------------------------------------

void VirtualWorld::start_copy(ServerId to) {
  agenda_.add({.at = now_ + scenario_.topology.delay.mean(),
               .kind = Item::Kind::copy_begins,
               .server = to});
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
  if (!running(source)) return;  // the copy will fail when its time is over
  pass_writes();
  server(item.server).incoming = server(source).memory;
  record({.at = now_,
          .kind = Kind::copy_begun,
          .host = host_of(item.server),
          .value = server(source).memory.version});
  const double bits = 8.0 * static_cast<double>(scenario_.memory.size_bytes);
  const Duration on_the_wire(std::llround(bits / scenario_.topology.bandwidth_bps * 1e9));
  agenda_.add({.at = now_ + scenario_.topology.delay.mean() + on_the_wire,
               .kind = Item::Kind::copy_arrives,
               .server = item.server});
}

void VirtualWorld::copy_ends(const Item& item) {
  stop_copy(item.server);
  ServerState& s = server(item.server);
  const bool whole = item.kind == Item::Kind::copy_arrives;
  pass_writes();
  if (whole) s.memory = std::max(s.memory, s.incoming);
  VirtualPorts ports(*this, item.server);
  s.agent.copied(ports, whole ? CopyResult::whole : CopyResult::failed);
}

void VirtualWorld::serve(ServerId id, Term term) {
  settle_clients();
  pass_writes();
  server(id).serving = true;
  server(id).memory.term = term;
  last_primary_ = id;
  record(
      {.at = now_, .kind = Kind::serving, .host = host_of(id), .value = server(id).memory.version});
}

void VirtualWorld::rest(ServerId id) {
  if (!server(id).serving) return;
  settle_clients();
  pass_writes();
  server(id).serving = false;
  record({.at = now_, .kind = Kind::resting, .host = host_of(id)});
}

void VirtualWorld::pass_writes() {
  const std::uint64_t count = writes_.pass(now_);
  if (count == 0) return;
  for (ServerState& s : servers_) {
    if (!s.serving) continue;
    s.memory.version += count;
    writes_accepted_ += count;
  }
}

// To be called before anything changes that a request could meet with.
void VirtualWorld::settle_clients() {
  VirtualClient::Service service{.believed = believed_by_client_};
  for (const ServerId id : {ServerId::first, ServerId::second}) {
    const ServerState& s = server(id);
    service.serving[index(id)] = s.serving && s.holds[static_cast<std::size_t>(Address::primary)];
  }
  client_.settle(now_, service, links_);
}

// ---- faults
// --------------------------------------------------------------------------------------

void VirtualWorld::fault_begins(const Item& item) {
  const Fault& fault = scenario_.faults[item.slot];
  Event event{
      .at = now_, .kind = Kind::fault_began, .fault = static_cast<std::uint16_t>(item.slot)};
  if (fault.kind == FaultKind::loss) {
    settle_clients();
    record(event);
    active_[item.slot] = true;
    return update_loss();
  }
  const auto victim = server_meant(
      fault.target, {.primary = holder(Address::primary), .monitor = holder(Address::monitor)});
  if (!victim || server(*victim).fate == Fate::off) return;  // there is nobody to be struck
  struck_[item.slot] = victim;
  event.host = host_of(*victim);
  record(event);
  power_off(*victim);
}

void VirtualWorld::fault_ends(const Item& item) {
  const Fault& fault = scenario_.faults[item.slot];
  Event event{
      .at = now_, .kind = Kind::fault_ended, .fault = static_cast<std::uint16_t>(item.slot)};
  if (fault.kind == FaultKind::loss) {
    settle_clients();
    record(event);
    active_[item.slot] = false;
    return update_loss();
  }
  const auto victim = struck_[item.slot];
  if (!victim) return;
  event.host = host_of(*victim);
  record(event);
  if (!server(*victim).kept_off) power_on(*victim, PowerFrom::itself);
}

void VirtualWorld::update_loss() { links_.set_loss(combined_loss(scenario_.faults, active_)); }

}  // namespace understudy
