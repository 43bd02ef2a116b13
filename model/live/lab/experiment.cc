// SPDX-License-Identifier: MIT
#include "understudy/lab/experiment.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <stdexcept>

#include "understudy/lab/netlink.h"
#include "understudy/lab/system_error.h"
#include "understudy/live/boot_clock.h"

namespace understudy::lab {
namespace {

using Kind = Event::Kind;

constexpr std::array both = {ServerId::first, ServerId::second};

// RestartSec= of the daemon's unit.
constexpr Duration pause_of_unit = std::chrono::seconds(1);
// A monitor that waits less for the other (method = "original" does not wait at all) would strike
// before there is a pair: it is told not to.
constexpr Duration time_to_join = std::chrono::seconds(1);
// Neighbours ignore a further change of an entry for a second. Nobody's second is to begin in the
// run.
constexpr Duration quiet = std::chrono::milliseconds(1500);
// That the monitor's rhythm is read from: a few, since a daemon that was kept waiting for too long
// takes up another one; and how much one of them may be late.
constexpr std::size_t enough_pings = 5;
constexpr Duration lateness = std::chrono::milliseconds(1);

std::size_t slot(Address address) { return static_cast<std::size_t>(address); }

Wires::Cables make_hosts(const Addresses& addresses) {
  Wires::Cables hosts;
  for (const Host host : all_hosts) {
    hosts[static_cast<std::size_t>(host)] = make_host_network(host, addresses);
  }
  return hosts;
}

void make_keys(const std::filesystem::path& tool, const std::filesystem::path& folder) {
  const pid_t pid = checked(fork(), "start " + tool.string());
  if (pid == 0) {
    close(STDOUT_FILENO);  // where the keys are is no news
    execl(tool.c_str(), "understudyctl", "pair-keys", folder.c_str(), nullptr);
    _exit(127);
  }
  int status = 0;
  waitpid(pid, &status, 0);
  if (status != 0) throw std::runtime_error(tool.string() + " pair-keys made no keys");
}

const std::filesystem::path& made(const std::filesystem::path& folder) {
  std::filesystem::create_directory(folder);
  return folder;
}

}  // namespace

// ---- building it --------------------------------------------------------------------------------

Experiment::Server::Server(ServerId id, const Scenario& scenario, const Run& run,
                           const std::filesystem::path& disk)
    : events(host_of(id), made(disk) / "events"),
      memory(disk / memory_on_disk, scenario.memory.size_bytes),
      boots(id, run),
      orders(id, run) {}

Experiment::Experiment(const Scenario& scenario, const Run& run, Detail detail,
                       const Programs& programs, const std::filesystem::path& folder,
                       std::vector<live::Descriptor> captures)
    : scenario_(scenario),
      run_number_(run),
      detail_(detail),
      config_(scenario.config()),
      addresses_(scenario.topology.ip),
      cables_(make_hosts(addresses_)),
      wires_(loop_, scenario.topology, run, cables_,
             {.sent = [this](Host from, const FrameFacts& facts) { sent(from, facts); },
              .arrived = [this](Host to, const FrameFacts& facts) { arrived(to, facts); },
              .moved_port = [this](Host host, Port port) { moved_port(host, port); },
              .passed = [this](Host at, const Frame& frame) { passed(at, frame); }}),
      servers_{Server(ServerId::first, scenario, run, folder / to_text(ServerId::first)),
               Server(ServerId::second, scenario, run, folder / to_text(ServerId::second))},
      power_(loop_, folder / "power",
             {.ordered = [this](ServerId about, PowerOrder order,
                                PowerController::Number visit) { ordered(about, order, visit); },
              .is_on = [this](ServerId id) { return server(id).fate != Fate::off; }}),
      operator_(loop_),
      writes_(scenario.memory, run),
      struck_(scenario.faults.size()),
      power_faults_(run) {
  for (live::Descriptor& file : captures) captures_.emplace_back(std::move(file));
  install_servers(programs, folder);
  install_referees();
  if (scenario.service.enabled) {
    client_.emplace(
        loop_, addresses_, cables_[static_cast<std::size_t>(Host::client)], scenario.service,
        [this](Time sent, std::optional<Time> answered) { settle_request(sent, answered); });
  }
}

void Experiment::install_servers(const Programs& programs, const std::filesystem::path& folder) {
  const Common common{.programs = programs, .power = folder / "power", .keys = folder / "keys"};
  make_keys(programs.tool, common.keys);
  for (const ServerId id : both) {
    const auto disk = folder / to_text(id);
    const auto file = disk / "understudyd.toml";
    std::ofstream(file) << server_settings(scenario_, id, common);
    using std::filesystem::perms;
    std::filesystem::permissions(file, perms::owner_read | perms::owner_write);
    server(id).machine = std::make_unique<Machine>(
        Machine::Parts{
            .host = host_of(id), .addresses = addresses_, .daemon = programs.daemon, .disk = disk},
        cables_[static_cast<std::size_t>(host_of(id))]);
    wires_.plug(host_of(id), Plug::dropped);
  }
}

void Experiment::install_referees() {
  for (const ServerId id : both) {
    Server& s = server(id);
    s.referee = inside(cables_[static_cast<std::size_t>(host_of(id))].space, open_address_listener);
    loop_.watch(s.referee.number(), [this, id] {
      hear_addresses(server(id).referee, [&](const IpBytes& address, bool there) {
        address_changed(id, address, there);
      });
    });
    loop_.watch(s.events.number(), [this, id] { take_events(id); });
    loop_.watch(s.machine->daemon_ended(), [this, id] { daemon_ended(id); });
  }
}

// ---- the run ------------------------------------------------------------------------------------

Timeline Experiment::carry_out() {
  const bool settled = scenario_.run.start == Start::settled;
  if (settled) settle();
  const Time zero = settled ? instant_of_phase(draw_phases(config_, run_number_).ping - Time{})
                            : live::boot_now() + std::chrono::milliseconds(10);
  loop_.run_until(zero);
  zero_ = zero;
  running_ = true;
  wires_.begin_run();
  if (settled) {
    say_how_it_begins();
  } else {
    for (const ServerId id : both) power_on(id, PowerFrom::itself);
  }
  plan();
  if (scenario_.memory.write_rate_per_s > 0) keep_writing();
  const Time end = after(zero, scenario_.run.duration);
  log_.count_until(after(Time{}, scenario_.run.duration - scenario_.service.request_timeout));
  if (client_) client_->ask_between(zero, end);
  loop_.run_until(end);
  return finish();
}

void Experiment::settle() {
  Server& second = server(ServerId::second);
  const bool hasty = config_.startup_grace < time_to_join;
  if (hasty) ++second.maintenances;
  boot_at_once(ServerId::second);
  await("second becomes the monitor",
        [&] { return second.role == Role::monitor && second.in_maintenance == hasty; });
  loop_.run_until(instant_of_watch());
  boot_at_once(ServerId::first);
  await("first becomes the primary, and the monitor hears it",
        [&] { return server(ServerId::first).role == Role::primary && answer_heard_; });
  if (hasty) {
    --second.maintenances;
    tell_of_maintenance(ServerId::second);
    await("second may strike", [&] { return !second.in_maintenance; });
  }
  server(ServerId::first).memory.write(0);  // for the first copy
  loop_.run_until(live::boot_now() + quiet);
  await("the monitor pings in a rhythm", [&] { return beat().has_value(); });
}

void Experiment::boot_at_once(ServerId id) {
  server(id).fate = Fate::booting;
  wires_.plug(host_of(id), Plug::taken);
  server(id).machine->power_on();
  server(id).machine->start_daemon();
}

void Experiment::await(const std::string& what, const std::function<bool()>& so) {
  const Duration patience = std::chrono::seconds(10) + 2 * config_.probes * config_.probe_timeout +
                            2 * static_cast<int>(enough_pings) * config_.ping_interval;
  const Time deadline = live::boot_now() + patience;
  while (!so()) {
    if (live::boot_now() > deadline) {
      std::string text = "the pair does not settle (" + what + ")";
      for (const ServerId id : both) {
        text += "; " + std::string(to_text(id)) + " says: " + server(id).machine->last_words();
      }
      throw std::runtime_error(text);
    }
    loop_.run_until(live::boot_now() + std::chrono::milliseconds(5));
  }
}

// A recent ping that was hardly late: one that no other is earlier than, in their rhythm, but most
// are later by less than a little. None: they have no rhythm yet.
std::optional<Time> Experiment::beat() const {
  const Duration interval = config_.ping_interval;
  for (const Time candidate : pings_) {
    const auto later = std::ranges::count_if(pings_, [&](Time ping) {
      const Duration by = ((ping - candidate) % interval + interval) % interval;
      return by < lateness;
    });
    if (pings_.size() == enough_pings && later > static_cast<int>(enough_pings) / 2) {
      return candidate;
    }
  }
  return std::nullopt;
}

// When to start what becomes the primary, so that its pings are as far from the monitor's as was
// drawn: both begin with their roles. To some milliseconds, and so how many of them have left at a
// failover is what it is elsewhere, and the next ones draw the same.
Time Experiment::instant_of_watch() const {
  const Phases phases = draw_phases(config_, run_number_);
  Time instant =
      servers_[index(ServerId::second)].role_since + (phases.watch - phases.ping) - start_up;
  while (instant < live::boot_now()) instant += config_.ping_interval;
  return instant;
}

// The next instant that the monitor's pings follow in this phase.
Time Experiment::instant_of_phase(Duration phase) const {
  Time instant = *beat() - phase;
  const Time earliest = live::boot_now() + std::chrono::milliseconds(10);
  while (instant < earliest) instant += config_.ping_interval;
  return instant;
}

void Experiment::say_how_it_begins() {
  for (const ServerId id : both) record({.kind = Kind::up, .host = host_of(id)});
  for (const ServerId id : both) {
    for (const Address address : {Address::primary, Address::monitor}) {
      if (!server(id).holds[slot(address)]) continue;
      record({.kind = Kind::claimed, .host = host_of(id), .address = address});
    }
    server(id).answering = false;  // to be told, too
    tell_of_service(id, Time{});
  }
}

void Experiment::plan() {
  for (std::size_t i = 0; i < scenario_.faults.size(); ++i) {
    occurrences_.emplace_back(i, run_number_);
    plan_next(i);
  }
}

Timeline Experiment::finish() {
  for (Capture& capture : captures_) capture.write_all();
  for (const ServerId id : both) take_events(id);
  pass_writes();
  const Time end = after(Time{}, scenario_.run.duration);
  std::erase_if(timeline_.events, [&](const Event& event) { return event.at > end; });
  std::ranges::stable_sort(timeline_.events, {}, &Event::at);
  Ending& ending = timeline_.ending;
  ending.at = end;
  for (const ServerId id : both) {
    ending.fates[index(id)] = server(id).fate;
    ending.roles[index(id)] = server(id).role;
  }
  ending.writes_accepted = writes_accepted_;
  ending.writes_of_last_primary =
      last_primary_ ? server(*last_primary_).memory.writes() : writes_accepted_;
  log_.finish(timeline_);
  return std::move(timeline_);
}

// ---- power and boots ----------------------------------------------------------------------------

// From this instant nothing leaves it and nothing gets in; the processes end within a moment.
void Experiment::power_off(ServerId id) {
  Server& s = server(id);
  if (s.fate == Fate::off) return;
  take_events(id);
  pass_writes();
  wires_.plug(host_of(id), Plug::dropped);
  s.machine->power_off();
  say({.kind = Kind::powered_off, .host = host_of(id)});
  s.fate = Fate::off;
  s.role = Role::arbitrating;
  s.holds = {};
  s.serving = s.answering = false;
  s.stuck = false;
  ++s.incarnation;
  cure_by_power_cut(id);
}

void Experiment::power_on(ServerId id, PowerFrom from) {
  Server& s = server(id);
  if (s.fate != Fate::off) return;
  s.fate = Fate::booting;
  s.kept_off = false;
  say({.kind = Kind::powered_on, .host = host_of(id), .by_channel = from == PowerFrom::channel});
  const Duration boot = s.boots.next(scenario_.server);
  at(after(now(), std::max(boot - start_up, Duration::zero())),
     [this, id, incarnation = s.incarnation] { kernel_up(id, incarnation); });
}

// What stands in a daemon's way, answers that a network loses say, may be over later: its unit
// starts it again after a while. Before the run nothing does.
void Experiment::daemon_ended(ServerId id) {
  Server& s = server(id);
  const DaemonEnd end = s.machine->hear_daemon_end();
  const std::string what =
      "the daemon of " + std::string(to_text(id)) + " ended; it said: " + s.machine->last_words();
  if (!running_ || end != DaemonEnd::could_not_run) throw std::runtime_error(what);
  std::cerr << "lab: run " + std::to_string(run_number_.number) + ": " + what + "\n";
  ++s.daemon_stops;
  at(after(now(), pause_of_unit), [this, id, incarnation = s.incarnation] {
    if (server(id).incarnation == incarnation) start_daemon(id);
  });
}

// Its agent says `booted`, and then it is up.
void Experiment::kernel_up(ServerId id, std::uint64_t incarnation) {
  Server& s = server(id);
  if (s.incarnation != incarnation) return;
  if (s.boot_failures > 0) {
    s.stuck = true;
    return;
  }
  wires_.plug(host_of(id), Plug::taken);
  s.machine->power_on();
  s.machine->start_daemon();
}

void Experiment::ordered(ServerId about, PowerOrder order, PowerController::Number visit) {
  const ServerId by = other(about);
  Server& s = server(by);
  take_events(by);
  // The time that its program took to get here is the power channel's. An order by hand is of now.
  constexpr Duration recent = std::chrono::seconds(1);
  const Time given = now() - s.ordered < recent ? s.ordered : now();
  // One that a newer one overtakes is not carried out (Power in ports.h).
  const std::uint32_t number = ++s.latest_order;
  PowerDraws::Order draws;
  if (order != PowerOrder::on) draws = s.orders.next(scenario_.power);
  const PowerFaults::Effect faults = power_faults_.next(by);
  const Time strikes = after(after(given, draws.latency), faults.later);
  const Time reported = after(strikes, draws.confirmation);
  if (faults.failure == PowerAnswer::silence) return;
  const bool done = !draws.refused && !faults.failure;
  if (done) {
    at(strikes, [this, by, order, number] {
      if (number == server(by).latest_order) carry_out(other(by), order);
    });
  }
  at(reported, [this, visit, done] { power_.answer(visit, done); });
}

void Experiment::carry_out(ServerId on, PowerOrder order) {
  if (order != PowerOrder::on) {
    power_off(on);
    server(on).kept_off = true;
  }
  if (order != PowerOrder::off) power_on(on, PowerFrom::channel);
}

// ---- what the servers do ------------------------------------------------------------------------

void Experiment::take_events(ServerId id) {
  for (const Event& event : server(id).events.take()) take_event(id, event);
}

void Experiment::take_event(ServerId id, const Event& said) {
  Server& s = server(id);
  if (s.fate == Fate::off) return;
  Event event = said;
  event.at = Time{} + (said.at - zero_);
  switch (event.kind) {
    case Kind::up:
      s.role = Role::arbitrating;
      if (s.fate == Fate::booting) {
        s.fate = Fate::running;
        record(event);
      }
      return tell_of_maintenance(id);
    case Kind::serving:
    case Kind::resting:
      pass_writes();
      s.serving = event.kind == Kind::serving;
      if (s.serving) last_primary_ = id;
      return tell_of_service(id, event.at);
    case Kind::ordered: s.ordered = event.at; break;
    case Kind::note:
      if (event.note.kind == Note::Kind::became) {
        s.role = event.note.role;
        s.role_since = event.at;
      }
      if (event.note.kind == Note::Kind::copy_whole) event.value = s.memory.writes();
      break;
    default: break;
  }
  record(event);
  if (event.kind == Kind::note && event.note.kind == Note::Kind::copy_started)
    copy_begins(id, event);
}

void Experiment::copy_begins(ServerId to, const Event& started) {
  const Server& from = server(other(to));
  if (!from.agent_runs()) return;
  record({.at = started.at,
          .kind = Kind::copy_begun,
          .host = host_of(to),
          .value = from.memory.writes()});
}

void Experiment::address_changed(ServerId id, const IpBytes& address, bool there) {
  Server& s = server(id);
  const auto meant = addresses_.meant_by(address);
  if (!meant || *meant == Address::witness || s.fate == Fate::off) return;
  bool& holds = s.holds[slot(*meant)];
  if (holds == there) return;
  holds = there;
  say({.kind = there ? Kind::claimed : Kind::released, .host = host_of(id), .address = *meant});
}

void Experiment::tell_of_service(ServerId id, Time when) {
  Server& s = server(id);
  const bool answers = s.serving && s.service_hangs == 0;
  if (answers == s.answering) return;
  s.answering = answers;
  record({.at = when,
          .kind = answers ? Kind::serving : Kind::resting,
          .host = host_of(id),
          .value = answers ? s.memory.writes() : 0});
}

void Experiment::pass_writes() {
  if (!running_) return;
  const std::uint64_t count = writes_.pass(std::min(now(), after(Time{}, scenario_.run.duration)));
  if (count == 0) return;
  for (const Server& s : servers_) {
    if (!s.answering || s.frozen()) continue;
    if (s.memory.write(count)) writes_accepted_ += count;
  }
}

void Experiment::keep_writing() {
  pass_writes();
  at(now() + ServiceMemory::commit_interval, [this] { keep_writing(); });
}

// ---- what is told -------------------------------------------------------------------------------

std::optional<ServerId> Experiment::holder(Address address) const {
  for (const ServerId id : both) {
    if (servers_[index(id)].holds[slot(address)]) return id;
  }
  return std::nullopt;
}

void Experiment::sent(Host from, const FrameFacts& facts) {
  const auto meant = addresses_.meant_by(facts.address);
  const Host monitor = Host::second;
  if (!running_ && facts.kind == PacketKind::ping && from == monitor && meant == Address::primary) {
    pings_.push_back(live::boot_now());
    if (pings_.size() > enough_pings) pings_.pop_front();
  }
  if (detail_ != Detail::packets || from > Host::second) return;
  if (facts.sought) return probed_in_vain(from, *facts.sought);
  Event event{.host = from, .address = meant.value_or(Address::primary), .value = facts.token};
  switch (facts.kind) {
    case PacketKind::ping: event.kind = Kind::ping_sent; break;
    case PacketKind::message: event.kind = Kind::message_sent; break;
    case PacketKind::announcement:
      if (!meant) return;
      event.kind = Kind::announcement_sent;
      break;
    default: return;
  }
  say(event);
}

// The probe of an address that nobody has gets no further than the question who has it, which the
// daemon asks and its kernel, too, now and when it has waited in vain.
void Experiment::probed_in_vain(Host from, const IpBytes& address) {
  const ServerId id = from == Host::first ? ServerId::first : ServerId::second;
  const auto meant = addresses_.meant_by(address);
  take_events(id);
  Server& s = server(id);
  if (!meant || !s.agent_runs() || s.role != Role::arbitrating) return;
  if (holder(*meant)) return;  // the kernel there will answer, and the echo itself is seen
  if (s.probed && now() - *s.probed < config_.probe_timeout * 9 / 10) return;
  s.probed = now();
  say({.kind = Kind::ping_sent, .host = from, .address = *meant, .value = no_token});
}

void Experiment::arrived(Host to, const FrameFacts& facts) {
  const auto meant = addresses_.meant_by(facts.address);
  const bool answer = facts.kind == PacketKind::answer;
  if (answer && to == Host::second && meant == Address::primary) answer_heard_ = true;
  if (detail_ != Detail::packets || !meant) return;
  if (!answer && facts.kind != PacketKind::ping) return;
  say({.kind = answer ? Kind::answer_heard : Kind::ping_heard,
       .host = to,
       .address = *meant,
       .value = facts.token});
}

// As the driver of a bond does.
void Experiment::moved_port(Host host, Port port) {
  say({.kind = Kind::moved_port, .host = host, .value = static_cast<std::uint64_t>(port)});
  for (const ServerId id : both) {
    if (host != host_of(id) || !server(id).kernel_runs()) continue;
    for (const Address address : {Address::primary, Address::monitor}) {
      if (!server(id).holds[slot(address)]) continue;
      wires_.send(host, announcement(host, addresses_.of(address)));
    }
  }
}

void Experiment::passed(Host at, const Frame& frame) {
  if (running_ && !captures_.empty()) captures_[static_cast<std::size_t>(at)].add(now(), frame);
}

void Experiment::settle_request(Time sent, std::optional<Time> answered) {
  const ClientLog::Stretch alone{.first_sent = Time{} + (sent - zero_),
                                 .interval = scenario_.service.request_interval};
  if (answered) {
    log_.answered(alone, *answered - sent);
  } else {
    log_.lost(alone);
  }
}

Time Experiment::now() const { return Time{} + (live::boot_now() - zero_); }

void Experiment::at(Time when, Loop::Action action) {
  if (running_ && when > after(Time{}, scenario_.run.duration)) return;
  loop_.at(zero_ + (when - Time{}), std::move(action));
}

void Experiment::say(Event event) {
  if (!running_) return;
  event.at = now();
  record(event);
}

void Experiment::record(Event event) {
  if (!running_) return;
  if (event.kind == Kind::claimed && event.address == Address::primary && !had_primary_) {
    had_primary_ = true;
    log_.count_from(event.at);
  }
  understudy::record(timeline_, detail_, event);
}

}  // namespace understudy::lab
