// SPDX-License-Identifier: MIT
//
// The faults that strike the lab, each as the thing itself: power that is cut, processes that are
// stopped or killed, cables that carry nothing. What those of the network do to frames is in
// wires.h, and what cannot be done here in abilities.h.
#include <algorithm>

#include "understudy/lab/experiment.h"
#include "understudy/live/boot_clock.h"
#include "understudy/outcome/own_link.h"
#include "understudy/scenario/faults.h"

namespace understudy::lab {
namespace {

using Kind = Event::Kind;

constexpr std::array both = {ServerId::first, ServerId::second};

}  // namespace

// ---- begin and end ------------------------------------------------------------------------------

void Experiment::plan_next(std::size_t number) {
  const Time begins = occurrences_[number].next(scenario_.faults[number]).begins;
  at(begins, [this, number] { fault_begins(number); });
}

// Faults of one instant strike at one, though one after the other.
Time Experiment::instant_of_strike(Time planned) {
  if (planned != planned_strike_) latest_strike_ = now();
  planned_strike_ = planned;
  return latest_strike_;
}

void Experiment::fault_begins(std::size_t number) {
  const Fault& fault = scenario_.faults[number];
  const auto [begins, ends] = occurrences_[number].latest();
  at(ends, [this, number] { fault_ends(number); });
  plan_next(number);

  for (const ServerId id : both) take_events(id);
  const Struck struck = struck_.begin(
      scenario_, number, {.primary = holder(Address::primary), .monitor = holder(Address::monitor)},
      [this](ServerId id, FaultKind kind) { return server(id).can_be_struck(kind); });
  if (struck.hosts.empty()) return;  // there is nobody to be struck
  pass_writes();
  Event began = fault_event(Kind::fault_began, number, struck);
  began.at = instant_of_strike(begins);
  record(began);
  wires_.begin_fault(number, fault, struck);
  show_links();
  power_faults_.begin(number, fault, struck.hosts);
  for (const ServerId id : both) {
    if (strikes_servers(fault.kind) && struck.hosts.has(id)) strike(id, fault, ends);
  }
  if (fault.kind == FaultKind::daemon_restart && !fault.lasts) fault_ends(number);
}

void Experiment::fault_ends(std::size_t number) {
  const Fault& fault = scenario_.faults[number];
  const Struck struck = struck_[number];
  if (struck.hosts.empty()) return;  // it struck nobody, or was cut short
  pass_writes();
  wires_.end_fault(number);
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
  show_links();
}

// To the servers' kernels, whether they run or not.
void Experiment::show_links() {
  for (const ServerId id : both) {
    const Host host = host_of(id);
    wires_.show_link(host, own_link(host, scenario_, struck_, wires_.bonds()));
  }
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

void Experiment::strike(ServerId id, const Fault& fault, Time ends) {
  Server& s = server(id);
  switch (fault.kind) {
    case FaultKind::crash: return power_off(id);
    case FaultKind::hang: ++s.hangs; return freeze_or_thaw(id);
    case FaultKind::pause: ++s.pauses; return freeze_or_thaw(id);
    case FaultKind::service_hang:
      if (++s.service_hangs == 1) s.machine->stop_service();
      return tell_of_service(id, now());
    case FaultKind::boot_failure: ++s.boot_failures; return;
    case FaultKind::daemon_restart:
      if (++s.daemon_stops == 1) s.machine->kill_daemon();
      // At its end an agent runs again, as after a boot.
      return at(ends == never ? now() : std::max(now(), ends - start_up),
                [this, id, incarnation = s.incarnation] {
                  if (server(id).incarnation == incarnation) start_daemon(id);
                });
    case FaultKind::switchover:
      return operator_.say(s.machine->disk() / "socket", "switchover", [](bool) {});
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
      if (--s.service_hangs == 0) s.machine->continue_service();
      return tell_of_service(id, now());
    case FaultKind::boot_failure:
      if (--s.boot_failures > 0 || !s.stuck) return;
      power_off(id);
      return power_on(id, PowerFrom::itself);
    case FaultKind::daemon_restart: return;  // it was started in time
    case FaultKind::maintenance: --s.maintenances; return tell_of_maintenance(id);
    default: return;
  }
}

// The cable first: what a paused server was sent is in its kernel before its programs go on.
void Experiment::freeze_or_thaw(ServerId id) {
  Server& s = server(id);
  const int troubles = s.hangs + s.pauses;
  wires_.plug(host_of(id), s.hangs > 0 ? Plug::dropped : s.pauses > 0 ? Plug::kept : Plug::taken);
  if (troubles == 0) {
    s.machine->continue_everything();
    if (s.service_hangs > 0) s.machine->stop_service();
    say({.kind = Kind::thawed, .host = host_of(id)});
    return tell_of_maintenance(id);
  }
  s.machine->stop_everything();
  say({.kind = Kind::froze, .host = host_of(id)});
}

// What is stopped starts nothing: a daemon that is due while its server is frozen starts with it.
void Experiment::start_daemon(ServerId id) {
  Server& s = server(id);
  if (s.frozen()) {
    return at(now() + std::chrono::milliseconds(1), [this, id, incarnation = s.incarnation] {
      if (server(id).incarnation == incarnation) start_daemon(id);
    });
  }
  if (--s.daemon_stops == 0) s.machine->start_daemon();
}

// An operator tells a server as soon as it listens.
void Experiment::tell_of_maintenance(ServerId id) {
  Server& s = server(id);
  const bool wanted = s.maintenances > 0;
  if (wanted == s.in_maintenance || !s.agent_runs()) return;
  operator_.say(s.machine->disk() / "socket", wanted ? "maintenance on" : "maintenance off",
                [this, id, wanted](bool done) {
                  if (done) {
                    server(id).in_maintenance = wanted;
                    return tell_of_maintenance(id);
                  }
                  constexpr Duration patience = std::chrono::milliseconds(50);
                  at(now() + patience, [this, id] { tell_of_maintenance(id); });
                });
}

}  // namespace understudy::lab
