// SPDX-License-Identifier: MIT
#include "understudy/scenario/plan.h"

#include <gtest/gtest.h>

#include <cmath>

namespace understudy {
namespace {

using namespace std::chrono_literals;

constexpr Run run_17{.seed = 1, .number = 17};

TEST(Occurrences, ARunsCrashFallsOnTheSameNanosecondForEver) {
  const Fault crash{.at = Uniform{30s, 31s}};
  Occurrences occurrences(0, run_17);
  const Occurrences::Occurrence first = occurrences.next(crash);
  EXPECT_EQ(first.begins, Time(30'191'463'811ns));  // as in distribution_test.cc
  EXPECT_EQ(first.ends, never);
  EXPECT_EQ(occurrences.latest(), first);
  EXPECT_EQ(occurrences.next(crash), Occurrences::Occurrence{});  // and once only
}

TEST(Occurrences, ComeAgainEveryTimeAfterTheyBegan) {
  Fault loss{.kind = FaultKind::loss, .target = FaultTarget::network, .at = 1s, .lasts = 2s};
  loss.every = Distribution(10s);
  Occurrences occurrences(3, run_17);
  for (const Duration begins : {1s, 11s, 21s}) {
    const Occurrences::Occurrence next = occurrences.next(loss);
    EXPECT_EQ(next.begins, Time(begins));
    EXPECT_EQ(next.ends, Time(begins + 2s));
  }
}

TEST(Occurrences, BeginAgainOnlyOnceTheyHaveEnded) {
  Fault loss{.kind = FaultKind::loss, .target = FaultTarget::network, .at = 1s, .lasts = 15s};
  loss.every = Distribution(10s);
  Occurrences occurrences(0, run_17);
  EXPECT_EQ(occurrences.next(loss).begins, Time(1s));
  EXPECT_EQ(occurrences.next(loss).begins, Time(16s));
  EXPECT_EQ(occurrences.next(loss).begins, Time(31s));
}

// The mean of a Poisson process' gaps, and that each gap and each length is a draw of its own.
TEST(Occurrences, AreDrawnAnewEachTime) {
  Fault loss{.kind = FaultKind::loss, .target = FaultTarget::network};
  loss.at = Exponential{10s};
  loss.every = Exponential{10s};
  loss.lasts = Uniform{0s, 1ns};
  Occurrences occurrences(0, run_17);
  Time last{};
  constexpr int count = 10'000;
  for (int i = 0; i < count; ++i) {
    const Time begins = occurrences.next(loss).begins;
    ASSERT_GT(begins, last);
    last = begins;
  }
  const double mean_s = static_cast<double>(last.time_since_epoch().count()) / 1e9 / count;
  EXPECT_NEAR(mean_s, 10.0, 4.0 * 10.0 / std::sqrt(count));
}

TEST(Plan, ASettledPairIsMetAnywhereInItsRhythms) {
  const Config config = Scenario().config();
  double sum = 0.0;
  constexpr std::uint64_t runs = 10'000;
  for (std::uint64_t number = 1; number <= runs; ++number) {
    const Phases phases = draw_phases(config, {1, number});
    for (const Time phase :
         {phases.ping, phases.watch, phases.announcement_first, phases.announcement_second}) {
      ASSERT_GE(phase, Time());
      ASSERT_LT(phase, Time(100ms));
    }
    ASSERT_NE(phases.ping, phases.watch);
    sum += static_cast<double>(phases.ping.time_since_epoch().count());
  }
  // Uniform over 100 ms; within 4 deviations of the mean.
  EXPECT_NEAR(sum / runs, 50e6, 4.0 * 100e6 / std::sqrt(12.0 * runs));
}

TEST(Boots, StayWithinTheBoundsThatThePairReckonsWith) {
  const Server server{.boot_time = Exponential{20s}};
  Boots boots(ServerId::first, run_17);
  for (int i = 0; i < 100'000; ++i) {
    const Duration boot = boots.next(server);
    ASSERT_GE(boot, server.boot_time.least());
    ASSERT_LE(boot, server.boot_time.greatest());
  }
}

TEST(Boots, OfTheTwoServersAreNotTheSame) {
  const Server server;
  EXPECT_NE(Boots(ServerId::first, run_17).next(server),
            Boots(ServerId::second, run_17).next(server));
}

TEST(PowerDraws, ARefusalDoesNotMoveTheOtherDraws) {
  PowerChannel channel;
  channel.latency = Normal{500ms, 10ms};
  channel.confirmation = Exponential{20ms};
  PowerDraws sure(ServerId::first, run_17);
  PowerDraws unsure = sure;
  int refused = 0;
  constexpr int orders = 10'000;
  for (int i = 0; i < orders; ++i) {
    channel.refusal = 0.0;
    const PowerDraws::Order carried_out = sure.next(channel);
    channel.refusal = 0.3;
    const PowerDraws::Order order = unsure.next(channel);
    ASSERT_FALSE(carried_out.refused);
    ASSERT_EQ(order.latency, carried_out.latency);
    ASSERT_EQ(order.confirmation, carried_out.confirmation);
    refused += order.refused ? 1 : 0;
  }
  EXPECT_NEAR(refused, 0.3 * orders, 4.0 * std::sqrt(0.3 * 0.7 * orders));
}

}  // namespace
}  // namespace understudy
