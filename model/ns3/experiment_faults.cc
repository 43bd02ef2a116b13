// SPDX-License-Identifier: MIT
//
// The faults that strike an experiment: each as a fault of the machinery that ns-3 has for it. What
// those of the network do is in pair_network.h.
#include <algorithm>

#include "understudy/ns3/experiment.h"
#include "understudy/ns3/schedule.h"
#include "understudy/outcome/own_link.h"
#include "understudy/scenario/faults.h"

namespace understudy::ns3_substrate {
namespace {

using Kind = Event::Kind;

constexpr std::array both = {ServerId::first, ServerId::second};

}  // namespace

// ---- begin and end ------------------------------------------------------------------------------

std::optional<ServerId> Experiment::holder(Address address) {
  for (const ServerId id : both) {
    const auto addresses = network_->addresses_for(id);
    if (network_->host(host_of(id))
            ->Holds(address == Address::primary ? addresses.primary : addresses.monitor)) {
      return id;
    }
  }
  return std::nullopt;
}

void Experiment::plan_next(std::size_t number) {
  const Time begins = occurrences_[number].next(scenario_.faults[number]).begins;
  at(begins, end_, [this, number]() { fault_begins(number); });
}

void Experiment::fault_begins(std::size_t number) {
  const Fault& fault = scenario_.faults[number];
  at(occurrences_[number].latest().ends, end_, [this, number]() { fault_ends(number); });
  plan_next(number);

  const Struck struck = struck_.begin(
      scenario_, number, {.primary = holder(Address::primary), .monitor = holder(Address::monitor)},
      [this](ServerId id, FaultKind kind) { return server(id).can_be_struck(kind); });
  if (struck.hosts.empty()) return;  // there is nobody to be struck
  pass_writes();
  say(fault_event(Kind::fault_began, number, struck));
  network_->begin_fault(number, fault, struck);
  power_faults_.begin(number, fault, struck.hosts);
  for (const ServerId id : both) {
    if (strikes_servers(fault.kind) && struck.hosts.has(id)) strike(id, fault);
    tell_of_own_link(id);
  }
  if (fault.kind == FaultKind::daemon_restart && !fault.lasts) fault_ends(number);
}

void Experiment::fault_ends(std::size_t number) {
  const Fault& fault = scenario_.faults[number];
  const Struck struck = struck_[number];
  if (struck.hosts.empty()) return;  // it struck nobody, or was cut short
  pass_writes();
  network_->end_fault(number, fault, struck);
  power_faults_.end(number);
  if (strikes_servers(fault.kind)) {
    for (const ServerId id : both) {
      if (!struck.hosts.has(id)) continue;
      end_for(id, number);
      relieve(id, fault);
    }
    return;
  }
  say(fault_event(Kind::fault_ended, number, struck));
  struck_.end(number);
  for (const ServerId id : both) tell_of_own_link(id);
}

void Experiment::end_for(ServerId id, std::size_t number) {
  struck_.leave(number, id);
  say(fault_event(Kind::fault_ended, number, {.hosts = {host_of(id)}, .others = {}}));
}

// Whatever runs is gone, and what ailed it too.
void Experiment::cure_by_power_cut(ServerId id) {
  if (!server(id).end_with_the_power()) return;
  for (std::size_t i = 0; i < struck_.size(); ++i) {
    if (ends_with_the_power(scenario_.faults[i].kind) && struck_[i].hosts.has(id)) end_for(id, i);
  }
}

// ---- on a server --------------------------------------------------------------------------------

void Experiment::strike(ServerId id, const Fault& fault) {
  Server& s = server(id);
  switch (fault.kind) {
    case FaultKind::crash: return power_off(id);
    case FaultKind::hang: ++s.hangs; return freeze_or_thaw(id);
    case FaultKind::pause: ++s.pauses; return freeze_or_thaw(id);
    case FaultKind::service_hang:
      ++s.service_hangs;
      s.agent->SetServiceHanging(true);
      return watch_health(id);
    case FaultKind::boot_failure: ++s.boot_failures; return;
    case FaultKind::daemon_restart:
      if (++s.daemon_stops == 1) s.agent->Kill();
      return;
    case FaultKind::clock_rate: return set_clock_rate(id);
    case FaultKind::switchover: return s.agent->Request(understudy::Request::switchover);
    case FaultKind::maintenance: ++s.maintenances; return tell_of_maintenance(id);
    default: return;  // of the network, or of the power channel
  }
}

void Experiment::relieve(ServerId id, const Fault& fault) {
  Server& s = server(id);
  switch (fault.kind) {
    case FaultKind::crash:
      if (!s.kept_off) power_on(id, PowerFrom::itself);
      return;
    case FaultKind::hang: --s.hangs; return freeze_or_thaw(id);
    case FaultKind::pause: --s.pauses; return freeze_or_thaw(id);
    case FaultKind::service_hang:
      if (--s.service_hangs == 0) s.agent->SetServiceHanging(false);
      return;
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

// The host first: what waits at its card gets in before the agent's timers fire.
void Experiment::freeze_or_thaw(ServerId id) {
  Server& s = server(id);
  const auto host = network_->host(host_of(id));
  const bool was_frozen = host->GetState() == ns3::UnderstudyHost::State::hung;
  if (s.hangs > 0) {
    host->Hang();
  } else if (s.pauses > 0) {
    host->Pause();
  } else {
    host->Thaw();
  }
  if (s.frozen() && !was_frozen) {
    s.agent->Freeze();
    say({.kind = Kind::froze, .host = host_of(id)});
  } else if (!s.frozen()) {
    say({.kind = Kind::thawed, .host = host_of(id)});
    s.agent->Thaw();
    std::vector<std::function<void()>> waited;
    waited.swap(s.waiting);
    for (const auto& action : waited) action();
    tell_of_own_link(id);
    tell_of_maintenance(id);
  }
}

// The kernel announces its addresses thereupon, if it runs.
void Experiment::moved_port(Host host, Port port) {
  say({.kind = Kind::moved_port, .host = host, .value = static_cast<std::uint64_t>(port)});
  for (const ServerId id : both) {
    if (host != host_of(id) || !server(id).kernel_runs()) continue;
    const auto addresses = network_->addresses_for(id);
    for (const Address address : {Address::primary, Address::monitor}) {
      const auto& held = address == Address::primary ? addresses.primary : addresses.monitor;
      if (!network_->host(host)->Holds(held)) continue;
      say({.kind = Kind::announcement_sent, .host = host, .address = address});
    }
  }
}

// Several faults at once multiply.
void Experiment::set_clock_rate(ServerId id) {
  double rate = 1.0;
  for (std::size_t i = 0; i < struck_.size(); ++i) {
    const Fault& fault = scenario_.faults[i];
    if (fault.kind == FaultKind::clock_rate && struck_[i].hosts.has(id)) rate *= fault.factor;
  }
  server(id).agent->SetClockRate(rate);
}

void Experiment::start_daemon(ServerId id) {
  Server& s = server(id);
  if (s.frozen()) {
    s.waiting.emplace_back([this, id]() { start_daemon(id); });
    return;
  }
  if (--s.daemon_stops > 0) return;
  s.agent->Boot();
  tell_of_own_link(id);
  tell_of_maintenance(id);
}

// Its kernel does, as soon as it listens.
void Experiment::tell_of_own_link(ServerId id) {
  Server& s = server(id);
  if (!s.agent_runs()) return;
  const OwnLink link = own_link(host_of(id), scenario_, struck_, network_->bonds());
  if ((link == OwnLink::down) != s.agent->GetAgent().state().cut_off) s.agent->ReportLink(link);
}

void Experiment::watch_health(ServerId id) {
  Server& s = server(id);
  if (s.health_watched) return;
  s.health_watched = true;
  at(s.health_checks.next_after(now()), end_,
     [this, id, incarnation = s.incarnation]() { check_health(id, incarnation); });
}

// Until an agent knows that all is well.
void Experiment::check_health(ServerId id, std::uint64_t incarnation) {
  Server& s = server(id);
  if (s.incarnation != incarnation) return;
  s.health_watched = false;
  const bool ill = s.service_hangs > 0;
  if (ill || !s.agent_runs()) watch_health(id);
  if (s.agent_runs()) s.agent->ReportHealth(ill ? Health::ill : Health::well);
}

// An operator tells a server as soon as it listens.
void Experiment::tell_of_maintenance(ServerId id) {
  Server& s = server(id);
  const bool wanted = s.maintenances > 0;
  if (wanted == s.in_maintenance || !s.agent_runs()) return;
  s.in_maintenance = wanted;
  s.agent->Request(wanted ? understudy::Request::maintenance_on
                          : understudy::Request::maintenance_off);
}

}  // namespace understudy::ns3_substrate
