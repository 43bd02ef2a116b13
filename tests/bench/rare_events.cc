// SPDX-License-Identifier: MIT
//
// What a rare event costs by each method, for a pair that loses 5 % of its packets each way. The
// argument is `misses`: a false failover every 20 minutes (4), 15 days (7) and 4755 years (12).
//
// `work_normalised` is the squared relative error times the seconds of processor time that it took:
// the time for an error of 100 %, a hundredth of the time for one of 10 %, and what a method is to
// be judged by, for it does not depend on the number of runs (P. W. Glynn, W. Whitt, "The
// asymptotic efficiency of simulation estimators", Operations Research 40(3), 1992). `ratio` is
// what it found, as a part of the closed form; no error, no counters: it found nothing.
#include "understudy/virtual_time/rare_events.h"

#include <benchmark/benchmark.h>

#include <chrono>
#include <cmath>
#include <cstdint>
#include <ctime>
#include <vector>

#include "understudy/scenario/faults.h"

namespace understudy {
namespace {

using namespace std::chrono_literals;

constexpr double loss = 0.05;

Scenario lossy_pair(std::uint32_t misses) {
  Scenario scenario;
  scenario.pair.misses = misses;
  scenario.run.duration = 120s;
  Fault fault;
  become(fault, FaultKind::loss);
  fault.at = 0ns;
  fault.probability = loss;
  scenario.faults.push_back(fault);
  return scenario;
}

double exact_rate_per_s(std::uint32_t misses) {
  const double q = 1.0 - (1.0 - loss) * (1.0 - loss);
  const double all = std::pow(q, misses);
  return all * (1.0 - q) / (1.0 - all) / 0.1;
}

double processor_s() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

void wait_for_it(benchmark::State& state, RareMethod method, std::uint64_t runs) {
  const auto misses = static_cast<std::uint32_t>(state.range(0));
  const double before = processor_s();
  RareEstimate found;
  for (auto _ : state) {
    const RarePlan plan(lossy_pair(misses), {.method = method});
    std::vector<RareSample> samples;
    for (std::uint64_t run = 1; run <= runs; ++run) samples.push_back(plan.sample(run));
    found = estimate(plan, samples);
  }
  const double took_s = (processor_s() - before) / static_cast<double>(state.iterations());
  if (!found.relative_error) return;
  state.counters["ratio"] = *found.rate_per_s / exact_rate_per_s(misses);
  state.counters["relative_error"] = *found.relative_error;
  state.counters["work_normalised"] = *found.relative_error * *found.relative_error * took_s;
}

void RareEvents_Plain(benchmark::State& state) { wait_for_it(state, RareMethod::plain, 4000); }
BENCHMARK(RareEvents_Plain)->Arg(4)->Arg(7)->Unit(benchmark::kMillisecond)->Iterations(1);

void RareEvents_Splitting(benchmark::State& state) {
  wait_for_it(state, RareMethod::splitting, 400);
}
BENCHMARK(RareEvents_Splitting)
    ->Arg(4)
    ->Arg(7)
    ->Arg(12)
    ->Unit(benchmark::kMillisecond)
    ->Iterations(1);

void RareEvents_ImportanceSampling(benchmark::State& state) {
  wait_for_it(state, RareMethod::importance, 400);
}
BENCHMARK(RareEvents_ImportanceSampling)
    ->Arg(4)
    ->Arg(7)
    ->Arg(12)
    ->Unit(benchmark::kMillisecond)
    ->Iterations(1);

}  // namespace
}  // namespace understudy
