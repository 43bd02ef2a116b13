// SPDX-License-Identifier: MIT
//
// That nobody can tell a run that leaps, or sends and answers pings in one step, from one that goes
// through every event.
#include "understudy/virtual_time/leap.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <map>

#include "understudy/outcome/outcome.h"
#include "understudy/scenario/bad_input.h"
#include "understudy/scenario/checks.h"
#include "understudy/scenario/faults.h"
#include "understudy/scenario/printing.h"
#include "understudy/virtual_time/run.h"
#include "understudy/virtual_time/virtual_world.h"

namespace understudy {
namespace {

using namespace std::chrono_literals;

// ---- scenarios of any kind ----------------------------------------------------------------------

class Dice {
 public:
  explicit Dice(std::uint64_t number) : stream_({.seed = 1, .number = number}, "leap") {}

  bool chance(double probability) { return stream_.chance(probability); }
  std::uint32_t count(std::uint32_t least, std::uint32_t most) {
    return least + static_cast<std::uint32_t>(stream_.bits() % (most - least + 1));
  }
  // In milliseconds or, often enough for things to fall on one instant, in whole seconds.
  Duration span(Duration least, Duration most) {
    const auto width = static_cast<double>((most - least).count());
    const Duration drawn = least + Duration(static_cast<Duration::rep>(stream_.uniform() * width));
    if (chance(0.5) && drawn > 1s) return std::chrono::floor<std::chrono::seconds>(drawn);
    return std::max(least, Duration(std::chrono::floor<std::chrono::milliseconds>(drawn)));
  }
  template <class Options>
  auto pick(const Options& options) {
    return options[stream_.bits() % std::size(options)];
  }
  Distribution around(Duration mean) {
    switch (count(0, 2)) {
      case 0: return mean;
      case 1: return Uniform{mean / 2, mean + mean / 2};
      default: return Exponential{mean};
    }
  }

