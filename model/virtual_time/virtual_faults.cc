// SPDX-License-Identifier: MIT
//
// The faults that strike the virtual world. What those of the network do to packets is in
// impairments.h, what those of the power channel do to orders in power_faults.h.
#include <algorithm>

#include "understudy/outcome/own_link.h"
#include "understudy/scenario/faults.h"
#include "understudy/virtual_time/virtual_ports.h"
#include "understudy/virtual_time/virtual_world.h"

namespace understudy {
namespace {

using Kind = Event::Kind;

constexpr std::array both = {ServerId::first, ServerId::second};

}  // namespace

// ---- begin and end ------------------------------------------------------------------------------

void VirtualWorld::plan_fault(std::size_t number) {
  const Time begins = occurrences_[number].next(scenario_.faults[number]).begins;
  if (begins == never) return;
  agenda_.add(
      {.at = begins, .kind = Item::Kind::fault_begins, .slot = static_cast<std::uint32_t>(number)});
}

void VirtualWorld::fault_begins(const Item& item) {
  const std::size_t number = item.slot;
  const Fault& fault = scenario_.faults[number];
  if (const Time ends = occurrences_[number].latest().ends; ends != never) {
    agenda_.add({.at = ends, .kind = Item::Kind::fault_ends, .slot = item.slot});
  }
  plan_fault(number);

  const Struck struck = struck_.begin(
      scenario_, number, {.primary = holder(Address::primary), .monitor = holder(Address::monitor)},
      [this](ServerId id, FaultKind kind) { return servers_[index(id)].can_be_struck(kind); });
  if (struck.hosts.empty()) return;  // there is nobody to be struck
  settle_clients();
  pass_writes();
  Event event = fault_event(Kind::fault_began, number, struck);
  event.at = now_;
  record(event);
  links_.begin(number, fault, struck);
  plan_looks();
  power_faults_.begin(number, fault, struck.hosts);
  for (const ServerId id : both) {
    if (strikes_servers(fault.kind) && struck.hosts.has(id)) strike(id, fault);
    tell_of_own_link(id);
  }
  if (fault.kind == FaultKind::daemon_restart && !fault.lasts) fault_ends(item);
}

void VirtualWorld::fault_ends(const Item& item) {
  const std::size_t number = item.slot;
  const Fault& fault = scenario_.faults[number];
  const Struck struck = struck_[number];
  if (struck.hosts.empty()) return;  // it struck nobody, or was cut short
  settle_clients();
  pass_writes();
  links_.end(number);
  plan_looks();
  power_faults_.end(number);
  if (strikes_servers(fault.kind)) {
    for (const ServerId id : both) {
      if (!struck.hosts.has(id)) continue;
      end_for(id, number);
      relieve(id, fault);
    }
    return;
  }
  Event event = fault_event(Kind::fault_ended, number, struck);
  event.at = now_;
  record(event);
  struck_.end(number);
  for (const ServerId id : both) tell_of_own_link(id);
}

// ---- bonds --------------------------------------------------------------------------------------

void VirtualWorld::plan_looks() {
  for (const VirtualLinks::Look& look : links_.take_looks()) {
    agenda_.add({.at = after(now_, look.later), .kind = Item::Kind::port_look, .from = look.host});
  }
}

// The kernel does it, not the agent. Who goes over tells everybody where its addresses are.
void VirtualWorld::look_at_ports(Host host) {
  settle_clients();
  const std::optional<Port> port = links_.look(host);
  if (!port) return;
  record({.at = now_,
          .kind = Kind::moved_port,
          .host = host,
          .value = static_cast<std::uint64_t>(*port)});
  for (const ServerId id : both) {
    if (host != host_of(id) || !server(id).kernel_runs()) continue;
    for (const Address address : {Address::primary, Address::monitor}) {
      if (server(id).holds[static_cast<std::size_t>(address)]) announce(id, address);
    }
  }
}

// ---- for one server -----------------------------------------------------------------------------

void VirtualWorld::end_for(ServerId id, std::size_t number) {
  struck_.leave(number, id);
  Event event = fault_event(Kind::fault_ended, number, {.hosts = {host_of(id)}, .others = {}});
  event.at = now_;
  record(event);
}

// Whatever runs is gone, and what ailed it too.
void VirtualWorld::cure_by_power_cut(ServerId id) {
  if (!server(id).end_with_the_power()) return;
  for (std::size_t i = 0; i < struck_.size(); ++i) {
    if (ends_with_the_power(scenario_.faults[i].kind) && struck_[i].hosts.has(id)) end_for(id, i);
  }
}

// ---- on a server --------------------------------------------------------------------------------

void VirtualWorld::strike(ServerId id, const Fault& fault) {
  ServerState& s = server(id);
  switch (fault.kind) {
    case FaultKind::crash: return power_off(id);
    case FaultKind::hang:
    case FaultKind::pause:
      if (!s.frozen()) freeze(id);
      ++(fault.kind == FaultKind::hang ? s.hangs : s.pauses);
      return;
    case FaultKind::service_hang:
      ++s.service_hangs;
      tell_of_service(id);
      return watch_health(id);
    case FaultKind::boot_failure: ++s.boot_failures; return;
    case FaultKind::daemon_restart: return stop_daemon(id);
    case FaultKind::clock_rate: return set_clock_rate(id);
    case FaultKind::switchover: {
      VirtualPorts ports(*this, id);
      return s.agent.requested(ports, Request::switchover);
    }
    case FaultKind::maintenance: ++s.maintenances; return tell_of_maintenance(id);
    default: return;  // of the network, or of the power channel
  }
}

void VirtualWorld::relieve(ServerId id, const Fault& fault) {
  ServerState& s = server(id);
  switch (fault.kind) {
    case FaultKind::crash:
      if (!s.kept_off) power_on(id, PowerFrom::itself);
      return;
    case FaultKind::hang:
    case FaultKind::pause:
      --(fault.kind == FaultKind::hang ? s.hangs : s.pauses);
      if (!s.frozen()) thaw(id);
      return;
    case FaultKind::service_hang: --s.service_hangs; return tell_of_service(id);
    case FaultKind::boot_failure:
      if (--s.boot_failures > 0 || !s.stuck) return;
      power_off(id);
      return power_on(id, PowerFrom::itself);
    case FaultKind::daemon_restart: return start_daemon(id);
    case FaultKind::clock_rate: return set_clock_rate(id);
    case FaultKind::maintenance: --s.maintenances; return tell_of_maintenance(id);
    default: return;
  }
}

// ---- frozen -------------------------------------------------------------------------------------

void VirtualWorld::freeze(ServerId id) {
  cut_off_copies();
  record({.at = now_, .kind = Kind::froze, .host = host_of(id)});
}

// What has waited comes first, in the order of arrival, then the timers, in the order of time.
void VirtualWorld::thaw(ServerId id) {
  record({.at = now_, .kind = Kind::thawed, .host = host_of(id)});
  for (Item item : waiting_) {
    if (item.server != id) continue;
    item.at = now_;
    agenda_.add(item);
  }
  std::erase_if(waiting_, [&](const Item& item) { return item.server == id; });
  replan_timers(id);
  tell_of_own_link(id);
  tell_of_maintenance(id);
}

void VirtualWorld::replan_timers(ServerId id) {
  agenda_.cancel_all(
      [&](const Item& item) { return item.kind == Item::Kind::timer && item.server == id; });
  std::array<Timer, timer_count> timers{};
  for (std::size_t i = 0; i < timer_count; ++i) timers[i] = static_cast<Timer>(i);
  const auto deadline = [&](Timer timer) {
    return server(id).deadlines[static_cast<std::size_t>(timer)];
  };
  std::ranges::stable_sort(timers, {}, deadline);
  for (const Timer timer : timers) {
    if (deadline(timer) != never) plan_timer(id, timer);
  }
}

// Copies go from one server's agent to the other's. Whoever waits for one gives up in time.
void VirtualWorld::cut_off_copies() {
  agenda_.cancel_all([](const Item& item) {
    return item.kind == Item::Kind::copy_begins || item.kind == Item::Kind::copy_arrives;
  });
}

// ---- clocks and agents --------------------------------------------------------------------------

// Several faults at once multiply.
void VirtualWorld::set_clock_rate(ServerId id) {
  double rate = 1.0;
  for (std::size_t i = 0; i < struck_.size(); ++i) {
    const Fault& fault = scenario_.faults[i];
    if (fault.kind == FaultKind::clock_rate && struck_[i].hosts.has(id)) rate *= fault.factor;
  }
  server(id).clock.run_at(rate, now_);
  replan_timers(id);
}

// Nothing of the agent is left; its service and the kernel go on.
void VirtualWorld::stop_daemon(ServerId id) {
  ServerState& s = server(id);
  if (++s.daemon_stops > 1) return;
  s.deadlines.fill(never);
  replan_timers(id);
  stop_copy(id);
  cut_off_copies();
}

void VirtualWorld::start_daemon(ServerId id) {
  ServerState& s = server(id);
  if (s.frozen()) {
    return waiting_.push_back({.at = now_, .kind = Item::Kind::daemon_starts, .server = id});
  }
  if (--s.daemon_stops > 0) return;
  VirtualPorts ports(*this, id);
  s.agent.booted(ports);
  tell_of_own_link(id);
  tell_of_maintenance(id);
}

// Its kernel does, as soon as it listens.
void VirtualWorld::tell_of_own_link(ServerId id) {
  ServerState& s = server(id);
  if (!s.agent_runs()) return;
  const OwnLink link = own_link(host_of(id), scenario_, struck_, links_.bonds());
  if ((link == OwnLink::down) == s.agent.state().cut_off) return;
  VirtualPorts ports(*this, id);
  s.agent.linked(ports, link);
}

// ---- health and operators -----------------------------------------------------------------------

void VirtualWorld::watch_health(ServerId id) {
  ServerState& s = server(id);
  if (s.health_watched) return;
  s.health_watched = true;
  agenda_.add(
      {.at = s.health_checks.next_after(now_), .kind = Item::Kind::health_check, .server = id});
}

// Until an agent knows that all is well.
void VirtualWorld::check_health(const Item& item) {
  ServerState& s = server(item.server);
  s.health_watched = false;
  const bool ill = s.service_hangs > 0;
  if (ill || !s.agent_runs()) watch_health(item.server);
  if (!s.agent_runs()) return;
  VirtualPorts ports(*this, item.server);
  s.agent.checked(ports, ill ? Health::ill : Health::well);
}

// An operator tells a server as soon as it listens.
void VirtualWorld::tell_of_maintenance(ServerId id) {
  ServerState& s = server(id);
  const bool wanted = s.maintenances > 0;
  if (wanted == s.in_maintenance || !s.agent_runs()) return;
  s.in_maintenance = wanted;
  VirtualPorts ports(*this, id);
  s.agent.requested(ports, wanted ? Request::maintenance_on : Request::maintenance_off);
}

}  // namespace understudy
