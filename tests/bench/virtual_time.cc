// SPDX-License-Identifier: MIT
//
// How fast virtual time passes, event by event unless it is said. `items_per_second` are pings, or
// runs, or simulated years.
//
// Event by event is what it costs where something happens. What users get by default is less: a
// plain network's pings are leapt over, a lossy one's are sent and answered in one step.
//
// The loops are those of ping_loops.h. Yardsticks do the pings and nothing else: a simulation with
// a binary heap as one writes it by hand, on either network, and a loop without events, which no
// simulation can beat.
#include <benchmark/benchmark.h>

#include <chrono>
#include <cstdint>

#include "ping_loops.h"
#include "understudy/outcome/outcome.h"
#include "understudy/virtual_time/run.h"
#include "understudy/virtual_time/virtual_world.h"

namespace understudy {
namespace {

using namespace std::chrono_literals;

void count_pings(benchmark::State& state, std::uint64_t pings) {
  state.SetItemsProcessed(static_cast<std::int64_t>(pings));
}

void pass_time(benchmark::State& state, const Scenario& scenario, Pace pace = Pace::every_event) {
  VirtualWorld world(scenario, {}, Detail::changes, pace);
  for (auto _ : state) world.run_until(world.now() + 1h);
  count_pings(state, world.signals_sent());
}

void VirtualTime_OriginalMethod(benchmark::State& state) {
  pass_time(state, bench::quiet_pair(Method::original));
}
BENCHMARK(VirtualTime_OriginalMethod)->Unit(benchmark::kMillisecond);

// A world on each of two cores, and on one: they share nothing.
void VirtualTime_OnCores(benchmark::State& state) {
  pass_time(state, bench::quiet_pair(Method::original));
}
BENCHMARK(VirtualTime_OnCores)->Unit(benchmark::kMillisecond)->ThreadRange(1, 2)->UseRealTime();

// Both servers ping, both announce themselves.
void VirtualTime_TodaysDefaults(benchmark::State& state) {
  pass_time(state, bench::quiet_pair(Method::today));
}
BENCHMARK(VirtualTime_TodaysDefaults)->Unit(benchmark::kMillisecond);

// As users get it.
void VirtualTime_LossAndExponentialDelay(benchmark::State& state) {
  pass_time(state, bench::lossy_pair(), Pace::leaping);
}
BENCHMARK(VirtualTime_LossAndExponentialDelay)->Unit(benchmark::kMillisecond);

void VirtualTime_LossAndExponentialDelayByEvent(benchmark::State& state) {
  pass_time(state, bench::lossy_pair());
}
BENCHMARK(VirtualTime_LossAndExponentialDelayByEvent)->Unit(benchmark::kMillisecond);

// ---- the yardsticks -----------------------------------------------------------------------------

template <class Network>
void pass_time_by_hand(benchmark::State& state) {
  bench::HeapSimulation<Network> simulation;
  std::int64_t end_ns = 0;
  for (auto _ : state) simulation.run_until(end_ns += 3'600'000'000'000);
  benchmark::DoNotOptimize(simulation.misses());
  count_pings(state, simulation.pings());
}

void Yardstick_HeapSimulation(benchmark::State& state) {
  pass_time_by_hand<bench::PlainNetwork>(state);
}
BENCHMARK(Yardstick_HeapSimulation)->Unit(benchmark::kMillisecond);

void Yardstick_LossyHeapSimulation(benchmark::State& state) {
  pass_time_by_hand<bench::LossyNetwork>(state);
}
BENCHMARK(Yardstick_LossyHeapSimulation)->Unit(benchmark::kMillisecond);

void Yardstick_BareLoop(benchmark::State& state) {
  Stream stream({}, "loop");
  std::uint64_t pings = 0;
  std::int64_t now_ns = 0;
  std::uint64_t misses = 0;
  for (auto _ : state) {
    for (int i = 0; i < 36'000; ++i) {
      const std::int64_t sent_ns = now_ns + 100'000'000;
      const std::uint64_t token = stream.bits();
      const std::int64_t answered_ns = sent_ns + 50'000 + 50'000;
      benchmark::DoNotOptimize(token);
      if (answered_ns - sent_ns > 50'000'000) ++misses;
      benchmark::DoNotOptimize(now_ns = sent_ns);
      ++pings;
    }
  }
  benchmark::DoNotOptimize(misses);
  count_pings(state, pings);
}
BENCHMARK(Yardstick_BareLoop)->Unit(benchmark::kMillisecond);

// ---- whole runs ---------------------------------------------------------------------------------

// A minute with a crash, a client at 100 requests a second and a writer at 200 writes a second.
void Run_Crash(benchmark::State& state) {
  Scenario scenario;
  scenario.run.duration = 60s;
  Fault crash;
  crash.at = Uniform{30s, 31s};
  scenario.faults.push_back(crash);
  std::uint64_t number = 0;
  for (auto _ : state) {
    const Outcome outcome =
        measure(scenario, virtual_time::run(scenario, {.seed = 1, .number = ++number}));
    benchmark::DoNotOptimize(outcome);
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(number));
}
BENCHMARK(Run_Crash)->Unit(benchmark::kMicrosecond);

// ---- years --------------------------------------------------------------------------------------

constexpr Duration year = 24h * 365;

void pass_years(benchmark::State& state, const Scenario& scenario) {
  std::uint64_t number = 0;
  for (auto _ : state) {
    const Outcome outcome =
        measure(scenario, virtual_time::run(scenario, {.seed = 1, .number = ++number}));
    benchmark::DoNotOptimize(outcome);
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(number) * (scenario.run.duration / year));
}

// Today's defaults, with clients, writes and copies, leapt over.
void VirtualTime_QuietYear(benchmark::State& state) {
  Scenario scenario;
  scenario.run.duration = year;
  pass_years(state, scenario);
}
BENCHMARK(VirtualTime_QuietYear)->Unit(benchmark::kMillisecond);

Fault crash_again_and_again(FaultTarget target) {
  Fault crash;
  crash.target = target;
  crash.at = Exponential{1000h};
  crash.every = crash.at;
  return crash;
}

// Each server fails once in a thousand hours, and boots for one to three.
void VirtualTime_Lifetime(benchmark::State& state) {
  Scenario scenario = bench::quiet_pair(Method::today);
  scenario.run.duration = 10 * year;
  scenario.server.boot_time = Uniform{1h, 3h};
  scenario.faults = {crash_again_and_again(FaultTarget::primary),
                     crash_again_and_again(FaultTarget::monitor)};
  pass_years(state, scenario);
}
BENCHMARK(VirtualTime_Lifetime)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace understudy
