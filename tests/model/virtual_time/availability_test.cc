// SPDX-License-Identifier: MIT
//
// Years of failures and repairs, held against the availability that theory gives.
//
// The states of a pair whose servers fail and are repaired at exponential times, as in any textbook
// (Trivedi and Bobbio, "Reliability and Availability Engineering", Cambridge 2017, chapter 10):
//
//            λc            δ
//     2 ----------> S ----------> 1       2: both run; 1: one runs, the other boots
//     |  λ(1-c)           β       |       S: a covered failure, until the other has taken over
//     |-----------> U ----------> |       U: one that a person has to see to
//     |  λs                       |       F: nobody runs
//     |-------------------------> |
//     <-------------------------- |
//               μ                 |  λ           π1 = (λ + λs) / μ, against π2 = 1
//                                 F <-> 1        A = (1 + π1) / (1 + λc/δ + λ(1-c)/β + π1 + π1 λ/μ)
//                                    μ
//
// How the simulated pair comes by these states:
// - 2 -> S: a crash of the primary; detection takes 3 s on average, the fence that confirms 2 s.
// - 2 -> U: the power channel to the primary fails now and then, for an exponential time of mean
//   1/β, during a share 1 - c of all time. A crash that meets such a time cannot be answered by a
//   fence until the channel is repaired, which, having no memory, takes 1/β from the crash on.
// - 1 -> 2: whoever was fenced boots, which takes 1/μ.
// - 1 -> F: the primary crashes while the other boots. That one, once up, waits for nobody
//   (startup_grace 0), takes the role, and has the crashed one switched on: one repair at a time.
// - Nobody holds fire (max_boots 0), and each failure of a server strikes the role that it has.
//
// And how it differs from them:
// - F lasts longer by the fence of the server that is off already, and by what is left of a failed
//   channel to it.
// - U can end in the monitor's failure. Both are off then, and a server that failed as monitor is
//   switched on by a person, an hour after it failed, unless the primary has been quicker.
// Both are far below what a sample can tell at the rates of the first test. The second one has
// rates at which they would show, and reckons with them.
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <vector>

#include "understudy/outcome/outcome.h"
#include "understudy/virtual_time/run.h"