 private:
  Stream stream_;
};

void draw_pair(Dice& dice, Scenario& s) {
  if (dice.chance(0.2)) s.pair.method = Method::original;
  const Duration interval = dice.pick(std::array<Duration, 6>{20ms, 50ms, 100ms, 100ms, 250ms, 1s});
  s.pair.ping_interval = interval;
  s.pair.ping_timeout = dice.chance(0.2) ? interval : interval / 2;
  if (dice.chance(0.3)) {
    s.pair.announce_interval =
        dice.pick(std::array<Duration, 5>{0ms, interval, 2 * interval, interval * 7 / 5, 3s});
  }
  s.pair.misses = dice.count(1, 4);
  if (dice.chance(0.7)) s.pair.copy_every = dice.count(0, 12);
  if (dice.chance(0.3))
    s.pair.detector = dice.pick(std::array{DetectorKind::chen, DetectorKind::phi});
  if (dice.chance(0.5)) {
    s.pair.takeover =
        dice.pick(std::array{Takeover::immediate, Takeover::fence_first, Takeover::restart_first});
  }
  if (dice.chance(0.2)) s.pair.fence_mode = FenceMode::reboot;
  if (dice.chance(0.2)) s.pair.on_fence_failure = OnFenceFailure::takeover;
  if (dice.chance(0.2)) s.pair.witness = true;
  if (dice.chance(0.2)) s.pair.max_boots = dice.count(0, 3);
  if (dice.chance(0.2)) s.pair.conflict_detection = false;
  if (dice.chance(0.1)) s.pair.startup_grace = Duration(0);
}

void draw_world(Dice& dice, Scenario& s) {
  if (dice.chance(0.2)) s.topology.delay = dice.span(1ms, 8ms);
  if (dice.chance(0.05)) s.topology.delay = Uniform{50us, 1ms};
  if (dice.chance(0.4)) {
    s.topology.kind =
        dice.pick(std::array{TopologyKind::dual_switch, TopologyKind::routed, TopologyKind::wan});
  }
  s.server.boot_time = dice.chance(0.3) ? Distribution(dice.span(2s, 30s))
                                        : Distribution(Uniform{5s, dice.span(6s, 60s)});
  if (dice.chance(0.3)) s.power.confirmation = Distribution(dice.span(0ms, 200ms));
  if (dice.chance(0.3)) s.power.refusal = 0.3;
  if (dice.chance(0.3)) s.service.request_interval = dice.span(5ms, 90ms);
  if (dice.chance(0.2)) s.service.enabled = false;
  if (dice.chance(0.2)) s.memory.write_rate_per_s = dice.pick(std::array{0.0, 0.1, 5000.0});
  // Copies that take longer than a ping, and than some.
  if (dice.chance(0.2)) s.memory.size_bytes = std::uint64_t{1} << dice.count(20, 29);
  if (dice.chance(0.3)) s.run.start = Start::cold;
}

Fault draw_fault(Dice& dice, const Scenario& s) {
  constexpr auto kinds = static_cast<std::uint32_t>(FaultKind::maintenance);
  Fault fault;
  become(fault, static_cast<FaultKind>(dice.count(0, kinds)));
  fault.target = dice.pick(targets_of(fault.kind));
  const Duration whole = s.run.duration;
  fault.at = dice.span(0ms, whole / 2);
  if (among(kinds_with_duration, fault.kind) && dice.chance(0.8)) {
    fault.lasts = dice.around(dice.span(100ms, dice.chance(0.8) ? 60s : Duration(whole / 4)));
  }
  if (dice.chance(0.7)) fault.every = dice.around(dice.span(whole / 20, whole));
  if (fault.kind == FaultKind::partition) fault.from = {Side::Member::primary};
  if (fault.kind == FaultKind::clock_rate && dice.chance(0.2)) fault.factor = 1.0;
  return fault;
}

// Delays of any law, and losses of a packet in hundred or in two.
void draw_lossy_network(Dice& dice, Scenario& s) {
  const Duration mean = dice.pick(std::array<Duration, 3>{50us, 1ms, 10ms});
  switch (dice.count(0, 4)) {
    case 0: s.topology.delay = mean; break;
    case 1: s.topology.delay = Uniform{mean / 2, 2 * mean}; break;
    case 2: s.topology.delay = Normal{mean, mean / 2}; break;
    default: s.topology.delay = Exponential{mean};
  }
  Fault loss;
  become(loss, FaultKind::loss);
  loss.target = FaultTarget::network;
  loss.at = dice.pick(std::array<Duration, 2>{0ms, 60s});
  loss.probability = dice.pick(std::array{0.01, 0.1, 0.5});
  if (dice.chance(0.2)) loss.burst_begins = 0.1;
  if (dice.chance(0.8)) s.faults.push_back(loss);
}

enum class Network : std::uint8_t { any, lossy };

Scenario draw_scenario(std::uint64_t number, Network network = Network::any) {
  Dice dice(number);
  while (true) {
    Scenario s;
    draw_pair(dice, s);
    draw_world(dice, s);
    s.run.duration = *s.pair.ping_interval * dice.count(2'000, 40'000);
    if (network == Network::lossy) {
      s.run.duration /= 4;
      draw_lossy_network(dice, s);
    }
    const std::uint32_t faults = dice.count(0, 4);
    for (std::uint32_t i = 0; i < faults; ++i) s.faults.push_back(draw_fault(dice, s));
    try {
      check(s);
      return s;
    } catch (const BadInput&) {  // what cannot be is drawn again
    }
  }
}

// ---- leaping and not ----------------------------------------------------------------------------

VirtualWorld world_at_the_end(const Scenario& scenario, const Run& run, Pace pace) {
  VirtualWorld world(scenario, run, Detail::changes, pace);
  world.run_until(after(Time{}, scenario.run.duration));
  return world;
}

// The agents too, down to the tokens that they wait for.
void expect_same(const Scenario& scenario, const Run& run) {
  VirtualWorld leaping = world_at_the_end(scenario, run, Pace::leaping);
  VirtualWorld steady = world_at_the_end(scenario, run, Pace::every_event);
  EXPECT_EQ(steady.leapt(), Duration(0));
  EXPECT_EQ(steady.exchanges(), 0U);
  EXPECT_EQ(leaping.now(), steady.now());
  EXPECT_EQ(leaping.agent(ServerId::first), steady.agent(ServerId::first));
  EXPECT_EQ(leaping.agent(ServerId::second), steady.agent(ServerId::second));
  EXPECT_EQ(leaping.signals_sent(), steady.signals_sent());
  EXPECT_EQ(leaping.messages_sent(), steady.messages_sent());
  const Timeline one = leaping.finish();
  const Timeline other = steady.finish();
  EXPECT_EQ(one, other);
  EXPECT_EQ(measure(scenario, one), measure(scenario, other));
}

TEST(Leaps, AreNotToBeSeenInAnyScenario) {
  constexpr std::uint64_t scenarios = 300;
  Duration simulated{};
  Duration leapt{};
  std::map<FaultKind, Duration> leapt_with;
  for (std::uint64_t number = 1; number <= scenarios && !HasFailure(); ++number) {
    const Scenario scenario = draw_scenario(number);
    SCOPED_TRACE("scenario " + std::to_string(number) + "\n" + to_toml(scenario));
    const understudy::Run run{.seed = 2, .number = number};
    expect_same(scenario, run);
    const Duration part = world_at_the_end(scenario, run, Pace::leaping).leapt();
    simulated += scenario.run.duration;
    leapt += part;
    for (const Fault& fault : scenario.faults) leapt_with[fault.kind] += part;
  }
  // Were they not leapt, or hardly, nothing would have been tested.
  EXPECT_GT(leapt, simulated / 4);
  EXPECT_EQ(leapt_with.size(), static_cast<std::size_t>(FaultKind::maintenance) + 1);
  for (const auto& [kind, part] : leapt_with) EXPECT_GT(part, 10min) << static_cast<int>(kind);
}

TEST(Exchanges, AreNotToBeSeenInAnyScenario) {
  constexpr std::uint64_t scenarios = 200;
  std::uint64_t pings = 0;
  std::uint64_t exchanges = 0;
  std::map<FaultKind, std::uint64_t> exchanges_with;
  std::map<DetectorKind, std::uint64_t> exchanges_by;
  for (std::uint64_t number = 1; number <= scenarios && !HasFailure(); ++number) {
    const Scenario scenario = draw_scenario(number, Network::lossy);
    SCOPED_TRACE("scenario " + std::to_string(number) + "\n" + to_toml(scenario));
    const understudy::Run run{.seed = 3, .number = number};
    expect_same(scenario, run);
    const VirtualWorld world = world_at_the_end(scenario, run, Pace::leaping);
    pings += world.signals_sent();
    exchanges += world.exchanges();
    for (const Fault& fault : scenario.faults) exchanges_with[fault.kind] += world.exchanges();
    exchanges_by[scenario.config().detector] += world.exchanges();
  }
  EXPECT_GT(exchanges, pings / 8);
  EXPECT_EQ(exchanges_with.size(), static_cast<std::size_t>(FaultKind::maintenance) + 1);
  for (const auto& [kind, count] : exchanges_with) EXPECT_GT(count, 1000U) << int(kind);
  EXPECT_EQ(exchanges_by.size(), 3U);
  for (const auto& [kind, count] : exchanges_by) EXPECT_GT(count, 1000U) << int(kind);
}

// ---- where leaps are made -----------------------------------------------------------------------

Duration leapt(const Scenario& scenario) {
  return world_at_the_end(scenario, {}, Pace::leaping).leapt();
}

Fault fault_of(FaultKind kind, FaultTarget target, Duration at) {
  Fault fault;
  become(fault, kind);
  fault.target = target;
  fault.at = at;
  return fault;
}

TEST(Leaps, TakeAQuietYearAtOnce) {
  Scenario year;
  year.run.duration = 24h * 365;
  EXPECT_GT(leapt(year), year.run.duration - 10s);
  for (const DetectorKind detector : {DetectorKind::chen, DetectorKind::phi}) {
    year.pair.detector = detector;
    EXPECT_GT(leapt(year), year.run.duration - 2min);  // until its window is full
  }
}

TEST(Leaps, FindRhythmsThatMeetOnlyNowAndThen) {
  Scenario day;
  day.run.duration = 24h;
  day.pair.ping_interval = 90ms;
  day.pair.announce_interval = 100ms;
  day.pair.copy_every = 7U;
  EXPECT_GT(leapt(day), 23h);
  expect_same(day, {});
}

TEST(Leaps, AreMadeInEveryTopology) {
  for (const TopologyKind kind :
       {TopologyKind::lan, TopologyKind::dual_switch, TopologyKind::routed, TopologyKind::wan}) {
    Scenario scenario;
    scenario.topology.kind = kind;
    scenario.pair.ping_timeout = 200ms;  // far sites are far
    scenario.pair.ping_interval = 400ms;
    scenario.run.duration = 6h;
    scenario.faults = {fault_of(FaultKind::crash, FaultTarget::primary, 3h)};
    EXPECT_GT(leapt(scenario), scenario.run.duration - 5min) << static_cast<int>(kind);
    expect_same(scenario, {});
  }
}

// Two worlds of which one leaps part as one.
TEST(Leaps, AreNotToBeSeenInABranchOfARun) {
  Scenario scenario;
  scenario.run.duration = 2h;
  scenario.faults = {fault_of(FaultKind::crash, FaultTarget::primary, 0ms)};
  scenario.faults[0].at = Exponential{30min};
  scenario.faults[0].every = scenario.faults[0].at;
  const auto branched = [&](Pace pace) {
    VirtualWorld world(scenario, {}, Detail::changes, pace);
    world.run_until(Time(40min));
    world.branch(7);
    world.run_until(Time(2h));
    return std::pair(world.agent(ServerId::first), world.finish());
  };
  EXPECT_EQ(branched(Pace::leaping), branched(Pace::every_event));
}

TEST(Leaps, TakeTheTimeThatAServerNeedsToBoot) {
  Scenario scenario;
  scenario.server.boot_time = Distribution(2h);
  scenario.run.duration = 3h;
  scenario.faults = {fault_of(FaultKind::crash, FaultTarget::primary, 10min)};
  EXPECT_GT(leapt(scenario), scenario.run.duration - 20s);
  expect_same(scenario, {});
}

TEST(Leaps, AreNotMadeWhereEachPacketIsTold) {
  Scenario hour;
  hour.run.duration = 1h;
  VirtualWorld world(hour, {}, Detail::packets, Pace::leaping);
  world.run_until(Time(1h));
  EXPECT_EQ(world.leapt(), Duration(0));
}

TEST(Leaps, AreNotMadeWhileTheNetworkDraws) {
  Scenario hour;
  hour.run.duration = 1h;
  hour.topology.delay = Uniform{50us, 60us};
  EXPECT_EQ(leapt(hour), Duration(0));
  hour.topology.delay = 50us;
  hour.faults = {fault_of(FaultKind::loss, FaultTarget::network, 0ms)};
  hour.faults[0].probability = 1e-9;
  EXPECT_EQ(leapt(hour), Duration(0));
  hour.faults[0].lasts = 30min;
  EXPECT_GT(leapt(hour), 29min);
}

// ---- where exchanges are made
// --------------------------------------------------------------------

Scenario lossy_hour() {
  Scenario hour;
  hour.pair.method = Method::original;
  hour.pair.misses = 100U;
  hour.pair.copy_every = 0U;
  hour.topology.delay = Exponential{1ms};
  hour.run.duration = 1h;
  hour.faults = {fault_of(FaultKind::loss, FaultTarget::network, 0ms)};
  hour.faults[0].probability = 0.01;
  return hour;
}

// What part of its pings.
double exchanged(const Scenario& scenario) {
  const VirtualWorld world = world_at_the_end(scenario, {}, Pace::leaping);
  return static_cast<double>(world.exchanges()) / static_cast<double>(world.signals_sent());
}

TEST(Exchanges, AreAllPingsOfALossyHourThatAreAnswered) {
  // But for one now and then in whose midst the world looks for something to leap over.
  EXPECT_NEAR(exchanged(lossy_hour()), 0.99 * 0.99, 0.02);
}

TEST(Exchanges, GoOnWhileAClockIsFast) {
  Scenario hour = lossy_hour();
  hour.faults.push_back(fault_of(FaultKind::clock_rate, FaultTarget::second, 1min));
  hour.faults[1].factor = 1.01;
  EXPECT_NEAR(exchanged(hour), 0.99 * 0.99, 0.02);
  expect_same(hour, {});
}

// Every third answer starts one.
TEST(Exchanges, LeaveOutThePingsAfterWhichACopyBegins) {
  Scenario hour = lossy_hour();
  hour.pair.copy_every = 3U;
  EXPECT_NEAR(exchanged(hour), 2.0 / 3.0, 0.03);
  expect_same(hour, {});
}

// An answer that takes as long as the ping has is a miss.
TEST(Exchanges, AreAnsweredSoonerThanTheTimeout) {
  for (const Duration delay : {24ms, 25ms, 26ms}) {
    Scenario hour = lossy_hour();
    hour.topology.delay = delay;
    hour.pair.misses = 1'000'000U;
    EXPECT_EQ(exchanged(hour) > 0.0, 2 * delay < hour.config().ping_timeout);
    expect_same(hour, {});
  }
}

// When the first ping after that is sent.
Time sent_after(const Scenario& scenario, Time when) {
  VirtualWorld world(scenario, {}, Detail::changes, Pace::every_event);
  world.run_until(when);
  for (const std::uint64_t sent = world.signals_sent(); world.signals_sent() == sent;) {
    world.run_until(world.next());
  }
  return world.now();
}

// A crash at each of the instants of a ping, and a nanosecond before and after it.
TEST(Exchanges, LeaveOutNoFaultThatStrikesAtTheSameInstant) {
  Scenario scenario = lossy_hour();
  scenario.run.duration = 1min;
  scenario.pair.misses = 1U;
  scenario.topology.delay = 20ms;
  scenario.faults[0].probability = 1e-9;
  const Duration sent = sent_after(scenario, Time(20s)) - Time{};
  for (const Duration later : {0ms, 20ms, 40ms, 50ms, 100ms}) {
    for (const Duration off : {-1ns, 0ns, 1ns}) {
      for (const FaultTarget target : {FaultTarget::primary, FaultTarget::monitor}) {
        scenario.faults.resize(1);
        scenario.faults.push_back(fault_of(FaultKind::crash, target, sent + later + off));
        expect_same(scenario, {});
      }
    }
  }
}

// A world that is asked to go to an instant within an exchange, or at its end, and then on.
TEST(Exchanges, AreNotToBeSeenByWhoeverLooksInBetween) {
  Scenario scenario = lossy_hour();
  scenario.topology.delay = 1ms;
  VirtualWorld leaping(scenario, {}, Detail::changes, Pace::leaping);
  VirtualWorld steady(scenario, {}, Detail::changes, Pace::every_event);
  for (int pings = 0; pings < 600 && !HasFailure(); ++pings) {
    const Time when = steady.next();
    for (const Time look : {when, when + Duration(1), when + 1500us, when + 2ms}) {
      leaping.run_until(look);
      steady.run_until(look);
      EXPECT_EQ(leaping.agent(ServerId::second), steady.agent(ServerId::second));
      EXPECT_EQ(leaping.next(), steady.next());
    }
  }
}

TEST(Exchanges, AreNotMadeWhereEachPacketIsTold) {
  VirtualWorld world(lossy_hour(), {}, Detail::packets, Pace::leaping);
  world.run_until(Time(1h));
  EXPECT_EQ(world.exchanges(), 0U);
}

TEST(Exchanges, AreNotMadeWherePacketsMeetWithMoreThanLossAndDelay) {
  for (const FaultKind kind : {FaultKind::jitter, FaultKind::duplicate, FaultKind::congestion}) {
    Scenario hour = lossy_hour();
    hour.faults.push_back(fault_of(kind, FaultTarget::network, 0ms));
    EXPECT_EQ(exchanged(hour), 0.0) << static_cast<int>(kind);
  }
}

// ---- what a leap must not take for the rhythm ---------------------------------------------------

TEST(Leaps, LeaveOutNoFaultThatStrikesInTheRhythmOfThePings) {
  Scenario scenario;
  scenario.pair.method = Method::original;
  scenario.pair.announce_interval = 1s;
  scenario.pair.ping_interval = 1s;
  scenario.run.duration = 2h;
  // Nobody is monitor for an hour, so that this strikes nobody; later, the one that boots.
  Fault crash = fault_of(FaultKind::crash, FaultTarget::monitor, 5s);
  crash.every = Distribution(1s);
  scenario.faults = {crash, fault_of(FaultKind::crash, FaultTarget::second, 2s)};
  scenario.faults[1].lasts = Distribution(1h);
  expect_same(scenario, {});
  EXPECT_EQ(leapt(scenario), Duration(0));
}

// A rhythm of one part in 10^11 less differs by half a microsecond in the end.
TEST(Leaps, AreNotMadeWhileAClockIsAlmostRight) {
  Scenario scenario;
  scenario.run.duration = 15h;
  scenario.faults = {fault_of(FaultKind::clock_rate, FaultTarget::second, 1s),
                     fault_of(FaultKind::crash, FaultTarget::first, 14h)};
  scenario.faults[0].factor = 1.0 + 1e-11;
  expect_same(scenario, {});
  EXPECT_EQ(leapt(scenario), Duration(0));
}

// Two servers announce the primary address in turn, and clients follow whoever spoke last.
TEST(Leaps, AreNotMadeWhileClientsChangeTheirMind) {
  Scenario scenario;
  scenario.pair.conflict_detection = false;
  scenario.pair.takeover = Takeover::immediate;
  scenario.run.duration = 1h;
  Fault partition = fault_of(FaultKind::partition, FaultTarget::network, 10s);
  partition.from = {Side::Member::first};
  partition.to = {Side::Member::second};
  partition.lasts = Distribution(20s);
  scenario.faults = {partition, fault_of(FaultKind::power_failure, FaultTarget::pair, 5s),
                     fault_of(FaultKind::service_hang, FaultTarget::first, 60s)};
  expect_same(scenario, {});
  const Outcome outcome = measure(scenario, virtual_time::run(scenario, {}));
  ASSERT_GT(outcome.dual_primary, 59min);
  EXPECT_GT(outcome.lost_requests, outcome.requests / 10);
}

TEST(ChangesOfMind, ComeWhenAFenceIsForgottenAndWhenTheWitnessIsNoExcuseAnyMore) {
  const Config config = Scenario{}.config();
  const LocalClock clock;
  State state;
  const auto next = [&](Time now) {
    return next_change_of_mind(Agent(ServerId::first, config, state), state, clock, now);
  };
  EXPECT_EQ(next(Time(1s)), never);
  state.history.fences[0] = Time(10s);
  ASSERT_LT(config.boots_window, Agent::peace);
  EXPECT_EQ(next(Time(10s)), Time(10s) + config.boots_window);
  EXPECT_EQ(next(Time(10s) + config.boots_window), Time(10s) + Agent::peace);
  EXPECT_EQ(next(Time(10s) + Agent::peace), never);
  state.witness_silent_since = Time(11s);
  EXPECT_EQ(next(Time(12s)), Time(11s) + config.witness_patience);
  // A server's clock that was wrong for a while shows another time than the world's.
  LocalClock behind;
  behind.run_at(0.5, Time(0s));
  behind.run_at(1.0, Time(10s));
  EXPECT_EQ(next_change_of_mind(Agent(ServerId::first, config, state), state, behind, Time(12s)),
            Time(16s) + config.witness_patience);
}

// ---- what a run needs ---------------------------------------------------------------------------

TEST(AQuietStretch, TakesNoMemoryHoweverLongItIs) {
  for (const Pace pace : {Pace::leaping, Pace::every_event}) {
    const auto recorded = [&](Duration duration) {
      Scenario scenario;
      scenario.run.duration = duration;
      scenario.faults = {fault_of(FaultKind::crash, FaultTarget::primary, 1min)};
      const Timeline timeline = virtual_time::run(scenario, {}, Detail::changes, pace);
      return std::pair(timeline.events.size(), timeline.gaps.size());
    };
    EXPECT_EQ(recorded(10h), recorded(10min));
  }
}

}  // namespace
}  // namespace understudy
