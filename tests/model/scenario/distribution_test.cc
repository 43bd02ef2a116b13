// SPDX-License-Identifier: MIT
#include "understudy/scenario/distribution.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <set>
#include <vector>

namespace understudy {
namespace {

using namespace std::chrono_literals;

Trace trace(std::vector<Duration> spans) {
  return {"rtt.csv", std::make_shared<const std::vector<Duration>>(std::move(spans))};
}

Replay replay(std::vector<Duration> spans) {
  const auto recorded = std::make_shared<const std::vector<Duration>>(spans);
  std::ranges::sort(spans);
  return {trace(std::move(spans)), recorded};
}

std::vector<Distribution> one_of_each_shape() {
  return {20s,
          Uniform{30s, 31s},
          Normal{20s, 2s},
          Exponential{1h},
          trace({1ms, 2ms, 4ms}),
          replay({4ms, 1ms, 2ms})};
}

// Kolmogorov's distance between a sample and a distribution function, in units in which more than 2
// happens once in 1,500.
double distance(const Distribution& distribution, const std::function<double(double)>& cdf) {
  constexpr std::size_t n = 100'000;
  Stream stream({1, 1}, "test");
  std::vector<Duration> drawn(n);
  for (Duration& span : drawn) span = distribution.draw(stream);
  std::sort(drawn.begin(), drawn.end());
  double furthest = 0.0;
  for (std::size_t i = 0; i < n; ++i) {
    const double p = cdf(std::chrono::duration<double>(drawn[i]).count());
    furthest = std::max({furthest, std::abs(p - static_cast<double>(i) / n),
                         std::abs(p - static_cast<double>(i + 1) / n)});
  }
  return furthest * std::sqrt(static_cast<double>(n));
}

TEST(Distribution, EveryDrawTakesOneNumberWhateverTheShape) {
  for (const Distribution& distribution : one_of_each_shape()) {
    Stream stream({1, 1}, "test");
    static_cast<void>(distribution.draw(stream));
    static_cast<void>(distribution.draw_bounded(stream));
    EXPECT_EQ(stream.position(), 2u);
  }
}

// The 17th run's crash falls on this nanosecond, on every substrate and every machine.
TEST(Distribution, DrawsTheSpansThatItAlwaysDrew) {
  const auto draw = [](const Distribution& distribution) {
    Stream stream({1, 17}, "fault/0");
    return distribution.draw(stream);
  };
  EXPECT_EQ(draw(20s), 20s);
  EXPECT_EQ(draw(Uniform{30s, 31s}), 30'191'463'811ns);
  EXPECT_EQ(draw(Normal{20s, 2s}), 18'254'970'489ns);
  EXPECT_EQ(draw(Exponential{1h}), 765'107'424'991ns);
}

TEST(Distribution, UniformDrawsAreUniform) {
  EXPECT_LT(distance(Uniform{30s, 31s}, [](double x) { return x - 30.0; }), 2.0);
}

TEST(Distribution, NormalDrawsAreNormal) {
  EXPECT_LT(distance(Normal{20s, 2s},
                     [](double x) { return 0.5 * std::erfc(-(x - 20.0) / 2.0 / std::sqrt(2.0)); }),
            2.0);
}

TEST(Distribution, ExponentialDrawsAreExponential) {
  EXPECT_LT(distance(Exponential{2s}, [](double x) { return 1.0 - std::exp(-x / 2.0); }), 2.0);
}

TEST(Distribution, NegativeDrawsOfANormalOneCountAsZero) {
  const Distribution distribution(Normal{1s, 2s});
  Stream stream({1, 1}, "test");
  constexpr int n = 100'000;
  int zeros = 0;
  double sum_s = 0.0;
  for (int i = 0; i < n; ++i) {
    const Duration span = distribution.draw(stream);
    EXPECT_GE(span, 0s);
    if (span == 0s) ++zeros;
    sum_s += std::chrono::duration<double>(span).count();
  }
  // P(Z < -1/2) = 0.3085; within 4 deviations of a binomial count.
  EXPECT_NEAR(zeros, 30854, 4.0 * 146.0);
  EXPECT_NEAR(sum_s / n, std::chrono::duration<double>(distribution.mean()).count(), 0.02);
}

TEST(Distribution, ATraceIsResampledNotInterpolated) {
  const Distribution distribution(trace({1ms, 2ms, 2ms, 5ms}));
  Stream stream({1, 1}, "test");
  constexpr int n = 40'000;
  int ones = 0;
  int twos = 0;
  for (int i = 0; i < n; ++i) {
    const Duration span = distribution.draw(stream);
    ones += span == 1ms ? 1 : 0;
    twos += span == 2ms ? 1 : 0;
    EXPECT_TRUE(span == 1ms || span == 2ms || span == 5ms);
  }
  EXPECT_NEAR(ones, n / 4.0, 4 * 87);  // 4 deviations
  EXPECT_NEAR(twos, n / 2.0, 4 * 100);
}

TEST(Distribution, AReplayGoesOnInItsOrderFromAPlaceOfEachStream) {
  const std::vector<Duration> recorded = {5ms, 1ms, 4ms, 2ms, 3ms};
  const Distribution distribution(replay(recorded));
  std::set<Duration> starts;
  for (std::uint64_t run = 1; run <= 100; ++run) {
    Stream stream({1, run}, "test");
    const Duration first = distribution.draw(stream);
    starts.insert(first);
    auto place = std::ranges::find(recorded, first) - recorded.begin();
    for (int i = 0; i < 7; ++i) {
      place = (place + 1) % 5;
      EXPECT_EQ(distribution.draw(stream), recorded.at(static_cast<std::size_t>(place)));
    }
    EXPECT_EQ(stream.position(), 8U);
  }
  EXPECT_EQ(starts.size(), 5U);
}

TEST(Distribution, AReplayHasTheBoundsAndTheMeanOfItsSpans) {
  const Distribution distribution(replay({5ms, 1ms, 3ms}));
  EXPECT_EQ(distribution.least(), 1ms);
  EXPECT_EQ(distribution.greatest(), 5ms);
  EXPECT_EQ(distribution.mean(), 3ms);
  EXPECT_EQ(distribution.quantile(0.5), 3ms);
  EXPECT_NE(distribution, Distribution(replay({1ms, 5ms, 3ms})));
}

TEST(Distribution, QuantilesAreThoseOfTheShape) {
  EXPECT_EQ(Distribution(20s).quantile(0.99), 20s);
  EXPECT_EQ(Distribution(Uniform{30s, 31s}).quantile(0.25), 30'250ms);
  EXPECT_EQ(Distribution(Normal{20s, 2s}).quantile(0.5), 20s);
  // z(0.975) = 1.959963984540054
  EXPECT_EQ(Distribution(Normal{20s, 2s}).quantile(0.975), 23'919'927'969ns);
  EXPECT_EQ(Distribution(Normal{20s, 2s}).quantile(1e-300), 0s);
  EXPECT_EQ(Distribution(Exponential{1s}).quantile(0.5), 693'147'181ns);
  EXPECT_EQ(Distribution(trace({1ms, 2ms, 4ms})).quantile(0.5), 2ms);
  EXPECT_EQ(Distribution(trace({1ms, 2ms, 4ms})).quantile(0.75), 3ms);
  EXPECT_EQ(Distribution(trace({7ms})).quantile(0.75), 7ms);
}

TEST(Distribution, BoundsAreExactWhereTheShapeHasThem) {
  EXPECT_EQ(Distribution(20s).least(), 20s);
  EXPECT_EQ(Distribution(20s).greatest(), 20s);
  EXPECT_EQ(Distribution(Uniform{30s, 31s}).least(), 30s);
  EXPECT_EQ(Distribution(Uniform{30s, 31s}).greatest(), 31s);
  EXPECT_EQ(Distribution(trace({1ms, 2ms, 4ms})).least(), 1ms);
  EXPECT_EQ(Distribution(trace({1ms, 2ms, 4ms})).greatest(), 4ms);
}

TEST(Distribution, BoundsOfANormalOneAreFourDeviationsAway) {
  EXPECT_EQ(Distribution(Normal{20s, 2s}).least(), 12s);
  EXPECT_EQ(Distribution(Normal{20s, 2s}).greatest(), 28s);
  EXPECT_EQ(Distribution(Normal{1s, 2s}).least(), 0s);
}

TEST(Distribution, BoundsOfAnExponentialOneAreItsOuterQuantiles) {
  EXPECT_EQ(Distribution(Exponential{1h}).least(), 360'018'001ns);       // -ln(1 - 1e-4) h
  EXPECT_EQ(Distribution(Exponential{1s}).greatest(), 9'210'340'372ns);  // -ln(1e-4) s
}

TEST(Distribution, NoDrawOfASmallerNumberExceedsItsBound) {
  for (const Distribution& distribution : one_of_each_shape()) {
    for (const double u : {0.3, 0.9, 1.0 - 1e-6}) {
      const Duration bound = distribution.at_most(u);
      Stream stream({1, 1}, "test");
      for (int i = 0; i < 20'000; ++i) {
        const bool smaller = Stream::to_uniform(stream.at(stream.position())) <= u;
        const Duration drawn = distribution.draw(stream);
        EXPECT_TRUE(drawn <= bound || !smaller);
      }
    }
  }
  // Where there is no other bound, not much more than the quantile.
  EXPECT_EQ(Distribution(Exponential{1s}).at_most(0.5), 693'147'181ns + 1ns);
  EXPECT_EQ(Distribution(Normal{20s, 2s}).at_most(0.5), 20s + 20ns + 1ns);
}

TEST(Distribution, BoundedDrawsStayWithinTheBounds) {
  const Distribution distribution(Exponential{1s});
  Stream free({1, 1}, "test");
  Stream bounded = free;
  int cut = 0;
  for (int i = 0; i < 200'000; ++i) {
    const Duration span = distribution.draw(free);
    const Duration within = distribution.draw_bounded(bounded);
    EXPECT_EQ(within, std::clamp(span, distribution.least(), distribution.greatest()));
    cut += span == within ? 0 : 1;
  }
  EXPECT_NEAR(cut, 40, 4 * 6.3);
}

TEST(Distribution, MeansAreThoseOfTheDraws) {
  EXPECT_EQ(Distribution(20s).mean(), 20s);
  EXPECT_EQ(Distribution(Uniform{30s, 31s}).mean(), 30'500ms);
  EXPECT_EQ(Distribution(Normal{20s, 2s}).mean(), 20s);
  EXPECT_EQ(Distribution(Normal{20s, 0s}).mean(), 20s);
  EXPECT_EQ(Distribution(Normal{0s, 1s}).mean(), 398'942'280ns);  // 1 / sqrt(2 pi)
  EXPECT_EQ(Distribution(Exponential{1h}).mean(), 1h);
  EXPECT_EQ(Distribution(trace({1ms, 2ms, 6ms})).mean(), 3ms);
}

TEST(Distribution, WhatNoSpanCanHoldEndsAtForever) {
  EXPECT_EQ(Distribution(Exponential{std::chrono::hours(24 * 36500)}).quantile(1.0 - 1e-12),
            forever);
}

TEST(Distribution, TracesAreEqualIfTheirSpansAre) {
  EXPECT_EQ(Distribution(trace({1ms})), Distribution(trace({1ms})));
  EXPECT_NE(Distribution(trace({1ms})), Distribution(trace({2ms})));
}

}  // namespace
}  // namespace understudy