namespace understudy {
namespace {

using namespace std::chrono_literals;
using Hours = std::chrono::duration<double, std::ratio<3600>>;

Duration ns(Hours hours) { return std::chrono::round<Duration>(hours); }

struct Rates {
  Hours between_failures;  // 1/λ, of the primary and of the monitor
  double coverage;         // c
  Hours boot;              // 1/μ
  Hours manual;            // 1/β
};
constexpr Hours switching{5.0 / 3600.0};  // 1/δ

constexpr Hours until_seen{1.0};  // of a monitor that nobody else switches on

// How long the pair stays in U and in F.
struct Stays {
  Hours uncovered;
  Hours nobody;
};
Stays of_theory(const Rates& r) { return {.uncovered = r.manual, .nobody = r.boot}; }
Stays of_this_pair(const Rates& r) {
  const double still_failed = (1.0 - r.coverage) * r.manual / (r.manual + r.boot);
  return {.uncovered = r.manual + r.manual / r.between_failures * (until_seen + r.boot),
          .nobody = r.boot + still_failed * r.manual + Hours(5.5 / 3600.0)};
}

double unavailability(const Rates& r, const Stays& stays) {
  const double one = 2.0 * r.boot / r.between_failures;
  const double down =
      (r.coverage * switching + (1.0 - r.coverage) * stays.uncovered + one * stays.nobody) /
      r.between_failures;
  return down / (1.0 + one + down);
}

Fault again_and_again(FaultKind kind, FaultTarget target, Hours mean) {
  Fault fault;
  fault.kind = kind;
  fault.target = target;
  fault.at = Exponential{ns(mean)};
  fault.every = fault.at;
  return fault;
}

// A channel that fails a share 1 - c of the time for 1/β. It strikes again m after it began, or
// when it ends if that is later: E max(m, 1/β) = m + 1/β - 1 / (1/m + β) must be 1 / (β (1 - c)).
Fault channel_failure(const Rates& r) {
  const double k = 1.0 / (1.0 - r.coverage) - 1.0;
  const Hours mean = r.manual * (k + std::sqrt(k * k + 4.0 * k)) / 2.0;
  Fault fault = again_and_again(FaultKind::power_failure, FaultTarget::primary, mean);
  fault.lasts = Exponential{ns(r.manual)};
  return fault;
}

Scenario lifetime(const Rates& r, Duration duration) {
  Scenario scenario;
  scenario.pair.ping_interval = 1s;
  scenario.pair.ping_timeout = 500ms;
  scenario.pair.misses = 3U;
  scenario.pair.boot_min =
      6s;  // an exponential boot may be quicker; off and on apart need no least
  scenario.pair.copy_every = 0U;
  scenario.pair.startup_grace = 0ns;
  scenario.pair.max_boots = 0U;
  scenario.power.latency = 2s;
  scenario.server.boot_time = Exponential{ns(r.boot)};
  scenario.service.enabled = false;
  scenario.memory.write_rate_per_s = 0.0;
  scenario.run.duration = duration;
  scenario.faults = {again_and_again(FaultKind::crash, FaultTarget::primary, r.between_failures),
                     again_and_again(FaultKind::crash, FaultTarget::monitor, r.between_failures),
                     channel_failure(r)};
  scenario.faults[1].lasts = ns(until_seen);
  return scenario;
}

struct Estimate {
  double mean = 0.0;
  double standard_error = 0.0;
};

// Of the share of time without a primary.
Estimate simulated(const Scenario& scenario, std::uint64_t runs) {
  double sum = 0.0;
  double squares = 0.0;
  for (std::uint64_t number = 1; number <= runs; ++number) {
    const Outcome outcome =
        measure(scenario, virtual_time::run(scenario, {.seed = 1, .number = number}));
    const double share = Hours(outcome.no_primary) / Hours(scenario.run.duration);
    sum += share;
    squares += share * share;
  }
  const auto n = static_cast<double>(runs);
  const double mean = sum / n;
  return {mean, std::sqrt((squares / n - mean * mean) / (n - 1.0))};
}

constexpr Duration year = 24h * 365;
constexpr double minutes_a_year = 365.0 * 24.0 * 60.0;

TEST(Availability, OfAPairWithAFailureInAThousandHours) {
  const Rates rates{.between_failures = 1000h, .coverage = 0.99, .boot = 2h, .manual = 1h};
  const double theory = unavailability(rates, of_theory(rates));
  ASSERT_NEAR(theory * minutes_a_year, 10.143, 0.0005);
  const Estimate found = simulated(lifetime(rates, 100 * year), 60);
  RecordProperty("minutes_a_year", std::to_string(found.mean * minutes_a_year));
  RecordProperty("standard_error", std::to_string(found.standard_error * minutes_a_year));
  EXPECT_NEAR(found.mean, theory, 4.0 * found.standard_error);
  EXPECT_LT(found.standard_error, 0.08 * theory);
}

TEST(Availability, OfAPairThatFailsEveryOtherDay) {
  const Rates rates{.between_failures = 100h, .coverage = 0.9, .boot = 2h, .manual = 1h};
  const double theory = unavailability(rates, of_this_pair(rates));
  const Estimate found = simulated(lifetime(rates, 5 * year), 60);
  RecordProperty("by_theory", std::to_string(theory / found.mean));
  RecordProperty("standard_error", std::to_string(found.standard_error / found.mean));
  EXPECT_NEAR(found.mean, theory, 4.0 * found.standard_error);
  EXPECT_LT(found.standard_error, 0.04 * theory);
}

// Renewal and reward, for any distributions: at low rates the share of time without a primary is
// λ (E[T_D] + takeover). Run by run it is not even a matter of chance.
TEST(Availability, AtLowRatesIsWhatDetectionAndTakeoverLeave) {
  Scenario scenario =
      lifetime({.between_failures = 5h, .coverage = 0.5, .boot = 2h, .manual = 1h}, year);
  scenario.server.boot_time = 20s;
  scenario.faults.resize(1);
  scenario.faults[0].every = Uniform{3h, 7h};
  double detection_s = 0.0;
  double crashes = 0.0;
  for (std::uint64_t number = 1; number <= 10; ++number) {
    const Outcome outcome =
        measure(scenario, virtual_time::run(scenario, {.seed = 1, .number = number}));
    Duration sum{};
    for (const FaultOutcome& fault : outcome.faults) {
      ASSERT_TRUE(fault.detection && fault.takeover);
      sum += *fault.detection + *fault.takeover;
      detection_s += std::chrono::duration<double>(*fault.detection).count();
    }
    EXPECT_EQ(outcome.no_primary, sum);
    EXPECT_GT(outcome.faults.size(), 1500U);
    crashes += static_cast<double>(outcome.faults.size());
  }
  // Uniform over a ping interval: variance 1/12.
  EXPECT_NEAR(detection_s / crashes, 3.0 - 50e-6, 4.0 * std::sqrt(1.0 / 12.0 / crashes));
}

}  // namespace
}  // namespace understudy
