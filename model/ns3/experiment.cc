// SPDX-License-Identifier: MIT
#include "understudy/ns3/experiment.h"

#include <ns3/callback.h>
#include <ns3/node.h>
#include <ns3/nstime.h>
#include <ns3/simulator.h>
#include <ns3/string.h>

#include "understudy/ns3/client.h"
#include "understudy/ns3/schedule.h"

namespace understudy::ns3_substrate {
namespace {

using Kind = Event::Kind;

constexpr std::array both = {ServerId::first, ServerId::second};

}  // namespace

Experiment::Experiment(const Scenario& scenario, const Run& run, Detail detail)
    : scenario_(scenario),
      end_(after(Time{}, scenario.run.duration)),
      detail_(detail),
      network_(PairNetwork::make(scenario.topology, run)),
      servers_{Server(ServerId::first, scenario, run), Server(ServerId::second, scenario, run)},
      writes_(scenario.memory, run),
      struck_(scenario.faults.size()),
      power_faults_(run) {
  install_agents(run);
  if (scenario.service.enabled) install_client();
  network_->watch_ports([this](Host host, Port port) { moved_port(host, port); });
  if (detail == Detail::packets) {
    network_->watch_pings([this](Host host, const PacketFacts& facts) {
      const auto addresses = network_->addresses_for(ServerId::first);
      if (!facts.asked_address || !network_->host(host)->Holds(*facts.asked_address)) return;
      say({.kind = Kind::ping_heard,
           .host = host,
           .address = *facts.asked_address == addresses.primary   ? Address::primary
                      : *facts.asked_address == addresses.monitor ? Address::monitor
                                                                  : Address::witness,
           .value = facts.token});
    });
  }
  // In the midst of the simulation, so that what is sent now is sent as everything else; before the
  // faults, so that those of the first instant find a pair.
  ns3::Simulator::ScheduleNow([this, run]() { start(run); });
  plan(run);
}

Experiment::~Experiment() = default;

void Experiment::install_agents(const Run& run) {
  PairSettings settings = scenario_.pair_settings();
  for (const ServerId id : both) {
    const auto host = network_->host(host_of(id));
    const auto agent = ns3::CreateObject<ns3::UnderstudyAgent>();
    host->GetNode()->AddApplication(agent);
    // Started by hand, in an order that does not depend on ns-3's.
    agent->SetStartTime(to_ns3(scenario_.run.duration) + ns3::Seconds(1));
    agent->Configure(host,
                     {.id = id,
                      .settings = settings,
                      .addresses = network_->addresses_for(id),
                      .tokens = Stream(run, std::string("tokens/") + std::string(to_text(id)))},
                     *this);
    agent->TraceConnectWithoutContext(
        "Event", ns3::Callback<void, const Event&>([this](const Event& event) { hear(event); }));
    server(id).agent = agent;
  }
}

void Experiment::install_client() {
  const auto client = ns3::CreateObject<ns3::UnderstudyClient>();
  client->SetAttribute("Remote",
                       ns3::AddressValue(network_->addresses_for(ServerId::first).primary));
  client->SetAttribute("Interval", ns3::TimeValue(to_ns3(scenario_.service.request_interval)));
  client->SetAttribute("Timeout", ns3::TimeValue(to_ns3(scenario_.service.request_timeout)));
  client->TraceConnectWithoutContext(
      "Answered",
      ns3::Callback<void, std::uint64_t, ns3::Time, ns3::Time>(
          [this](std::uint64_t number, ns3::Time sent, ns3::Time answered) {
            settle_request(
                number, {.sent = from_ns3(sent), .answered = from_ns3(answered), .settled = true});
          }));
  client->TraceConnectWithoutContext(
      "Lost",
      ns3::Callback<void, std::uint64_t, ns3::Time>([this](std::uint64_t number, ns3::Time sent) {
        settle_request(number, {.sent = from_ns3(sent), .answered = {}, .settled = true});
      }));
  client->SetStartTime(ns3::Time(0));
  network_->host(Host::client)->GetNode()->AddApplication(client);
  log_.count_until(after(Time{}, scenario_.run.duration - scenario_.service.request_timeout));
}

void Experiment::start(const Run& run) {
  if (scenario_.run.start == Start::cold) {
    for (const ServerId id : both) {
      network_->host(host_of(id))->PowerOff();
      power_on(id, PowerFrom::itself);
    }
    return;
  }
  network_->settle();
  const Phases phases = draw_phases(server(ServerId::first).agent->GetAgent().config(), run);
  for (const ServerId id : both) {
    server(id).fate = Fate::running;
    say({.kind = Kind::up, .host = host_of(id)});
  }
  server(ServerId::first)
      .agent->Settle({.role = Role::primary,
                      .first_ping = phases.watch,
                      .first_announcement = phases.announcement_first});
  server(ServerId::second)
      .agent->Settle({.role = Role::monitor,
                      .first_ping = phases.ping,
                      .first_announcement = phases.announcement_second});
  server(ServerId::second).memory.install(server(ServerId::first).memory.snapshot());
}

void Experiment::plan(const Run& run) {
  for (std::size_t i = 0; i < scenario_.faults.size(); ++i) {
    occurrences_.emplace_back(i, run);
    plan_next(i);
  }
}

Timeline Experiment::finish() {
  pass_writes();
  Ending& ending = timeline_.ending;
  ending.at = end_;
  for (const ServerId id : both) {
    ending.fates[index(id)] = server(id).fate;
    ending.roles[index(id)] = server(id).agent->GetAgent().role();
  }
  ending.writes_accepted = writes_accepted_;
  ending.writes_of_last_primary =
      last_primary_ ? server(*last_primary_).memory.stamp().version : writes_accepted_;
  log_.finish(timeline_);
  return std::move(timeline_);
}

// ---- power and boots ----------------------------------------------------------------------------

void Experiment::power_off(ServerId id) {
  Server& s = server(id);
  if (s.fate == Fate::off) return;
  pass_writes();
  s.fate = Fate::off;
  s.serving = false;
  ++s.incarnation;
  s.stuck = false;
  s.health_watched = false;
  s.waiting.clear();
  s.agent->PowerGone();
  network_->host(host_of(id))->PowerOff();
  say({.kind = Kind::powered_off, .host = host_of(id)});
  cure_by_power_cut(id);
}

void Experiment::power_on(ServerId id, PowerFrom from) {
  Server& s = server(id);
  if (s.fate != Fate::off) return;
  s.fate = Fate::booting;
  s.kept_off = false;
  say({.kind = Kind::powered_on, .host = host_of(id), .by_channel = from == PowerFrom::channel});
  at(after(now(), s.boots.next(scenario_.server)), end_,
     [this, id, incarnation = s.incarnation]() { up(id, incarnation); });
}

void Experiment::up(ServerId id, std::uint64_t incarnation) {
  Server& s = server(id);
  if (s.incarnation != incarnation) return;
  if (s.boot_failures > 0) {
    s.stuck = true;
    return;
  }
  s.fate = Fate::running;
  network_->host(host_of(id))->Boot();
  say({.kind = Kind::up, .host = host_of(id)});
  s.agent->Boot();
  tell_of_own_link(id);
  tell_of_maintenance(id);
}

void Experiment::OrderPower(ServerId by, PowerOrder order, Token token) {
  // One that a newer one overtakes is not carried out (Power in ports.h).
  const std::uint32_t number = ++server(by).latest_order;
  FenceReport report{.token = token,
                     .result = order == PowerOrder::on ? FenceResult::on : FenceResult::off};
  PowerDraws::Order draws;
  if (order != PowerOrder::on) draws = server(by).orders.next(scenario_.power);
  const PowerFaults::Effect faults = power_faults_.next(by);
  const Time strikes = after(after(now(), draws.latency), faults.later);
  const Time reported = after(strikes, draws.confirmation);
  if (faults.failure == PowerAnswer::silence) return;
  if (draws.refused || faults.failure) {
    report.result = FenceResult::refused;
  } else {
    at(strikes, end_, [this, by, order, number]() {
      if (number == server(by).latest_order) carry_out(other(by), order);
    });
  }
  at(reported, end_, [this, by, report]() { report_power(by, report); });
}

void Experiment::report_power(ServerId to, const FenceReport& report) {
  Server& s = server(to);
  if (s.frozen() && s.hangs == 0) {
    s.waiting.emplace_back([this, to, report]() { report_power(to, report); });
    return;
  }
  if (s.agent_runs()) s.agent->ReportPower(report);
}

void Experiment::carry_out(ServerId on, PowerOrder order) {
  if (order != PowerOrder::on) {
    power_off(on);
    server(on).kept_off = true;
  }
  if (order != PowerOrder::off) power_on(on, PowerFrom::channel);
}

// ---- memory and service -------------------------------------------------------------------------

void Experiment::pass_writes() {
  const std::uint64_t count = writes_.pass(now());
  if (count == 0) return;
  for (Server& s : servers_) {
    if (!s.serving || s.frozen() || s.service_hangs > 0) continue;
    s.memory.write(count);
    writes_accepted_ += count;
  }
}

MemoryStamp Experiment::GetMemory(ServerId id) {
  pass_writes();
  return server(id).memory.stamp();
}

ns3::UnderstudySnapshot Experiment::TakeSnapshot(ServerId id) {
  pass_writes();
  say({.kind = Kind::copy_begun,
       .host = host_of(other(id)),
       .value = server(id).memory.stamp().version});
  return server(id).memory.snapshot();
}

void Experiment::InstallCopy(ServerId id, const ns3::UnderstudySnapshot& copy) {
  pass_writes();
  server(id).memory.install(copy);
}

void Experiment::BeginService(ServerId id, Term term) {
  pass_writes();
  server(id).serving = true;
  server(id).memory.begin_term(term);
  last_primary_ = id;
}

void Experiment::EndService(ServerId id) {
  pass_writes();
  server(id).serving = false;
}

// ---- what is told -------------------------------------------------------------------------------

void Experiment::hear(const Event& event) {
  if (event.kind == Kind::claimed && event.address == Address::primary && !had_primary_) {
    had_primary_ = true;
    log_.count_from(event.at);
  }
  record(timeline_, detail_, event);
}

// Answers come when they come; the log wants the requests in the order of sending.
void Experiment::settle_request(std::uint64_t number, const Request& request) {
  const auto place = static_cast<std::size_t>(number - first_open_request_);
  if (requests_.size() <= place) requests_.resize(place + 1);
  requests_[place] = request;
  while (!requests_.empty() && requests_.front().settled) {
    const Request& first = requests_.front();
    const ClientLog::Stretch alone{.first_sent = first.sent,
                                   .interval = scenario_.service.request_interval};
    if (first.answered) {
      log_.answered(alone, *first.answered - first.sent);
    } else {
      log_.lost(alone);
    }
    requests_.pop_front();
    ++first_open_request_;
  }
}

void Experiment::say(Event event) {
  event.at = now();
  record(timeline_, detail_, event);
}

}  // namespace understudy::ns3_substrate
