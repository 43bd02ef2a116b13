// SPDX-License-Identifier: MIT
//
// Closed forms that honest simulation must match. Each tolerance is what chance leaves at this
// number of runs: four standard errors, or a quantile of the test's own distribution.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <vector>

#include "understudy/outcome/outcome.h"
#include "understudy/scenario/plan.h"
#include "understudy/virtual_time/run.h"
#include "understudy/virtual_time/virtual_world.h"

namespace understudy {
namespace {

using namespace std::chrono_literals;

double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

struct Sample {
  std::vector<double> values;

  [[nodiscard]] double mean() const {
    double sum = 0.0;
    for (const double value : values) sum += value;
    return sum / static_cast<double>(values.size());
  }
  [[nodiscard]] double variance() const {
    const double m = mean();
    double sum = 0.0;
    for (const double value : values) sum += (value - m) * (value - m);
    return sum / static_cast<double>(values.size() - 1);
  }
  [[nodiscard]] double standard_error() const {
    return std::sqrt(variance() / static_cast<double>(values.size()));
  }
  // Kolmogorov's distance from the uniform law on (low, high).
  [[nodiscard]] double distance_from_uniform(double low, double high) const {
    std::vector<double> sorted = values;
    std::ranges::sort(sorted);
    const auto n = static_cast<double>(sorted.size());
    double distance = 0.0;
    for (std::size_t i = 0; i < sorted.size(); ++i) {
      const double law = std::clamp((sorted[i] - low) / (high - low), 0.0, 1.0);
      distance = std::max(
          {distance, law - static_cast<double>(i) / n, static_cast<double>(i + 1) / n - law});
    }
    return distance;
  }
};

// A crash at a random time of the ping's cycle; the monitor pings with these parameters.
Scenario crash() {
  Scenario scenario;
  scenario.service.enabled = false;
  scenario.memory.write_rate_per_s = 0.0;
  scenario.run.duration = 40s;
  Fault fault;
  fault.at = Uniform{30s, 31s};
  scenario.faults.push_back(fault);
  return scenario;
}

Sample detection_times(const Scenario& scenario, std::uint64_t runs) {
  Sample sample;
  for (std::uint64_t number = 1; number <= runs; ++number) {
    const Outcome outcome =
        measure(scenario, virtual_time::run(scenario, {.seed = 1, .number = number}));
    for (const FaultOutcome& fault : outcome.faults) {
      if (fault.kind == FaultKind::crash && fault.detection) {
        sample.values.push_back(seconds(*fault.detection));
      }
    }
  }
  return sample;
}

// T_D ~ U((k-1)I + T - d, kI + T - d].
TEST(Oracles, DetectionTimeWithoutLossIsUniformOverOneInterval) {
  for (const std::uint32_t misses : {1U, 3U}) {
    Scenario scenario = crash();
    scenario.topology.delay = 10ms;
    scenario.pair.misses = misses;
    const Sample sample = detection_times(scenario, 10'000);
    ASSERT_EQ(sample.values.size(), 10'000U);
    const double low = 0.1 * (misses - 1) + 0.05 - 0.01;
    EXPECT_NEAR(sample.mean(), low + 0.05, 4 * sample.standard_error());
    // The 1 - 1e-4 quantile of Kolmogorov's statistic.
    EXPECT_LT(sample.distance_from_uniform(low, low + 0.1), 2.23 / std::sqrt(10'000.0));
    EXPECT_GT(*std::ranges::min_element(sample.values), low);
    EXPECT_LE(*std::ranges::max_element(sample.values), low + 0.1);
  }
}

// From a fresh start E[N] = (1 - q^k) / (q^k (1 - q)) pings to the first false failover, and
// Var[N] = (1 - (2k+1)(1-q) q^k - q^(2k+1)) / ((1-q) q^k)^2.
TEST(Oracles, PingsToTheFirstFalseFailover) {
  struct Case {
    double loss;  // each way
    std::uint32_t misses;
  };
  for (const Case& c : {Case{.loss = 0.05, .misses = 1}, Case{.loss = 0.10, .misses = 2},
                        Case{.loss = 0.30, .misses = 3}}) {
    Scenario scenario;
    scenario.service.enabled = false;
    scenario.memory.write_rate_per_s = 0.0;
    scenario.pair.misses = c.misses;
    scenario.pair.watch_monitor = false;
    scenario.pair.takeover = Takeover::fence_first;
    scenario.pair.copy_every = 0U;
    scenario.run.duration = 1h;
    Fault loss;
    loss.kind = FaultKind::loss;
    loss.target = FaultTarget::network;
    loss.at = 0ns;
    loss.probability = c.loss;
    scenario.faults.push_back(loss);

    const double q = 1.0 - (1.0 - c.loss) * (1.0 - c.loss);
    const double k = c.misses;
    const double qk = std::pow(q, k);
    const double expected = (1.0 - qk) / (qk * (1.0 - q));
    const double variance = (1.0 - (2.0 * k + 1.0) * (1.0 - q) * qk - std::pow(q, 2.0 * k + 1.0)) /
                            std::pow((1.0 - q) * qk, 2.0);

    const std::uint64_t runs = 2000;
    Sample pings;
    for (std::uint64_t number = 1; number <= runs; ++number) {
      const understudy::Run run{.seed = 1, .number = number};
      VirtualWorld world(scenario, run);
      while (world.agent(ServerId::second).role() == Role::monitor)
        world.run_until(world.now() + 5s);
      const Timeline timeline = world.finish();
      const auto declared = std::ranges::find_if(timeline.events, [](const Event& event) {
        return event.kind == Event::Kind::note && event.note.kind == Note::Kind::declared_failure;
      });
      ASSERT_NE(declared, timeline.events.end());
      // The n-th ping is missed at phase + (n - 1) I + T.
      const Time phase = draw_phases(scenario.config(), run).ping;
      pings.values.push_back(seconds(declared->at - phase - 50ms) / 0.1 + 1.0);
    }
    EXPECT_NEAR(pings.mean(), expected, 4 * std::sqrt(variance / static_cast<double>(runs)));
    // The variance of a variance from an almost exponential law: kurtosis 9.
    EXPECT_NEAR(pings.variance() / variance, 1.0, 4 * std::sqrt(8.0 / static_cast<double>(runs)));
  }
}

// A crash finds the last complete copy P/2 + c old on average: w (P/2 + c) writes are lost.
TEST(Oracles, LostWrites) {
  Scenario scenario = crash();
  scenario.memory.write_rate_per_s = 200.0;
  scenario.topology.bandwidth_bps = 8e6;  // 64 KiB take 65.5 ms
  scenario.run.duration = 40s;
  Sample lost;
  for (std::uint64_t number = 1; number <= 10'000; ++number) {
    const Outcome outcome =
        measure(scenario, virtual_time::run(scenario, {.seed = 1, .number = number}));
    lost.values.push_back(static_cast<double>(outcome.lost_writes));
  }
  const double copy = 65'536 * 8 / 8e6 + 100e-6 - 50e-6;  // from the snapshot to its arrival
  EXPECT_NEAR(lost.mean(), 200.0 * (1.0 / 2.0 + copy), 4 * lost.standard_error());
}

}  // namespace
}  // namespace understudy
