// SPDX-License-Identifier: MIT
//
// What each fault of a server or of the power channel does to a pair.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <string>

#include "understudy/outcome/outcome.h"
#include "understudy/scenario/faults.h"
#include "understudy/scenario/words.h"
#include "understudy/virtual_time/run.h"
#include "understudy/virtual_time/virtual_world.h"

namespace understudy {
namespace {

using namespace std::chrono_literals;
using ::testing::Each;
using ::testing::SizeIs;

constexpr Time at(Duration since_start) { return Time{} + since_start; }

Fault fault_of(FaultKind kind, Duration begins, std::optional<Duration> lasts = std::nullopt) {
  Fault fault;
  become(fault, kind);
  fault.at = begins;
  if (lasts) fault.lasts = Distribution(*lasts);
  return fault;
}

Fault on(FaultTarget target, Fault fault) {
  fault.target = target;
  return fault;
}

struct Result {
  Timeline timeline;
  Outcome outcome;

  [[nodiscard]] std::size_t count(Event::Kind kind, Host host) const {
    return static_cast<std::size_t>(std::ranges::count_if(
        timeline.events, [&](const Event& e) { return e.kind == kind && e.host == host; }));
  }
  [[nodiscard]] Time first(Event::Kind kind, Host host) const {
    for (const Event& e : timeline.events) {
      if (e.kind == kind && e.host == host && e.at > Time{}) return e.at;
    }
    return never;
  }
  [[nodiscard]] bool noted(Note::Kind kind, Host host) const {
    return std::ranges::any_of(timeline.events, [&](const Event& e) {
      return e.kind == Event::Kind::note && e.note.kind == kind && e.host == host;
    });
  }
};

Result outcome_of(const Scenario& scenario, std::uint64_t number = 1) {
  Timeline timeline = virtual_time::run(scenario, {.seed = 1, .number = number}, Detail::packets);
  const Outcome outcome = measure(scenario, timeline);
  return {std::move(timeline), outcome};
}

Result run_with(std::vector<Fault> faults, std::uint64_t number = 1) {
  Scenario scenario;
  scenario.run.duration = 120s;
  scenario.faults = std::move(faults);
  return outcome_of(scenario, number);
}

const FaultOutcome& first_fault(const Result& result) { return result.outcome.faults.at(0); }

// ---- hang ---------------------------------------------------------------------------------------

TEST(Hang, IsFencedLikeACrashAndEndsThere) {
  const Result result = run_with({fault_of(FaultKind::hang, 30s)});
  EXPECT_EQ(result.outcome.boots, 1U);
  EXPECT_EQ(result.outcome.roles[1], Role::primary);
  EXPECT_EQ(result.outcome.roles[0], Role::monitor);
  ASSERT_TRUE(first_fault(result).detection);
  EXPECT_GT(*first_fault(result).detection, 200ms);
  EXPECT_LE(*first_fault(result).detection, 350ms);
  EXPECT_EQ(result.outcome.false_failovers, 0U);
  EXPECT_EQ(result.outcome.dual_primary, 0s);
  // It ends as the power goes, and nobody thaws.
  EXPECT_EQ(result.first(Event::Kind::fault_ended, Host::first),
            result.first(Event::Kind::powered_off, Host::first));
  EXPECT_EQ(result.count(Event::Kind::thawed, Host::first), 0U);
}

TEST(Hang, ShorterThanTheDetectionLosesWhatArrivesAndNothingElse) {
  const Result result = run_with({fault_of(FaultKind::hang, 30s, 100ms)});
  EXPECT_EQ(result.outcome.boots, 0U);
  EXPECT_EQ(result.outcome.roles[0], Role::primary);
  // Requests of 100 ms at one each 10 ms: those that arrive in it.
  EXPECT_GE(result.outcome.lost_requests, 10U);
  EXPECT_LE(result.outcome.lost_requests, 11U);
  EXPECT_EQ(result.outcome.lost_writes, 0U);
  EXPECT_EQ(first_fault(result).redundancy, 100ms);  // its role was empty
  EXPECT_EQ(result.outcome.no_primary, 100ms);
}

TEST(Hang, AcceptsNoWrites) {
  Scenario scenario;
  scenario.pair.max_boots = 0U;
  scenario.run.duration = 120s;
  scenario.memory.write_rate_per_s = 1000.0;
  Scenario hung = scenario;
  hung.faults = {fault_of(FaultKind::hang, 30s, 100ms)};
  const std::uint64_t all = outcome_of(scenario).timeline.ending.writes_accepted;
  const std::uint64_t fewer = outcome_of(hung).timeline.ending.writes_accepted;
  EXPECT_NEAR(static_cast<double>(all - fewer), 100.0, 4.0 * 10.0);
}

// A server that thaws after the other has taken over unconfirmed holds the address too, until it
// hears of the other.
TEST(Hang, LeavesTheAddressesHeldAtTheThaw) {
  Scenario scenario;
  scenario.run.duration = 120s;
  scenario.pair.on_fence_failure = OnFenceFailure::takeover;
  scenario.power.refusal = 1.0;
  scenario.pair.asleep_after = forever;  // nothing announces before its time
  scenario.faults = {fault_of(FaultKind::hang, 30s, 30s)};
  const Result result = outcome_of(scenario);
  EXPECT_GT(result.outcome.dual_primary, 0s);
  EXPECT_LE(result.outcome.dual_primary, 200ms);
  EXPECT_EQ(result.first(Event::Kind::thawed, Host::first), at(60s));
}

// As a server fails in the field: again and again, until it is fenced each time.
TEST(Hang, CanComeAgainWithoutAnEnd) {
  Scenario scenario;
  scenario.run.duration = 1000s;
  Fault hang = fault_of(FaultKind::hang, 100s);
  hang.every = Distribution(200s);
  scenario.faults = {hang};
  const Result result = outcome_of(scenario);
  EXPECT_THAT(result.outcome.faults, SizeIs(5));
  EXPECT_EQ(result.outcome.boots, 5U);
  EXPECT_EQ(result.outcome.faults[0].server, ServerId::first);
  EXPECT_EQ(result.outcome.faults[1].server, ServerId::second);
}

// Struck again while it still hangs, it is not struck twice.
TEST(Hang, OfAServerThatNobodyFencesIsOneHang) {
  Scenario scenario;
  scenario.run.duration = 100s;
  Fault hang = on(FaultTarget::first, fault_of(FaultKind::hang, 10s));
  hang.every = Distribution(5s);
  scenario.faults = {hang};
  scenario.power.refusal = 1.0;
  const Result result = outcome_of(scenario);
  EXPECT_THAT(result.outcome.faults, SizeIs(1));
  EXPECT_EQ(result.count(Event::Kind::froze, Host::first), 1U);
}

TEST(Hang, TimersFireLateAtTheThaw) {
  const Result result = run_with({on(FaultTarget::monitor, fault_of(FaultKind::hang, 30s, 300ms))});
  EXPECT_TRUE(result.noted(Note::Kind::slept, Host::second));
  EXPECT_EQ(result.outcome.boots, 0U);
}

// ---- pause --------------------------------------------------------------------------------------

TEST(Pause, DeliversWhatHasWaitedAtTheThaw) {
  const Result paused = run_with({fault_of(FaultKind::pause, 30s, 40ms)});
  const Result hung = run_with({fault_of(FaultKind::hang, 30s, 40ms)});
  // All requests of these 40 ms are answered within their 50 ms.
  EXPECT_EQ(paused.outcome.lost_requests, 0U);
  EXPECT_GE(hung.outcome.lost_requests, 4U);
  EXPECT_EQ(first_fault(paused).outage, 0s);
}

TEST(Pause, AnswersPingsThatWaited) {
  for (std::uint64_t number = 1; number <= 20; ++number) {
    const Result result = run_with({fault_of(FaultKind::pause, 30s, 120ms)}, number);
    std::size_t at_once = 0;
    for (const Event& event : result.timeline.events) {
      if (event.kind != Event::Kind::ping_heard || event.host != Host::first) continue;
      EXPECT_FALSE(event.at > at(30s) && event.at < at(30'120ms));
      at_once += event.at == at(30'120ms) ? 1 : 0;
    }
    EXPECT_GE(at_once, 1U);
    EXPECT_LE(at_once, 2U);
  }
}

TEST(Pause, LongerThanARequestMayWaitLosesThoseThatWaitedTooLong) {
  const Result result = run_with({fault_of(FaultKind::pause, 30s, 150ms)});
  // Of some 15, those sent in the last 50 ms are answered in time.
  EXPECT_GE(result.outcome.lost_requests, 10U);
  EXPECT_LE(result.outcome.lost_requests, 11U);
}

TEST(Pause, SeveralAtOnceEndWithTheLast) {
  const Result result = run_with(
      {fault_of(FaultKind::pause, 30s, 100ms), fault_of(FaultKind::hang, 30'050ms, 100ms)});
  EXPECT_EQ(result.count(Event::Kind::froze, Host::first), 1U);
  EXPECT_EQ(result.first(Event::Kind::thawed, Host::first), at(30'150ms));
}

// ---- service-hang -------------------------------------------------------------------------------

TEST(ServiceHang, AnswersPingsButNoRequests) {
  Scenario scenario;
  scenario.run.duration = 120s;
  scenario.pair.unhealthy_after = 1000U;  // nobody does anything about it
  scenario.faults = {fault_of(FaultKind::service_hang, 30s, 10s)};
  const Result result = outcome_of(scenario);
  EXPECT_EQ(result.outcome.boots, 0U);
  EXPECT_FALSE(result.noted(Note::Kind::missed, Host::second));
  EXPECT_GE(result.outcome.lost_requests, 1000U);
  EXPECT_LE(result.outcome.lost_requests, 1001U);
  EXPECT_EQ(result.outcome.no_primary, 0s);
}

TEST(ServiceHang, IsHandedOverAfterUnhealthyAfterChecks) {
  const Config config = Scenario().config();
  for (std::uint64_t number = 1; number <= 50; ++number) {
    const Result result = run_with({fault_of(FaultKind::service_hang, 30s, 20s)}, number);
    EXPECT_EQ(result.outcome.roles[1], Role::primary);
    EXPECT_EQ(result.outcome.boots, 0U);
    EXPECT_EQ(result.outcome.lost_writes, 0U);
    const Duration outage = first_fault(result).outage.value();
    EXPECT_GT(outage, (config.unhealthy_after - 1) * 1s);
    EXPECT_LT(outage, config.unhealthy_after * 1s + 100ms);
  }
}

TEST(ServiceHang, OfTheMonitorShowsOnlyWhenItIsToServe) {
  const Result result =
      run_with({on(FaultTarget::monitor, fault_of(FaultKind::service_hang, 20s, 60s)),
                fault_of(FaultKind::crash, 30s)});
  EXPECT_EQ(result.outcome.faults.at(0).detection,
            result.outcome.faults.at(1).detection.value() + 10s);
  // It takes over and cannot serve; once the other is there again, it hands over.
  EXPECT_EQ(result.first(Event::Kind::serving, Host::second), never);
  EXPECT_NE(result.first(Event::Kind::claimed, Host::second), never);
  EXPECT_EQ(result.outcome.roles[0], Role::primary);
}

TEST(ServiceHang, IsCheckedAsOftenAsTheScenarioSays) {
  Scenario scenario;
  scenario.run.duration = 120s;
  scenario.service.health_interval = 100ms;
  scenario.faults = {fault_of(FaultKind::service_hang, 30s, 20s)};
  const Result result = outcome_of(scenario);
  EXPECT_LT(first_fault(result).outage.value(), 400ms);
}

// ---- slow ---------------------------------------------------------------------------------------

TEST(Slow, BeyondTheTimeoutIsAFailureThoughTheServerServes) {
  Fault slow = fault_of(FaultKind::slow, 30s, 20s);
  slow.delay = Distribution(60ms);
  const Result result = run_with({slow});
  EXPECT_EQ(result.outcome.false_failovers, 1U);
  EXPECT_EQ(result.outcome.boots, 1U);
}

TEST(Slow, WithinTheTimeoutIsNone) {
  Fault slow = fault_of(FaultKind::slow, 30s, 20s);
  slow.delay = Distribution(40ms);
  const Result result = run_with({slow});
  EXPECT_EQ(result.outcome.boots, 0U);
  EXPECT_FALSE(result.noted(Note::Kind::missed, Host::second));
  EXPECT_FALSE(result.noted(Note::Kind::missed, Host::first));
  EXPECT_EQ(result.outcome.lost_requests, 0U);
}

TEST(Slow, DelaysItsOrdersToThePowerChannel) {
  Scenario scenario;
  scenario.run.duration = 120s;
  Fault slow = on(FaultTarget::monitor, fault_of(FaultKind::slow, 20s));
  slow.delay = Distribution(30ms);
  scenario.faults = {slow, fault_of(FaultKind::crash, 30s)};
  const Result result = outcome_of(scenario);
  const Time ordered = result.first(Event::Kind::ordered, Host::second);
  EXPECT_EQ(result.first(Event::Kind::reported, Host::second), ordered + 530ms);
}

// ---- boot-failure -------------------------------------------------------------------------------

TEST(BootFailure, KeepsAServerFromComingUp) {
  const Result result = run_with({on(FaultTarget::first, fault_of(FaultKind::boot_failure, 0s)),
                                  fault_of(FaultKind::crash, 30s)});
  EXPECT_EQ(result.first(Event::Kind::up, Host::first), never);
  EXPECT_EQ(result.outcome.fates[0], Fate::booting);
  EXPECT_EQ(result.outcome.roles[1], Role::primary);
  EXPECT_EQ(result.outcome.faults.at(1).redundancy, std::nullopt);
}

TEST(BootFailure, EndsWithAPowerOnOfWhoeverIsStuck) {
  const Result result =
      run_with({on(FaultTarget::first, fault_of(FaultKind::boot_failure, 0s, 60s)),
                fault_of(FaultKind::crash, 30s)});
  const Time up = result.first(Event::Kind::up, Host::first);
  EXPECT_GE(up, at(72s));  // the least boot time later
  EXPECT_LE(up, at(88s));
  EXPECT_EQ(result.outcome.roles[0], Role::monitor);
}

TEST(BootFailure, OverBeforeTheBootEndsIsNotNoticed) {
  const Result result =
      run_with({on(FaultTarget::first, fault_of(FaultKind::boot_failure, 0s, 33s)),
                fault_of(FaultKind::crash, 30s)});
  const Result without = run_with({fault_of(FaultKind::crash, 30s)});
  EXPECT_EQ(result.first(Event::Kind::up, Host::first),
            without.first(Event::Kind::up, Host::first));
}

// ---- daemon-restart -----------------------------------------------------------------------------

TEST(DaemonRestart, OfThePrimaryIsFoundByItsOwnProbe) {
  const Result result = run_with({fault_of(FaultKind::daemon_restart, 30s)});
  EXPECT_EQ(result.outcome.roles[0], Role::primary);  // the monitor answers its probe
  EXPECT_EQ(result.outcome.boots, 0U);
  EXPECT_LE(result.outcome.lost_requests, 1U);
  EXPECT_EQ(result.outcome.lost_writes, 0U);
  EXPECT_EQ(first_fault(result).server, ServerId::first);
}

TEST(DaemonRestart, LeavesKernelAndServiceAtWorkMeanwhile) {
  const Result result = run_with({fault_of(FaultKind::daemon_restart, 30s, 10s)});
  EXPECT_EQ(result.outcome.boots, 0U);
  EXPECT_FALSE(result.noted(Note::Kind::declared_failure, Host::second));
  EXPECT_LE(result.outcome.lost_requests, 1U);
  // Nothing of the agent for ten seconds.
  EXPECT_THAT(result.timeline.events, Each(::testing::Truly([](const Event& e) {
                return e.host != Host::first || e.at <= at(30s) || e.at >= at(40s) ||
                       e.kind == Event::Kind::ping_heard || e.kind == Event::Kind::fault_ended;
              })));
}

TEST(DaemonRestart, OfAFrozenServerWaitsForTheThaw) {
  const Result result = run_with({fault_of(FaultKind::daemon_restart, 30s, 100ms),
                                  fault_of(FaultKind::pause, 30'050ms, 100ms)});
  EXPECT_EQ(result.first(Event::Kind::released, Host::first), at(30'150ms));
}

// ---- clock-rate ---------------------------------------------------------------------------------

TEST(ClockRate, AFastMonitorPingsAndDetectsFaster) {
  Fault fast = on(FaultTarget::second, fault_of(FaultKind::clock_rate, 0s));
  fast.factor = 2.0;
  double sum_s = 0.0;
  constexpr int runs = 200;
  for (std::uint64_t number = 1; number <= runs; ++number) {
    const Result result = run_with({fast, fault_of(FaultKind::crash, 30s)}, number);
    const Duration detection = result.outcome.faults.at(1).detection.value();
    EXPECT_GT(detection, 125ms - 50us);
    EXPECT_LE(detection, 175ms);
    sum_s += static_cast<double>(detection.count()) * 1e-9;
  }
  // ORACLES: mean (k - 1/2) I + T - d, at twice the pace; deviation I / sqrt(12).
  EXPECT_NEAR(sum_s / runs, 0.150 - 50e-6, 4.0 * 0.050 / std::sqrt(12.0 * runs));
}

TEST(ClockRate, BeginsAndEndsWithoutAJump) {
  Fault fast = on(FaultTarget::second, fault_of(FaultKind::clock_rate, 30s, 10s));
  fast.factor = 3.0;
  const Result result = run_with({fast});
  Time last{};
  for (const Event& event : result.timeline.events) {
    if (event.kind != Event::Kind::ping_sent || event.host != Host::second) continue;
    if (last != Time{}) {
      const Duration gap = event.at - last;
      const bool plain = event.at <= at(30s) || last >= at(40s);
      const bool thrice = last >= at(30s) && event.at <= at(40s);
      EXPECT_GE(gap, 33'333'333ns);
      EXPECT_LE(gap, 100ms);
      if (plain) {
        EXPECT_EQ(gap, 100ms);
      }
      if (thrice) {
        EXPECT_LE(gap, 33'333'334ns);
      }
    }
    last = event.at;
  }
  EXPECT_EQ(result.outcome.boots, 0U);
  EXPECT_FALSE(result.noted(Note::Kind::slept, Host::second));
}

// ---- power --------------------------------------------------------------------------------------

TEST(PowerFailure, RefusesOrdersAboutItsTarget) {
  const Result result =
      run_with({on(FaultTarget::first, fault_of(FaultKind::power_failure, 0s, 40s)),
                fault_of(FaultKind::crash, 30s)});
  EXPECT_GT(result.outcome.false_failovers + result.count(Event::Kind::ordered, Host::second), 2U);
  for (const Event& event : result.timeline.events) {
    if (event.kind == Event::Kind::reported && event.at < at(40s)) {
      EXPECT_EQ(event.result, FenceResult::refused);
    }
  }
  EXPECT_EQ(result.outcome.roles[1], Role::primary);
  EXPECT_GT(first_fault(result).outage.value_or(0s) + result.outcome.faults.at(1).outage.value(),
            10s);
}

TEST(PowerFailure, OfTheOtherServerChangesNothing) {
  const Result result = run_with({on(FaultTarget::second, fault_of(FaultKind::power_failure, 0s)),
                                  fault_of(FaultKind::crash, 30s)});
  EXPECT_EQ(result.outcome.boots, 1U);
  EXPECT_LT(result.outcome.faults.at(1).outage.value(), 1s);
}

TEST(PowerFailure, CanBeSilent) {
  Fault silence = on(FaultTarget::first, fault_of(FaultKind::power_failure, 0s));
  silence.answer = PowerAnswer::silence;
  const Result result = run_with({silence, fault_of(FaultKind::crash, 30s)});
  EXPECT_GE(result.count(Event::Kind::ordered, Host::second), 2U);
  EXPECT_EQ(result.count(Event::Kind::reported, Host::second), 0U);
  EXPECT_EQ(result.outcome.boots, 0U);
}

TEST(PowerDelay, IsAddedToTheOrder) {
  Fault delay = on(FaultTarget::first, fault_of(FaultKind::power_delay, 0s));
  delay.delay = Distribution(200ms);
  const Result result = run_with({delay, fault_of(FaultKind::crash, 30s)});
  const Time ordered = result.first(Event::Kind::ordered, Host::second);
  EXPECT_EQ(result.first(Event::Kind::reported, Host::second), ordered + 700ms);
  EXPECT_EQ(result.outcome.roles[1], Role::primary);
}

TEST(PowerDelay, BeyondTheTimeoutOfAFenceMakesItFail) {
  const Result result = run_with({on(FaultTarget::first, fault_of(FaultKind::power_delay, 0s)),
                                  fault_of(FaultKind::crash, 30s)});
  EXPECT_TRUE(result.noted(Note::Kind::declared_failure, Host::second));
  const auto timed_out = [](const Event& e) {
    return e.kind == Event::Kind::note && e.note.cause == Cause::fence_timed_out;
  };
  EXPECT_TRUE(std::ranges::any_of(result.timeline.events, timed_out));
}

// ---- operators ----------------------------------------------------------------------------------

TEST(Switchover, SwapsTheRolesWithoutALossOrAFence) {
  const Result result = run_with({fault_of(FaultKind::switchover, 30s)});
  EXPECT_EQ(result.outcome.roles[0], Role::monitor);
  EXPECT_EQ(result.outcome.roles[1], Role::primary);
  EXPECT_EQ(result.outcome.boots, 0U);
  EXPECT_EQ(result.outcome.lost_writes, 0U);
  EXPECT_EQ(result.outcome.false_failovers, 0U);
}

TEST(Switchover, CanBeAskedForAgainAndAgain) {
  Fault switchover = fault_of(FaultKind::switchover, 10s);
  switchover.every = Distribution(20s);
  const Result result = run_with({switchover});
  EXPECT_THAT(result.outcome.faults, SizeIs(6));  // at 10, 30, 50, 70, 90 and 110 s
  EXPECT_EQ(result.outcome.roles[0], Role::primary);
  EXPECT_EQ(result.outcome.lost_writes, 0U);
}

TEST(Maintenance, HoldsTheFire) {
  const Result result =
      run_with({fault_of(FaultKind::maintenance, 20s, 40s), fault_of(FaultKind::crash, 30s)});
  EXPECT_EQ(result.outcome.faults.at(0).target, FaultTarget::pair);
  EXPECT_TRUE(result.noted(Note::Kind::held_fire, Host::second));
  EXPECT_GE(result.first(Event::Kind::ordered, Host::second), at(60s));
  EXPECT_EQ(result.outcome.roles[1], Role::primary);
}

// A server that is off when the maintenance ends is told once it is up: it must not hold its fire
// for ever.
TEST(Maintenance, EndsForAServerThatWasOffAsWell) {
  const Result result =
      run_with({fault_of(FaultKind::maintenance, 20s, 20s), fault_of(FaultKind::crash, 30s, 30s),
                on(FaultTarget::second, fault_of(FaultKind::crash, 100s))});
  EXPECT_EQ(result.outcome.roles[0], Role::primary);
}

// ---- all of them --------------------------------------------------------------------------------

TEST(ServerFaults, OfThePairStrikeBothAtOnce) {
  const Result result = run_with({on(FaultTarget::pair, fault_of(FaultKind::crash, 30s, 1s))});
  EXPECT_THAT(result.outcome.faults, SizeIs(1));
  EXPECT_EQ(result.first(Event::Kind::powered_off, Host::first), at(30s));
  EXPECT_EQ(result.first(Event::Kind::powered_off, Host::second), at(30s));
  EXPECT_EQ(result.count(Event::Kind::up, Host::first), 2U);
  EXPECT_EQ(result.count(Event::Kind::up, Host::second), 2U);
}

TEST(ServerFaults, StrikeNobodyIfTheRoleIsEmpty) {
  for (const Word<FaultKind>& kind : words<FaultKind>) {
    if (!can_strike(kind.value, FaultTarget::primary)) continue;
    Scenario scenario;
    scenario.run.start = Start::cold;
    scenario.run.duration = 5s;  // nobody is up yet
    scenario.faults = {on(FaultTarget::primary, fault_of(kind.value, 1s))};
    EXPECT_THAT(outcome_of(scenario).outcome.faults, SizeIs(0)) << kind.text;
  }
}

TEST(ServerFaults, HaveARowForEachOccurrence) {
  Fault pause = fault_of(FaultKind::pause, 10s, 20ms);
  pause.every = Distribution(9s);
  const Result result = run_with({pause});
  ASSERT_THAT(result.outcome.faults, SizeIs(13));
  for (std::size_t i = 0; i < 13; ++i) {
    EXPECT_EQ(result.outcome.faults[i].at, at(10s + 9s * static_cast<int>(i)));
    EXPECT_EQ(result.outcome.faults[i].redundancy, 20ms);
  }
}

}  // namespace
}  // namespace understudy
