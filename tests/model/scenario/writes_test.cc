// SPDX-License-Identifier: MIT
#include "understudy/scenario/writes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <tuple>
#include <vector>

namespace understudy {
namespace {

using namespace std::chrono_literals;

constexpr Run run_17{.seed = 1, .number = 17};

// How many writes are in each of so many spans of this length, from `start` on.
std::vector<double> counts(double rate_per_s, Time start, Duration span, int spans) {
  Writes writes({.write_rate_per_s = rate_per_s}, run_17);
  writes.pass(start);
  std::vector<double> found;
  for (int i = 1; i <= spans; ++i) {
    found.push_back(static_cast<double>(writes.pass(start + i * span)));
  }
  return found;
}

// (rate per second, span): spans shorter than what a write takes on average, as long as some
// leaves, as long as some blocks, and rates from a write an hour up.
class WritesAtAScale : public testing::TestWithParam<std::tuple<double, Duration>> {};

TEST_P(WritesAtAScale, AreAPoissonProcess) {
  const auto [rate_per_s, span] = GetParam();
  constexpr int spans = 4000;
  const double mean = rate_per_s * std::chrono::duration<double>(span).count();
  const std::vector<double> found = counts(rate_per_s, Time(1234567891ns), span, spans);
  double sum = 0.0;
  double squares = 0.0;
  double neighbours = 0.0;
  for (int i = 0; i < spans; ++i) {
    const double off = found[i] - mean;
    sum += off;
    squares += off * off;
    if (i > 0) neighbours += off * (found[i - 1] - mean);
  }
  const double n = spans;
  EXPECT_NEAR(sum / n, 0.0, 4.0 * std::sqrt(mean / n));
  // A Poisson number's variance is its mean m, and that of its square about it m + 2 m^2.
  EXPECT_NEAR(squares / n, mean, 4.0 * std::sqrt((mean + 2.0 * mean * mean) / n));
  EXPECT_NEAR(neighbours / (n - 1.0), 0.0, 4.0 * mean / std::sqrt(n - 1.0));
}

INSTANTIATE_TEST_SUITE_P(
    AllScales, WritesAtAScale,
    testing::Values(std::tuple(200.0, Duration(1ms)), std::tuple(200.0, Duration(37ms)),
                    std::tuple(200.0, Duration(1s)), std::tuple(200.0, Duration(10min)),
                    std::tuple(200.0, Duration(3h)), std::tuple(1e6, Duration(1us)),
                    std::tuple(1e6, Duration(3s)), std::tuple(1.0 / 3600.0, Duration(20min)),
                    std::tuple(1e-9, Duration(1h))));

// Of few writes all frequencies, not the moments alone: without them, a block that is counted
// wrongly might do.
TEST(Writes, OfAShortSpanHaveThePoissonFrequencies) {
  constexpr int spans = 100'000;
  std::vector<double> seen(12, 0.0);
  for (const double count : counts(200.0, Time(5h), 10ms, spans)) {
    ++seen[std::min<std::size_t>(static_cast<std::size_t>(count), seen.size() - 1)];
  }
  double chi_square = 0.0;
  double left = 1.0;
  for (std::size_t k = 0; k < seen.size(); ++k) {
    const double law = k + 1 < seen.size()
                           ? std::exp(-2.0 + static_cast<double>(k) * std::log(2.0) -
                                      std::lgamma(static_cast<double>(k) + 1.0))
                           : left;
    left -= law;
    chi_square += std::pow(seen[k] - law * spans, 2.0) / (law * spans);
  }
  EXPECT_LT(chi_square, 31.3);  // 11 degrees of freedom: exceeded once in 1000
}

TEST(Writes, PassingInStepsIsPassingAtOnce) {
  for (const double rate_per_s : {200.0, 1e6, 0.01}) {
    Writes steps({.write_rate_per_s = rate_per_s}, run_17);
    Writes once = steps;
    std::uint64_t sum = 0;
    Time now{};
    for (int i = 1; i <= 100; ++i) sum += steps.pass(now += 97ms * i);
    EXPECT_EQ(once.pass(now), sum);
    EXPECT_EQ(once, steps);
    EXPECT_EQ(once.pass(now + 12h), steps.pass(now + 7h) + steps.pass(now + 12h));
  }
}

TEST(Writes, OfACenturyCostNoMoreThanItsBlocks) {
  Writes writes({.write_rate_per_s = 200.0}, run_17);
  constexpr double expected = 200.0 * 86400.0 * 365.0 * 100.0;
  // One by one they would take hours.
  const auto count = static_cast<double>(writes.pass(Time(24h * 36500)));
  EXPECT_NEAR(count, expected, 4.0 * std::sqrt(expected));
}

TEST(Writes, OfTwoRunsAreIndependent) {
  Writes one({.write_rate_per_s = 200.0}, {.seed = 1, .number = 1});
  Writes two({.write_rate_per_s = 200.0}, {.seed = 1, .number = 2});
  double product = 0.0;
  constexpr int spans = 4000;
  for (int i = 1; i <= spans; ++i) {
    const Time now(i * 1s);
    product +=
        (static_cast<double>(one.pass(now)) - 200.0) * (static_cast<double>(two.pass(now)) - 200.0);
  }
  EXPECT_NEAR(product / spans, 0.0, 4.0 * 200.0 / std::sqrt(spans));
}

TEST(Writes, OfTwoBranchesAreIndependentAndOfTheSameLaw) {
  constexpr int spans = 4000;
  double sums = 0.0;
  double product = 0.0;
  Writes one({.write_rate_per_s = 200.0}, run_17);
  for (int i = 1; i <= spans; ++i) {
    const Time now(i * 1s);
    // Parted in the midst of a leaf, a second ago.
    Writes two = one;
    two.branch(static_cast<std::uint64_t>(i));
    const double off = static_cast<double>(two.pass(now)) - 200.0;
    product += off * (static_cast<double>(one.pass(now)) - 200.0);
    sums += off;
  }
  EXPECT_NEAR(sums / spans, 0.0, 4.0 * std::sqrt(200.0 / spans));
  EXPECT_NEAR(product / spans, 0.0, 4.0 * 200.0 / std::sqrt(spans));
}

TEST(Writes, DoNotHappenAtRateZero) {
  Writes writes({.write_rate_per_s = 0.0}, run_17);
  EXPECT_EQ(writes.pass(Time(std::chrono::hours(1'000'000))), 0u);
}

TEST(Writes, AtATinyRateDoNotHappenEither) {
  Writes writes({.write_rate_per_s = 1e-300}, run_17);
  EXPECT_EQ(writes.pass(Time(std::chrono::hours(1'000'000))), 0u);
}

}  // namespace
}  // namespace understudy
