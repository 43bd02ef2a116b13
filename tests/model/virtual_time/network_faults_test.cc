// SPDX-License-Identifier: MIT
//
// What each fault of the network does to a pair. What it does to packets is in
// tests/model/scenario/impairments_test.cc.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "understudy/outcome/outcome.h"
#include "understudy/scenario/faults.h"
#include "understudy/scenario/words.h"
#include "understudy/virtual_time/run.h"
#include "understudy/virtual_time/virtual_world.h"

namespace understudy {
namespace {

using namespace std::chrono_literals;
using ::testing::SizeIs;
using Member = Side::Member;

Fault fault_of(FaultKind kind, Duration begins, std::optional<Duration> lasts = std::nullopt) {
  Fault fault;
  become(fault, kind);
  fault.at = begins;
  if (lasts) fault.lasts = Distribution(*lasts);
  return fault;
}

Fault between(Side from, Side to, Fault fault) {
  fault.from = from;
  fault.to = to;
  return fault;
}

Fault one_way(Fault fault) {
  fault.ways = Ways::one;
  return fault;
}

Outcome outcome_of(const Scenario& scenario, std::uint64_t number = 1) {
  return measure(scenario, virtual_time::run(scenario, {.seed = 1, .number = number}));
}

Outcome run_with(std::vector<Fault> faults) {
  Scenario scenario;
  scenario.run.duration = 120s;
  scenario.faults = std::move(faults);
  return outcome_of(scenario);
}

// A monitor that counts misses and never acts upon them.
Scenario patient(Duration duration) {
  Scenario scenario;
  scenario.run.duration = duration;
  scenario.service.enabled = false;
  scenario.memory.write_rate_per_s = 0.0;
  scenario.pair.method = Method::original;
  scenario.pair.copy_every = 0U;
  scenario.pair.misses = 1'000'000U;
  return scenario;
}

std::uint64_t misses(const Scenario& scenario, Host host) {
  const Timeline timeline = virtual_time::run(scenario, {}, Detail::packets);
  return static_cast<std::uint64_t>(std::ranges::count_if(timeline.events, [&](const Event& e) {
    return e.kind == Event::Kind::note && e.note.kind == Note::Kind::missed && e.host == host;
  }));
}

// ---- cut ----------------------------------------------------------------------------------------

TEST(LinkDown, OfThePrimaryIsNoFalseFailover) {
  const Outcome outcome = run_with({fault_of(FaultKind::link_down, 30s, 10s)});
  EXPECT_EQ(outcome.boots, 1U);
  EXPECT_EQ(outcome.false_failovers, 0U);  // the client does not reach it
  EXPECT_EQ(outcome.dual_primary, 0s);
  EXPECT_EQ(outcome.faults.at(0).server, ServerId::first);
  EXPECT_LT(outcome.faults.at(0).outage.value(), 1s);
}

// The primary leaves it alone.
Scenario unplugged_monitor() {
  Scenario scenario;
  scenario.run.duration = 120s;
  scenario.pair.watch_monitor = false;
  Fault down = fault_of(FaultKind::link_down, 30s, 10s);
  down.target = FaultTarget::monitor;
  scenario.faults = {down};
  return scenario;
}

TEST(LinkDown, OfTheMonitorIsItsOwnFault) {
  const Outcome outcome = outcome_of(unplugged_monitor());
  EXPECT_EQ(outcome.boots, 0U);
  EXPECT_EQ(outcome.lost_requests, 0U);
}

TEST(LinkDown, LeavesAMonitorThatStrikesAgainOnceItHasHeardThePrimary) {
  Scenario scenario = unplugged_monitor();
  scenario.faults.push_back(fault_of(FaultKind::crash, 41s));
  const Outcome outcome = outcome_of(scenario);
  EXPECT_EQ(outcome.boots, 1U);
  EXPECT_LT(outcome.faults.at(1).detection.value(), 400ms);
}

TEST(LinkDown, OfTheMonitorIsAFalseFailoverIfItDoesNotHeedIt) {
  Scenario scenario = unplugged_monitor();
  scenario.pair.own_link = false;
  EXPECT_EQ(outcome_of(scenario).false_failovers, 1U);  // it blames the healthy primary
  scenario = unplugged_monitor();
  scenario.pair.method = Method::original;
  EXPECT_EQ(outcome_of(scenario).false_failovers, 1U);
}

TEST(LinkDown, OfTheMonitorIsBlamedOnItselfIfThereIsAWitness) {
  Scenario scenario = unplugged_monitor();
  scenario.pair.witness = true;
  scenario.pair.own_link = false;
  const Outcome outcome = outcome_of(scenario);
  EXPECT_EQ(outcome.false_failovers, 0U);
  EXPECT_EQ(outcome.boots, 0U);
}

TEST(LinkDown, IsKnownToWhoeverIsStartedOrWakesMeanwhile) {
  for (const FaultKind kind : {FaultKind::daemon_restart, FaultKind::pause, FaultKind::hang}) {
    Scenario scenario = unplugged_monitor();
    scenario.pair.startup_grace = Duration(2s);
    Fault meanwhile = fault_of(kind, 29'950ms, 100ms);
    meanwhile.target = FaultTarget::monitor;
    scenario.faults.push_back(meanwhile);
    EXPECT_EQ(outcome_of(scenario).boots, 0U) << to_text(kind);
    scenario.pair.own_link = false;
    EXPECT_EQ(outcome_of(scenario).boots, 1U) << to_text(kind);
  }
}

// The primary boots a monitor that it does not hear, for as long as max_boots lets it.
TEST(LinkDown, IsKnownToWhoeverBootsMeanwhile) {
  Scenario scenario = unplugged_monitor();
  scenario.run.duration = 300s;
  scenario.pair.watch_monitor = true;
  scenario.pair.startup_grace = Duration(10s);
  scenario.faults[0].lasts = Distribution(200s);
  const Outcome outcome = outcome_of(scenario);
  EXPECT_GT(outcome.boots, 0U);
  EXPECT_EQ(outcome.false_failovers, 0U);
  EXPECT_EQ(outcome.lost_requests, 0U);
}

TEST(LinkDown, OfTheClientLosesItsRequestsOnly) {
  Fault down = fault_of(FaultKind::link_down, 30s, 10s);
  down.target = FaultTarget::client;
  const Outcome outcome = run_with({down});
  EXPECT_EQ(outcome.boots, 0U);
  EXPECT_NEAR(static_cast<double>(outcome.lost_requests), 1000.0, 1.0);
  EXPECT_EQ(outcome.faults.at(0).target, FaultTarget::client);
  EXPECT_EQ(outcome.faults.at(0).server, std::nullopt);
}

TEST(Partition, OfTheServersIsAFalseFailoverWithoutASecondPrimary) {
  const Outcome outcome = run_with(
      {between({Member::primary}, {Member::monitor}, fault_of(FaultKind::partition, 30s, 10s))});
  EXPECT_EQ(outcome.false_failovers, 1U);  // the client reaches it
  EXPECT_EQ(outcome.dual_primary, 0s);
  EXPECT_EQ(outcome.boots, 1U);
}

// ORACLES 4: the fence takes effect later than the address is claimed.
TEST(Partition, MakesTwoPrimariesOfImmediateTakeover) {
  Scenario scenario;
  scenario.run.duration = 120s;
  scenario.pair.takeover = Takeover::immediate;
  scenario.faults = {
      between({Member::first}, {Member::second}, fault_of(FaultKind::partition, 30s, 10s))};
  EXPECT_EQ(outcome_of(scenario).dual_primary, 500ms);
}

TEST(Partition, OneWayIsEnoughForAFailure) {
  const Fault answers =
      one_way(between({Member::first}, {Member::second}, fault_of(FaultKind::partition, 30s, 10s)));
  const Fault pings =
      one_way(between({Member::second}, {Member::first}, fault_of(FaultKind::partition, 30s, 10s)));
  for (const Fault& fault : {answers, pings}) {
    const Outcome outcome = run_with({fault});
    EXPECT_EQ(outcome.false_failovers, 1U);
    EXPECT_EQ(outcome.boots, 1U);
  }
}

TEST(Partition, OfTheClientFromThePrimaryIsNoFaultOfThePair) {
  const Outcome outcome = run_with(
      {between({Member::client}, {Member::primary}, fault_of(FaultKind::partition, 30s, 10s))});
  EXPECT_EQ(outcome.boots, 0U);
  EXPECT_NEAR(static_cast<double>(outcome.lost_requests), 1000.0, 1.0);
}

TEST(Partition, OfTheClientMakesAFailureNoFalseOne) {
  const Outcome outcome =
      run_with({between({Member::first}, {}, fault_of(FaultKind::partition, 30s, 10s))});
  EXPECT_EQ(outcome.boots, 1U);
  EXPECT_EQ(outcome.false_failovers, 0U);
}

TEST(Partition, ARoleThatNobodyHoldsIsOnNoSide) {
  Scenario scenario;
  scenario.run.start = Start::cold;
  scenario.faults = {
      between({Member::primary}, {Member::client}, fault_of(FaultKind::partition, 1s, 1s))};
  EXPECT_THAT(outcome_of(scenario).faults, SizeIs(0));
}

TEST(Partition, CutsOffCopies) {
  Scenario scenario;
  scenario.run.duration = 60s;
  scenario.pair.watch_monitor = false;
  scenario.faults = {
      fault_of(FaultKind::crash, 50s),
      // Between two pings: copies are cut off, and no ping is missed in a row.
      between({Member::first}, {Member::second}, fault_of(FaultKind::partition, 10s, 40ms))};
  scenario.faults[1].every = Distribution(100ms);
  const Timeline timeline = virtual_time::run(scenario, {.seed = 1, .number = 2}, Detail::packets);
  const auto whole = std::ranges::count_if(timeline.events, [](const Event& e) {
    return e.kind == Event::Kind::note && e.note.kind == Note::Kind::copy_whole;
  });
  EXPECT_GT(whole, 0);
}

TEST(SwitchFailure, CutsEverybodyOff) {
  const Outcome outcome = run_with({fault_of(FaultKind::switch_failure, 30s, 10s)});
  EXPECT_EQ(outcome.faults.at(0).target, FaultTarget::network);
  EXPECT_EQ(outcome.false_failovers, 0U);
  EXPECT_NEAR(static_cast<double>(outcome.lost_requests), 1005.0, 5.0);
}

TEST(SwitchFailure, CostsNobodyHisPower) {
  Scenario scenario;
  scenario.run.duration = 120s;
  scenario.faults = {fault_of(FaultKind::switch_failure, 30s, 10s)};
  EXPECT_EQ(outcome_of(scenario).boots, 0U);
  scenario.pair.own_link = false;
  EXPECT_EQ(outcome_of(scenario).boots, 1U);
}

// ---- loss ---------------------------------------------------------------------------------------

TEST(Loss, CanBeOfOneDirectionOnly) {
  Scenario scenario = patient(600s);
  scenario.service.enabled = true;
  scenario.pair.watch_monitor = true;
  scenario.pair.watch_misses = 1'000'000U;
  scenario.faults = {
      one_way(between({Member::second}, {Member::first}, fault_of(FaultKind::loss, 0s)))};
  scenario.faults[0].probability = 0.2;
  // The monitor's pings, and the answers to the primary's: the same rate from both.
  const double n = 6000;
  const double deviation = std::sqrt(n * 0.2 * 0.8);
  EXPECT_NEAR(static_cast<double>(misses(scenario, Host::second)), 0.2 * n, 4 * deviation);
  EXPECT_NEAR(static_cast<double>(misses(scenario, Host::first)), 0.2 * n, 4 * deviation);
  EXPECT_EQ(outcome_of(scenario).lost_requests, 0U);
}

// ORACLES 2: good -> bad a, bad -> good b at each ping, every ping in bad is missed; k in a row are
// a mistake every (1/a + 1/b) / (1-b)^(k-1) pings.
TEST(Loss, InBurstsMakesMistakesAtGilbertsRate) {
  constexpr double a = 0.05;
  constexpr double b = 0.4;
  constexpr int k = 3;
  Scenario scenario = patient(20'000s);
  Fault loss = one_way(between({Member::second}, {Member::first}, fault_of(FaultKind::loss, 0s)));
  loss.burst_begins = a;
  loss.burst_ends = b;
  scenario.faults = {loss};
  const Timeline timeline = virtual_time::run(scenario, {}, Detail::packets);
  const auto mistakes =
      static_cast<double>(std::ranges::count_if(timeline.events, [](const Event& e) {
        return e.kind == Event::Kind::note && e.note.kind == Note::Kind::missed &&
               e.note.count == k;
      }));
  const double pings = 20'000.0 / 0.1;
  const double expected = (1 / a + 1 / b) / std::pow(1 - b, k - 1);
  // A renewal process: its count's deviation is at most that of a Poisson process, for gaps that
  // vary no more than exponential ones do; allow for a little more.
  EXPECT_NEAR(pings / mistakes, expected, 4 * 1.2 * expected / std::sqrt(mistakes));
}

TEST(Corrupt, EqualsALoss) {
  Scenario lossy;
  lossy.run.duration = 120s;
  Scenario corrupted = lossy;
  lossy.faults = {fault_of(FaultKind::loss, 10s)};
  corrupted.faults = {fault_of(FaultKind::corrupt, 10s)};
  const Outcome a = outcome_of(lossy);
  const Outcome b = outcome_of(corrupted);
  EXPECT_EQ(a.lost_requests, b.lost_requests);
  EXPECT_EQ(a.boots, b.boots);
  EXPECT_EQ(a.lost_writes, b.lost_writes);
}

// ---- later --------------------------------------------------------------------------------------

TEST(Delay, BeyondTheTimeoutIsAFailure) {
  Fault delay = fault_of(FaultKind::delay, 30s, 10s);
  delay.delay = Distribution(24ms);  // a round trip of 48.1 ms
  EXPECT_EQ(run_with({delay}).boots, 0U);
  EXPECT_EQ(run_with({delay}).lost_requests, 0U);
  delay.delay = Distribution(25ms);
  EXPECT_EQ(run_with({delay}).boots, 1U);
}

TEST(Delay, OfOneDirectionIsAddedOnce) {
  Fault delay =
      one_way(between({Member::second}, {Member::first}, fault_of(FaultKind::delay, 30s, 10s)));
  delay.delay = Distribution(49ms);
  EXPECT_EQ(run_with({delay}).boots, 0U);
  delay.delay = Distribution(50ms);
  EXPECT_EQ(run_with({delay}).boots, 1U);
}

// Exponential jitter, one way: a ping is late with probability exp(-(T - 2d) / mean).
TEST(Jitter, MakesPingsLateAtItsTailsRate) {
  Scenario scenario = patient(2000s);
  Fault jitter =
      one_way(between({Member::second}, {Member::first}, fault_of(FaultKind::jitter, 0s)));
  jitter.delay = Exponential{20ms};
  scenario.faults = {jitter};
  const double p = std::exp(-(50.0 - 0.1) / 20.0);
  constexpr double n = 20'000;
  EXPECT_NEAR(static_cast<double>(misses(scenario, Host::second)), p * n,
              4 * std::sqrt(n * p * (1 - p)));
}

TEST(Reorder, MakesTheHeldBackLate) {
  Scenario scenario = patient(2000s);
  Fault reorder =
      one_way(between({Member::second}, {Member::first}, fault_of(FaultKind::reorder, 0s)));
  reorder.probability = 0.3;
  scenario.faults = {reorder};
  constexpr double n = 20'000;
  EXPECT_NEAR(static_cast<double>(misses(scenario, Host::second)), 0.3 * n,
              4 * std::sqrt(n * 0.3 * 0.7));
}

TEST(Duplicate, ChangesNothingForTheAgents) {
  Fault duplicate = fault_of(FaultKind::duplicate, 0s);
  duplicate.probability = 1.0;
  Scenario scenario;
  scenario.run.duration = 120s;
  scenario.faults = {duplicate, fault_of(FaultKind::crash, 30s)};
  Scenario plain = scenario;
  plain.faults.erase(plain.faults.begin());
  const Outcome twice = outcome_of(scenario);
  const Outcome once = outcome_of(plain);
  EXPECT_EQ(twice.faults.at(1).detection, once.faults.at(0).detection);
  EXPECT_EQ(twice.roles, once.roles);
  EXPECT_EQ(twice.lost_writes, once.lost_writes);
  // But they arrive twice: each ping is heard twice.
  const Timeline timeline = virtual_time::run(scenario, {}, Detail::packets);
  const auto count = [&](Event::Kind kind) {
    return std::ranges::count_if(
        timeline.events, [&](const Event& e) { return e.kind == kind && e.at < Time(29s); });
  };
  EXPECT_EQ(count(Event::Kind::ping_heard), 2 * count(Event::Kind::ping_sent));
  EXPECT_EQ(count(Event::Kind::answer_heard), 4 * count(Event::Kind::ping_sent));
}

// M/M/1/K with K = 10 and load 1: a packet is lost with probability 1/11 each way.
TEST(Congestion, LosesPacketsWhenTheQueueIsFull) {
  Scenario scenario = patient(2000s);
  Fault congestion = fault_of(FaultKind::congestion, 0s);
  congestion.load = 1.0;
  congestion.queue = 10;
  scenario.faults = {congestion};
  constexpr double n = 20'000;
  const double q = 1.0 - (10.0 / 11.0) * (10.0 / 11.0);
  EXPECT_NEAR(static_cast<double>(misses(scenario, Host::second)), q * n,
              4 * std::sqrt(n * q * (1 - q)));
}

// ---- all of them --------------------------------------------------------------------------------

std::vector<Fault> a_fault_of_each_kind() {
  std::vector<Fault> faults;
  for (const Word<FaultKind>& kind : words<FaultKind>) {
    Fault fault = fault_of(kind.value, 0s);
    fault.at = Exponential{40s};
    fault.every = Exponential{100s};
    if (among(kinds_with_duration, kind.value)) fault.lasts = Distribution(Exponential{3s});
    if (kind.value == FaultKind::partition) fault.from = {Member::primary};
    faults.push_back(fault);
  }
  return faults;
}

Scenario swarm() {
  Scenario scenario;
  scenario.run.duration = 600s;
  scenario.server.boot_time = Uniform{3s, 4s};
  scenario.faults = a_fault_of_each_kind();
  return scenario;
}

TEST(Faults, OfAllKindsAtOnceAreTheSameToTheBit) {
  const Scenario scenario = swarm();
  for (std::uint64_t number = 1; number <= 20; ++number) {
    const understudy::Run run{.seed = 3, .number = number};
    EXPECT_EQ(virtual_time::run(scenario, run, Detail::packets),
              virtual_time::run(scenario, run, Detail::packets));
  }
}

TEST(Faults, ACopyOfTheirWorldGoesOnLikeTheOriginal) {
  const Scenario scenario = swarm();
  for (std::uint64_t number = 1; number <= 10; ++number) {
    VirtualWorld original(scenario, {.seed = 4, .number = number});
    for (Duration cut = 50s; cut < 600s; cut += 50s) {
      original.run_until(Time(cut));
      VirtualWorld copy = original;
      copy.run_until(Time(cut + 20s));
      VirtualWorld again = original;
      again.run_until(Time(cut + 20s));
      EXPECT_EQ(copy.finish(), again.finish());
    }
  }
}

TEST(Faults, DoNotMoveEachOther) {
  Scenario all = swarm();
  Scenario one = all;
  one.faults.resize(1);
  const understudy::Run run{.seed = 5, .number = 1};
  const auto begins = [&](const Scenario& scenario) {
    Occurrences occurrences(0, run);
    return occurrences.next(scenario.faults[0]).begins;
  };
  EXPECT_EQ(begins(all), begins(one));
}

TEST(Faults, LookingMoreCloselyChangesNothing) {
  const Scenario scenario = swarm();
  for (std::uint64_t number = 1; number <= 10; ++number) {
    const understudy::Run run{.seed = 6, .number = number};
    Timeline close = virtual_time::run(scenario, run, Detail::packets);
    std::erase_if(close.events, [](const Event& event) { return !is_change(event); });
    EXPECT_EQ(close, virtual_time::run(scenario, run, Detail::changes));
  }
}

// Events follow each other in time, and what ends had begun.
TEST(Faults, LeaveAnOrderlyTimeline) {
  const Scenario scenario = swarm();
  for (std::uint64_t number = 1; number <= 50; ++number) {
    const Timeline timeline =
        virtual_time::run(scenario, {.seed = 7, .number = number}, Detail::packets);
    EXPECT_TRUE(std::ranges::is_sorted(timeline.events, {}, &Event::at));
    std::array<bool, 2> frozen{};
    std::array<bool, 2> on{true, true};
    for (const Event& event : timeline.events) {
      if (event.host != Host::first && event.host != Host::second) continue;
      const auto host = static_cast<std::size_t>(event.host);
      switch (event.kind) {
        case Event::Kind::froze:
          EXPECT_TRUE(on[host] && !frozen[host]);
          frozen[host] = true;
          break;
        case Event::Kind::thawed:
          EXPECT_TRUE(frozen[host]);
          frozen[host] = false;
          break;
        case Event::Kind::powered_off: on[host] = frozen[host] = false; break;
        case Event::Kind::up: on[host] = true; break;
        case Event::Kind::fault_began:
        case Event::Kind::fault_ended:
        case Event::Kind::powered_on: break;
        case Event::Kind::serving:  // of a service-hang that begins or ends meanwhile
        case Event::Kind::resting: EXPECT_TRUE(on[host]); break;
        default: EXPECT_TRUE(on[host] && !frozen[host]) << static_cast<int>(event.kind);
      }
    }
  }
}

}  // namespace
}  // namespace understudy
