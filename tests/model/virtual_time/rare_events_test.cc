// SPDX-License-Identifier: MIT
//
// Estimates of rare events against exact probabilities, and against each other. Seeds are fixed;
// each tolerance is four standard errors, or a quantile of the test's own law.
#include "understudy/virtual_time/rare_events.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include "understudy/outcome/outcome.h"
#include "understudy/scenario/bad_input.h"
#include "understudy/scenario/faults.h"
#include "understudy/scenario/trace.h"
#include "understudy/virtual_time/run.h"

namespace understudy {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

constexpr double interval_s = 0.1;
constexpr std::array all_methods = {RareMethod::splitting, RareMethod::importance,
                                    RareMethod::plain};
constexpr std::array quick_methods = {RareMethod::splitting, RareMethod::importance};

// A monitor that pings every 100 ms and waits for 50, and nothing else.
Scenario quiet_pair(std::uint32_t misses, Duration duration) {
  Scenario scenario;
  scenario.memory.write_rate_per_s = 0.0;
  scenario.pair.misses = misses;
  scenario.pair.ping_timeout = 50ms;
  scenario.pair.watch_monitor = false;
  scenario.pair.copy_every = 0U;
  scenario.run.duration = duration;
  return scenario;
}

Fault network_fault(FaultKind kind) {
  Fault fault;
  become(fault, kind);
  fault.at = 0ns;
  return fault;
}

Scenario lossy_pair(double each_way, std::uint32_t misses, Duration duration) {
  Scenario scenario = quiet_pair(misses, duration);
  scenario.faults.push_back(network_fault(FaultKind::loss));
  scenario.faults.back().probability = each_way;
  return scenario;
}

RareEstimate estimated(const Scenario& scenario, const RareQuestion& question, std::uint64_t runs,
                       std::uint64_t first_run = 1) {
  const RarePlan plan(scenario, question);
  std::vector<RareSample> samples;
  for (std::uint64_t run = first_run; run < first_run + runs; ++run) {
    samples.push_back(plan.sample(run));
  }
  return estimate(plan, samples);
}

// ---- the truth ----------------------------------------------------------------------------------

// A ping is missed or not by a chain with two states, at each ping first a step, then the miss.
// Without memory: turns_bad = q and turns_good = 1 - q.
struct MissChain {
  double turns_bad = 0.0;
  double turns_good = 0.0;
  static MissChain alone(double q) { return {.turns_bad = q, .turns_good = 1.0 - q}; }
};

// P(the first run of k misses ends with ping n, or before), n = 0 ... pings.
std::vector<double> failed_by(const MissChain& chain, std::uint32_t k, std::size_t pings) {
  std::vector<double> state(k, 0.0);  // by misses in a row
  state[0] = 1.0;
  std::vector<double> failed = {0.0};
  for (std::size_t n = 1; n <= pings; ++n) {
    std::vector<double> next(k, 0.0);
    double fails = 0.0;
    for (std::uint32_t m = 0; m < k; ++m) {
      const double misses = m == 0 ? chain.turns_bad : 1.0 - chain.turns_good;
      (m + 1 == k ? fails : next[m + 1]) += state[m] * misses;
      next[0] += state[m] * (1.0 - misses);
    }
    state = std::move(next);
    failed.push_back(failed.back() + fails);
  }
  return failed;
}

struct Truth {
  double probability = 0.0;
  double rate_per_s = 0.0;  // P(warm-up < T <= end) / E[time after the warm-up without an event]
};

// The first ping leaves at an instant uniform in the first interval, ping n is judged (n - 1) I + T
// later. So P(T <= t) is linear between its values at t = n I + T, which are failed_by(n).
Truth truth(const MissChain& chain, std::uint32_t k, Duration duration) {
  const auto pings = static_cast<std::size_t>(duration / 100ms);
  const std::vector<double> failed = failed_by(chain, k, pings);
  const auto by = [&](std::size_t half) {  // at half intervals
    const std::size_t n = half / 2;
    if (half % 2 == 1) return failed[n];
    return n == 0 ? 0.0 : 0.5 * (failed[n - 1] + failed[n]);
  };
  const std::size_t warm_up = 2 * pings / 10;
  double exposed_s = 0.0;
  for (std::size_t half = warm_up; half < 2 * pings; ++half) {
    exposed_s += (1.0 - 0.5 * (by(half) + by(half + 1))) * interval_s / 2.0;
  }
  return {.probability = by(2 * pings), .rate_per_s = (by(2 * pings) - by(warm_up)) / exposed_s};
}

double lost_round_trip(double each_way) { return 1.0 - (1.0 - each_way) * (1.0 - each_way); }

// E[N] = (1 - q^k) / (q^k (1 - q)) pings to the first k misses in a row.
double mean_time_s(double q, std::uint32_t k) {
  const double qk = std::pow(q, k);
  return (1.0 - qk) / (qk * (1.0 - q)) * interval_s;
}

void expect_true(const RareEstimate& found, const Truth& truth) {
  ASSERT_TRUE(found.rate_per_s && found.relative_error);
  EXPECT_NEAR(*found.rate_per_s / truth.rate_per_s, 1.0, 4.0 * *found.relative_error);
  // The error of the probability, from its interval at 95 %.
  const double error = std::log(found.probability / found.probability_interval.low) / 1.96;
  EXPECT_NEAR(found.probability / truth.probability, 1.0, 4.0 * error);
  EXPECT_LT(found.probability_interval.low, found.probability);
}

// ---- closed forms -------------------------------------------------------------------------------

TEST(RareEvents, EachMethodFindsTheExactRateOfLoss) {
  struct Case {
    double loss;  // each way
    std::uint32_t misses;
  };
  for (const Case& c : {Case{.loss = 0.01, .misses = 1}, Case{.loss = 0.05, .misses = 2},
                        Case{.loss = 0.1, .misses = 3}, Case{.loss = 0.3, .misses = 6}}) {
    const Truth exact = truth(MissChain::alone(lost_round_trip(c.loss)), c.misses, 60s);
    for (const RareMethod method : all_methods) {
      SCOPED_TRACE(std::string(to_text(method)) + ", misses " + std::to_string(c.misses));
      const RareEstimate found =
          estimated(lossy_pair(c.loss, c.misses, 60s), {.method = method}, 600);
      expect_true(found, exact);
      EXPECT_LT(*found.relative_error, 0.1);
    }
  }
}

// Answers that come after the timeout are misses as well. Two exponential delays of mean m are
// within T with probability 1 - exp(-T/m) (1 + T/m).
TEST(RareEvents, EachMethodFindsTheExactRateOfLossAndLateAnswers) {
  const double x = 50.0 / 12.0;
  const double late = std::exp(-x) * (1.0 + x);
  const double q = 1.0 - (1.0 - lost_round_trip(0.05)) * (1.0 - late);
  for (const std::uint32_t misses : {2U, 3U}) {
    Scenario scenario = lossy_pair(0.05, misses, 60s);
    scenario.topology.delay = Exponential{12ms};
    for (const RareMethod method : all_methods) {
      SCOPED_TRACE(std::string(to_text(method)) + ", misses " + std::to_string(misses));
      expect_true(estimated(scenario, {.method = method}, 600),
                  truth(MissChain::alone(q), misses, 60s));
    }
  }
}

TEST(RareEvents, SplittingFindsTheExactRateOfLateAnswersAlone) {
  Scenario scenario = quiet_pair(5, 60s);
  scenario.topology.delay = Exponential{10ms};
  const double q = std::exp(-5.0) * 6.0;
  const RareEstimate found = estimated(scenario, {}, 1000);
  expect_true(found, truth(MissChain::alone(q), 5, 60s));
  EXPECT_NEAR(1.0 / *found.rate_per_s / mean_time_s(q, 5), 1.0, 4.0 * *found.relative_error);
  EXPECT_LT(*found.rate_per_s, 1e-5);
}

// Once in 1e12 pings, in thousands of years.
TEST(RareEvents, WhatHappensOnceInAMillionMillionPingsIsKnownToTenPercent) {
  for (const auto& [loss, misses] : {std::pair{0.01, 7U}, std::pair{0.05, 12U}}) {
    const double mean_s = mean_time_s(lost_round_trip(loss), misses);
    ASSERT_GT(mean_s, 0.5e11);
    for (const RareMethod method : quick_methods) {
      SCOPED_TRACE(std::string(to_text(method)) + ", misses " + std::to_string(misses));
      const RareEstimate found = estimated(lossy_pair(loss, misses, 60s), {.method = method}, 150);
      ASSERT_TRUE(found.rate_per_s);
      EXPECT_LT(*found.relative_error, 0.1);
      EXPECT_NEAR(*found.rate_per_s * mean_s, 1.0, 4.0 * *found.relative_error);
    }
  }
}

// Gilbert's channel on the pings. A detector that goes on makes a mistake every
// (1/a + 1/b) / (1 - b)^(k-1) pings; an agent acts on its first one, and the bursts before were all
// too short: E[N] = (1/s - 1) (1/a + E[L | L < k]) + 1/a - 1 + k, s = (1 - b)^(k-1), L the length
// of a burst.
TEST(RareEvents, EachMethodFindsTheExactRateOfBursts) {
  const double a = 0.01;
  const double b = 0.4;
  const std::uint32_t k = 8;
  Scenario scenario = quiet_pair(k, 60s);
  Fault loss = network_fault(FaultKind::loss);
  loss.burst_begins = a;
  loss.burst_ends = b;
  loss.from = {Side::Member::second};
  loss.to = {Side::Member::first};
  loss.ways = Ways::one;
  scenario.faults.push_back(loss);
  const Truth exact = truth({.turns_bad = a, .turns_good = b}, k, 60s);

  const double s = std::pow(1.0 - b, k - 1);
  double short_bursts = 0.0;
  for (std::uint32_t length = 1; length < k; ++length) {
    short_bursts += length * b * std::pow(1.0 - b, length - 1) / (1.0 - s);
  }
  const double mean_s = ((1.0 / s - 1.0) * (1.0 / a + short_bursts) + 1.0 / a - 1.0 + k) * 0.1;
  for (const RareMethod method : quick_methods) {
    SCOPED_TRACE(to_text(method));
    const RareEstimate found = estimated(scenario, {.method = method}, 1000);
    expect_true(found, exact);
    EXPECT_NEAR(*found.rate_per_s * mean_s, 1.0, 4.0 * *found.relative_error + 0.01);
  }
  // Bursts of the two detectors: not the same, and near each other where they are rare.
  EXPECT_NEAR((1.0 / a + 1.0 / b) / s * 0.1 / mean_s, 1.0, 0.02);
}

// ---- the error ----------------------------------------------------------------------------------

TEST(RareEvents, EstimatesAreUnbiasedAndTheirIntervalsCoverTheTruth) {
  constexpr std::uint64_t estimates = 200;
  constexpr std::uint64_t runs = 40;
  const Truth exact = truth(MissChain::alone(lost_round_trip(0.1)), 4, 20s);
  for (const RareMethod method : quick_methods) {
    SCOPED_TRACE(to_text(method));
    const RarePlan plan(lossy_pair(0.1, 4, 20s), {.method = method});
    std::vector<double> probabilities;
    int covers_rate = 0;
    int covers_probability = 0;
    for (std::uint64_t i = 0; i < estimates; ++i) {
      std::vector<RareSample> samples;
      for (std::uint64_t run = 1; run <= runs; ++run)
        samples.push_back(plan.sample(i * runs + run));
      const RareEstimate found = estimate(plan, samples);
      probabilities.push_back(found.probability);
      ASSERT_TRUE(found.rate_interval_per_s);
      const auto in = [](const RareInterval& interval, double value) {
        return interval.low <= value && value <= interval.high ? 1 : 0;
      };
      covers_rate += in(*found.rate_interval_per_s, exact.rate_per_s);
      covers_probability += in(found.probability_interval, exact.probability);
    }
    // Of 200 intervals at 95 %, from 180 to 198 cover the truth in all but 0.4 % of such tests.
    for (const int covers : {covers_rate, covers_probability}) {
      EXPECT_GE(covers, 180);
      EXPECT_LE(covers, 198);
    }
    const double mean =
        std::accumulate(probabilities.begin(), probabilities.end(), 0.0) / estimates;
    double squares = 0.0;
    for (const double p : probabilities) squares += (p - mean) * (p - mean);
    const double error = std::sqrt(squares / (estimates - 1) / estimates);
    EXPECT_NEAR(mean, exact.probability, 4.0 * error);
    EXPECT_LT(error, 0.03 * exact.probability);
  }
}

// No closed form, but plain runs: adaptive detectors, bursts for all packets at once, a host that
// is slow, one that sleeps, congestion, a witness.
TEST(RareEvents, WhateverDisturbsThePairTheMethodsAgreeWithPlainRuns) {
  Scenario scenario = lossy_pair(0.03, 3, 60s);
  scenario.pair.detector = DetectorKind::phi;
  scenario.pair.witness = true;
  scenario.pair.watch_monitor = true;
  scenario.pair.copy_every = 5U;
  scenario.memory.write_rate_per_s = 20.0;
  Fault bursts = network_fault(FaultKind::loss);
  bursts.at = Exponential{5s};
  bursts.every = Exponential{10s};
  bursts.lasts = Exponential{100ms};
  bursts.probability = 0.7;
  Fault jitter = network_fault(FaultKind::jitter);
  jitter.delay = Exponential{300us};
  Fault slow = network_fault(FaultKind::slow);
  slow.delay = Exponential{1ms};
  slow.every = 7s;
  slow.lasts = 1s;
  Fault pause = network_fault(FaultKind::pause);
  pause.at = Uniform{1s, 3s};
  pause.every = Exponential{6s};
  pause.lasts = Uniform{10ms, 150ms};
  Fault congestion = network_fault(FaultKind::congestion);
  congestion.load = 0.9;
  congestion.queue = 20;
  for (const Fault& fault : {bursts, jitter, slow, pause, congestion}) {
    scenario.faults.push_back(fault);
  }
  const RareEstimate plain = estimated(scenario, {.method = RareMethod::plain}, 3000);
  ASSERT_TRUE(plain.relative_error);
  EXPECT_LT(*plain.relative_error, 0.1);
  for (const RareMethod method : quick_methods) {
    SCOPED_TRACE(to_text(method));
    const RareEstimate found = estimated(scenario, {.method = method}, 500);
    ASSERT_TRUE(found.relative_error);
    EXPECT_LT(*found.relative_error, 0.2);
    EXPECT_NEAR(std::log(*found.rate_per_s / *plain.rate_per_s), 0.0,
                4.0 * std::hypot(*found.relative_error, *plain.relative_error));
  }
}

// Bursts of late answers, as they were recorded: no copy may leave the one that its path is in.
TEST(RareEvents, ARecordedDelayIsReplayedInItsOrderOnEveryCopy) {
  Scenario scenario = lossy_pair(0.05, 4, 60s);
  std::string spans;
  for (int i = 0; i < 997; ++i) spans += i % 100 < 2 ? "60ms\n" : "1ms\n";
  scenario.topology.delay = parse_replay({.path = "spans.csv", .text = spans});
  const RareEstimate plain = estimated(scenario, {.method = RareMethod::plain}, 4000);
  ASSERT_TRUE(plain.relative_error);
  EXPECT_LT(*plain.relative_error, 0.05);
  const RareEstimate found = estimated(scenario, {}, 1000);
  ASSERT_TRUE(found.relative_error);
  EXPECT_LT(*found.relative_error, 0.05);
  EXPECT_NEAR(std::log(*found.rate_per_s / *plain.rate_per_s), 0.0,
              4.0 * std::hypot(*found.relative_error, *plain.relative_error));
}

// ---- two primaries ------------------------------------------------------------------------------

TEST(RareEvents, WithoutAFenceFirstEachFalseFailoverMakesTwoPrimaries) {
  Scenario scenario = lossy_pair(0.05, 5, 60s);
  scenario.pair.takeover = Takeover::immediate;
  expect_true(estimated(scenario, {.event = RareEvent::dual_primary}, 400),
              truth(MissChain::alone(lost_round_trip(0.05)), 5, 60s));
}

TEST(RareEvents, AFenceThatIsGivenUpMakesTwoPrimariesAsOftenAsPlainRunsSay) {
  Scenario scenario = lossy_pair(0.2, 2, 60s);
  scenario.pair.on_fence_failure = OnFenceFailure::takeover;
  scenario.pair.fence_attempts = 2U;
  scenario.power.refusal = 0.5;
  const RareQuestion plainly{.event = RareEvent::dual_primary, .method = RareMethod::plain};
  const RareEstimate plain = estimated(scenario, plainly, 6000);
  const RareEstimate found = estimated(scenario, {.event = RareEvent::dual_primary}, 500);
  ASSERT_TRUE(plain.relative_error && found.relative_error);
  EXPECT_LT(*plain.relative_error, 0.15);
  EXPECT_NEAR(std::log(found.probability / plain.probability), 0.0,
              4.0 * std::hypot(*found.relative_error, *plain.relative_error));
}

TEST(RareEvents, WhatCannotHappenIsBoundedByThePlainTimeThatPassedWithoutIt) {
  const Scenario scenario = lossy_pair(0.05, 2, 60s);
  const RareEstimate found = estimated(scenario, {.event = RareEvent::dual_primary}, 100);
  EXPECT_EQ(found.hits, 0U);
  EXPECT_EQ(found.rate_per_s, 0.0);
  EXPECT_EQ(found.relative_error, std::nullopt);
  ASSERT_TRUE(found.rate_interval_per_s);
  EXPECT_EQ(found.rate_interval_per_s->low, 0.0);
  // The rule of three: -ln 0.05 = 2.996, in 100 runs of 54 s after the warm-up.
  EXPECT_NEAR(found.rate_interval_per_s->high, 2.9957 / (100 * 54), 1e-7);
  EXPECT_NEAR(found.probability_interval.high, 1.0 - std::pow(0.05, 0.01), 1e-12);
  EXPECT_FALSE(found.impossible);
}

// ---- the ends of the scale ----------------------------------------------------------------------

TEST(RareEvents, AQuietPairHasARateOfExactlyZero) {
  for (const RareMethod method : {RareMethod::splitting, RareMethod::plain}) {
    const RareEstimate found = estimated(quiet_pair(3, 60s), {.method = method}, 10);
    EXPECT_TRUE(found.impossible);
    EXPECT_EQ(found.rate_per_s, 0.0);
    EXPECT_EQ(found.rate_interval_per_s->high, 0.0);
    EXPECT_EQ(found.probability_interval.high, 0.0);
    EXPECT_EQ(found.simulated_s, 0.0);
  }
}

TEST(RareEvents, AWanIsQuietIfItsDelaysAreAlwaysTheSameAndShort) {
  Scenario scenario = quiet_pair(3, 60s);
  scenario.topology.kind = TopologyKind::wan;
  scenario.topology.wan_delay = 10ms;
  EXPECT_TRUE(RarePlan(scenario, {}).impossible());
  scenario.topology.wan_delay_back = Uniform{1ms, 2ms};
  EXPECT_FALSE(RarePlan(scenario, {}).impossible());
  scenario.topology.wan_delay_back = 45ms;
  EXPECT_FALSE(RarePlan(scenario, {}).impossible());
}

TEST(RareEvents, SplittingFindsTheExactRateOfAnswersThatAreLateOnAWan) {
  Scenario scenario = quiet_pair(4, 60s);
  scenario.topology.kind = TopologyKind::wan;
  scenario.topology.wan_delay = Exponential{10ms};
  const double x = 49.9 / 10.0;  // less the 50 us each way
  const double q = std::exp(-x) * (1.0 + x);
  expect_true(estimated(scenario, {}, 500), truth(MissChain::alone(q), 4, 60s));
}

TEST(RareEvents, WhatHappensAtOnceInEveryRunHasAProbabilityAndNoRate) {
  Scenario scenario = quiet_pair(3, 60s);
  scenario.topology.delay = 30ms;  // every answer is late
  const RareEstimate found = estimated(scenario, {}, 20);
  EXPECT_DOUBLE_EQ(found.probability, 1.0);
  EXPECT_DOUBLE_EQ(found.probability_interval.low, std::pow(0.05, 1.0 / 20));
  EXPECT_EQ(found.rate_per_s, std::nullopt);
  EXPECT_EQ(found.rate_interval_per_s, std::nullopt);
}

// ---- the same for all who ask -------------------------------------------------------------------

TEST(RareEvents, ASampleFollowsFromTheNumberOfItsRunAlone) {
  const Scenario scenario = lossy_pair(0.05, 4, 20s);
  for (const RareMethod method : all_methods) {
    const RarePlan plan(scenario, {.method = method, .seed = 7});
    const RareSample fifth = plan.sample(5);
    EXPECT_NE(plan.sample(6), fifth);
    EXPECT_EQ(plan.sample(5), fifth);
    EXPECT_EQ(RarePlan(scenario, {.method = method, .seed = 7}).sample(5), fifth);
    EXPECT_NE(RarePlan(scenario, {.method = method, .seed = 8}).sample(5), fifth);
  }
}

TEST(RareEvents, PlainSamplesAreTheRunsThemselves) {
  const Scenario scenario = lossy_pair(0.05, 2, 20s);
  const RarePlan plan(scenario, {.method = RareMethod::plain});
  int happened = 0;
  for (std::uint64_t run = 1; run <= 100; ++run) {
    const Outcome outcome =
        measure(scenario, virtual_time::run(scenario, {.seed = 1, .number = run}));
    EXPECT_EQ(plan.sample(run).happened, outcome.false_failovers > 0 ? 1.0 : 0.0);
    happened += outcome.false_failovers > 0 ? 1 : 0;
  }
  EXPECT_GT(happened, 50);
  EXPECT_LT(happened, 100);
}

// ---- what has no rate ---------------------------------------------------------------------------

std::string complaint(const Scenario& scenario, RareMethod method = RareMethod::splitting) {
  try {
    static_cast<void>(RarePlan(scenario, {.method = method}));
    return "none";
  } catch (const BadInput& mistake) {
    return mistake.what();
  }
}

TEST(RareEvents, APairThatLosesAServerHasNoRate) {
  for (const FaultKind kind : {FaultKind::crash, FaultKind::hang, FaultKind::service_hang,
                               FaultKind::daemon_restart, FaultKind::switchover}) {
    Scenario scenario = lossy_pair(0.05, 2, 20s);
    scenario.faults.push_back(network_fault(kind));
    EXPECT_THAT(complaint(scenario), HasSubstr("fault.1.kind is"));
  }
  Scenario cold = lossy_pair(0.05, 2, 20s);
  cold.run.start = Start::cold;
  EXPECT_THAT(complaint(cold), HasSubstr("write \"settled\""));
}

TEST(RareEvents, ImportanceSamplingWantsLossesToMakeLikelier) {
  Scenario scenario = quiet_pair(3, 20s);
  scenario.topology.delay = Exponential{10ms};
  EXPECT_THAT(complaint(scenario, RareMethod::importance), HasSubstr("take splitting"));
  EXPECT_EQ(complaint(scenario), "none");
  EXPECT_THAT(complaint(lossy_pair(1.0, 3, 20s), RareMethod::importance), HasSubstr("by chance"));
  EXPECT_EQ(complaint(lossy_pair(0.1, 3, 20s), RareMethod::importance), "none");
}

}  // namespace
}  // namespace understudy
