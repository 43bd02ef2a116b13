// SPDX-License-Identifier: MIT
#include "understudy/scenario/local_clock.h"

#include <gtest/gtest.h>

#include <chrono>

#include "understudy/scenario/draws.h"

namespace understudy {
namespace {

using namespace std::chrono_literals;

TEST(LocalClock, ShowsTheWorldsTimeIfNothingAilsIt) {
  const LocalClock clock;
  EXPECT_EQ(clock.shows(Time(17ns)), Time(17ns));
  EXPECT_EQ(clock.when(Time(17ns)), Time(17ns));
  EXPECT_EQ(clock.when(never), never);
}

TEST(LocalClock, RunsFasterFromNowOn) {
  LocalClock clock;
  clock.run_at(2.0, Time(10s));
  EXPECT_EQ(clock.shows(Time(10s)), Time(10s));
  EXPECT_EQ(clock.shows(Time(11s)), Time(12s));
  EXPECT_EQ(clock.when(Time(14s)), Time(12s));
  clock.run_at(1.0, Time(12s));
  EXPECT_EQ(clock.shows(Time(13s)), Time(15s));  // what it is ahead it stays
  EXPECT_EQ(clock.when(Time(15s)), Time(13s));
}

// The instant for which a timer is planned is the first that is late enough, at any rate.
TEST(LocalClock, NeverJumpsAndNeverGoesBack) {
  Stream stream({1, 1}, "clock");
  LocalClock clock;
  Time now{};
  for (int i = 0; i < 10'000; ++i) {
    const Time before = clock.shows(now);
    clock.run_at(0.01 + 3.0 * stream.uniform(), now);
    ASSERT_EQ(clock.shows(now), before);
    const Time deadline =
        before + Duration(static_cast<Duration::rep>(stream.bits() % 10'000'000'000));
    const Time when = clock.when(deadline);
    ASSERT_GE(clock.shows(when), deadline);
    ASSERT_TRUE(when == now || clock.shows(when - Duration(1)) < deadline);
    now += Duration(static_cast<Duration::rep>(stream.bits() % 5'000'000'000));
    ASSERT_GE(clock.shows(now), before);
  }
}

}  // namespace
}  // namespace understudy
