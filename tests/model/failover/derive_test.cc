// SPDX-License-Identifier: MIT
//
// The defaults that follow from other fields, and the inequalities, each against figures worked out
// by hand from the rules.
#include "understudy/failover/derive.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "understudy/failover/time_text.h"

namespace understudy {
namespace {

using namespace std::chrono_literals;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Servers that boot in 20 s with a deviation of 2 s, cut at 4 deviations, and a power channel that
// takes 500 ms and confirms at once.
PairSettings example() {
  PairSettings said;
  said.boot_min = 12s;
  said.boot_max = 28s;
  said.fence_max = 500ms;
  said.confirm_max = 0s;
  return said;
}

PairSettings example(FenceMode mode) {
  PairSettings said = example();
  said.fence_mode = mode;
  return said;
}

std::vector<std::string> texts(const Config& config, Severity severity) {
  std::vector<std::string> found;
  for (const Violation& violation : violations(config)) {
    if (violation.severity == severity) found.push_back(violation.text);
  }
  return found;
}

std::vector<std::string> errors(const PairSettings& said) {
  return texts(derive(said), Severity::error);
}
std::vector<std::string> warnings(const PairSettings& said) {
  return texts(derive(said), Severity::warning);
}

TEST(Derive, SignalsAreThoseOfTheExample) {
  const Config c = derive({});
  EXPECT_EQ(c.method, Method::today);
  EXPECT_EQ(c.ping_interval, 100ms);
  EXPECT_EQ(c.ping_timeout, 50ms);
  EXPECT_EQ(c.misses, 3u);
  EXPECT_EQ(c.detector, DetectorKind::fixed);
  EXPECT_EQ(c.chen_margin, 20ms);
  EXPECT_EQ(c.phi_threshold, 8.0);
  EXPECT_EQ(c.probe_timeout, 200ms);
  EXPECT_EQ(c.probes, 3u);
}

TEST(Derive, ADaemonThatSaysNothingHasTheStatedBoundsOfBootAndPower) {
  const Config c = derive({});
  EXPECT_EQ(c.boot_min, 15s);
  EXPECT_EQ(c.boot_max, 120s);
  EXPECT_EQ(c.fence_max, 10s);
  EXPECT_EQ(c.confirm_max, 1s);
  EXPECT_EQ(c.clock_drift, 0.001);
}

TEST(Derive, FailureIsTreatedSafelyUnlessSaidOtherwise) {
  const Config c = derive(example());
  EXPECT_EQ(c.takeover, Takeover::fence_first);
  EXPECT_EQ(c.fence_mode, FenceMode::off_on);
  EXPECT_EQ(c.fence_attempts, 3u);
  EXPECT_EQ(c.on_fence_failure, OnFenceFailure::hold);
  EXPECT_EQ(c.max_boots, 3u);
  EXPECT_EQ(c.copy_every, 10u);
  EXPECT_TRUE(c.newer_memory_wins);
  EXPECT_TRUE(c.watch_monitor);
  EXPECT_TRUE(c.conflict_detection);
  EXPECT_TRUE(c.own_link);
  EXPECT_FALSE(c.witness);
  EXPECT_EQ(c.unhealthy_after, 3u);
}

TEST(Derive, SpansOfTheExampleAreThoseOfTheTable) {
  const Config c = derive(example());
  EXPECT_EQ(c.startup_grace, 28'750ms);
  EXPECT_EQ(c.monitor_grace, 58'700ms);
  EXPECT_EQ(c.restart_deadline, 29'250ms);
  EXPECT_EQ(c.fence_timeout, 1s);
  EXPECT_EQ(c.watch_misses, 10u);
  EXPECT_EQ(c.announce_interval, 100ms);
  EXPECT_EQ(c.asleep_after, 125ms);
  EXPECT_EQ(c.witness_patience, 30s);
  EXPECT_EQ(c.boots_window, 347'100ms);
  EXPECT_EQ(c.handover_timeout, 5s);
  EXPECT_EQ(c.taking_over_timeout, 10s);
}

TEST(Derive, AConfirmationAgesOnlyWhereOneOrderDoesBoth) {
  EXPECT_EQ(derive(example(FenceMode::off_on)).fence_validity, forever);
  // 12 s less a thousandth, less a ping's time-out.
  EXPECT_EQ(derive(example(FenceMode::reboot)).fence_validity, 11'938ms);
}

TEST(Derive, AFenceTimesOutBeforeItsConfirmationIsWorthless) {
  PairSettings said = example(FenceMode::reboot);
  said.fence_max = 6s;
  EXPECT_EQ(derive(said).fence_timeout, 11'938ms);  // less than 2 * 6 s
}

TEST(Derive, APowerChannelThatTakesNoTimeIsHeardBeforeItTimesOut) {
  PairSettings said = example();
  said.fence_max = 0s;
  EXPECT_EQ(derive(said).fence_timeout, 1ms);
}

TEST(Derive, WatchMissesRoundAFenceUpToWholePings) {
  PairSettings said = example();
  said.fence_max = 501ms;
  EXPECT_EQ(derive(said).watch_misses, 3u + 2u + 6u);
}

TEST(Derive, OneMissMakesAServerAsleepAfterAWholePingInterval) {
  PairSettings said = example();
  said.misses = 1;
  EXPECT_EQ(derive(said).asleep_after, 100ms);
}

TEST(Derive, AFreshMonitorIsMorePatientThanASwitchoverTakes) {
  PairSettings said = example();
  said.handover_timeout = 20s;
  EXPECT_EQ(derive(said).startup_grace, 40'150ms);
  EXPECT_EQ(derive(said).taking_over_timeout, 40s);
  said.taking_over_timeout = 50s;
  EXPECT_EQ(derive(said).startup_grace, 50'150ms);
  said.handover_timeout = 5s, said.taking_over_timeout = 10s;
  EXPECT_EQ(derive(said).startup_grace, 28'750ms);
  said.method = Method::original;
  EXPECT_EQ(derive(said).startup_grace, 0s);
}

TEST(Derive, ASwitchoverTakesLessThanTheBootOfAQuickServer) {
  PairSettings said;
  said.fence_max = 0s;
  said.boot_max = 1'250ms;
  EXPECT_EQ(derive(said).startup_grace, 2s);
  EXPECT_EQ(derive(said).handover_timeout, 925ms);
  EXPECT_EQ(derive(said).taking_over_timeout, 1'850ms);
  said.startup_grace = 0s;  // is no reason to hurry
  EXPECT_EQ(derive(said).handover_timeout, 925ms);
  said.ping_timeout = 1s;  // but a monitor copies for longer than a ping takes
  EXPECT_EQ(derive(said).handover_timeout, 2s);
  said.taking_over_timeout = 3s;
  EXPECT_EQ(derive(said).handover_timeout, 1'500ms);
  said.taking_over_timeout.reset();
  said.method = Method::original;
  EXPECT_EQ(derive(said).handover_timeout, 5s);
}

TEST(Derive, TheOriginalMethodHasNoneOfTheAdditions) {
  PairSettings said = example();
  said.method = Method::original;
  const Config c = derive(said);
  EXPECT_EQ(c.misses, 1u);
  EXPECT_EQ(c.probes, 1u);
  EXPECT_EQ(c.takeover, Takeover::immediate);
  EXPECT_EQ(c.fence_mode, FenceMode::reboot);
  EXPECT_EQ(c.startup_grace, 0s);
  EXPECT_EQ(c.monitor_grace, 0s);
  EXPECT_EQ(c.max_boots, 0u);
  EXPECT_EQ(c.boots_window, 0s);
  EXPECT_FALSE(c.newer_memory_wins);
  EXPECT_FALSE(c.watch_monitor);
  EXPECT_EQ(c.announce_interval, 0s);
  EXPECT_FALSE(c.conflict_detection);
  EXPECT_EQ(c.asleep_after, forever);
  EXPECT_FALSE(c.own_link);
  EXPECT_FALSE(c.witness);
  EXPECT_THAT(violations(c), IsEmpty());
}

TEST(Derive, WhatIsSaidWinsOverTheOriginalMethod) {
  PairSettings said = example();
  said.method = Method::original;
  said.misses = 2;
  said.takeover = Takeover::fence_first;
  said.watch_monitor = true;
  const Config c = derive(said);
  EXPECT_EQ(c.misses, 2u);
  EXPECT_EQ(c.takeover, Takeover::fence_first);
  EXPECT_TRUE(c.watch_monitor);
}

TEST(Derive, AShortPingIntervalShortensTheTimeoutThatNobodyWrote) {
  PairSettings said;
  said.ping_interval = 20ms;
  EXPECT_EQ(derive(said).ping_timeout, 20ms);
  EXPECT_THAT(errors(said), IsEmpty());
}

TEST(Derive, ALongPingTimeoutStretchesTheIntervalThatNobodyWrote) {
  PairSettings said;
  said.ping_timeout = 300ms;
  EXPECT_EQ(derive(said).ping_interval, 300ms);
  EXPECT_THAT(errors(said), IsEmpty());
}

// One field at a time, far from its default: everything else must follow.
struct OneField {
  const char* name;
  std::function<void(PairSettings&)> say;
};
void PrintTo(const OneField& field, std::ostream* out) { *out << field.name; }

class OneFieldSaid : public ::testing::TestWithParam<OneField> {};

TEST_P(OneFieldSaid, LeavesNothingViolated) {
  PairSettings said;
  GetParam().say(said);
  EXPECT_THAT(errors(said), IsEmpty());
  EXPECT_THAT(warnings(said), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(
    Derive, OneFieldSaid,
    ::testing::Values(
        OneField{"nothing", [](PairSettings&) {}},
        OneField{"ping_interval_10ms", [](PairSettings& s) { s.ping_interval = 10ms; }},
        OneField{"ping_interval_30s", [](PairSettings& s) { s.ping_interval = 30s; }},
        OneField{"ping_timeout", [](PairSettings& s) { s.ping_timeout = 2s; }},
        OneField{"misses", [](PairSettings& s) { s.misses = 100; }},
        OneField{"one_miss", [](PairSettings& s) { s.misses = 1; }},
        OneField{"probe_timeout", [](PairSettings& s) { s.probe_timeout = 30s; }},
        OneField{"fence_max", [](PairSettings& s) { s.fence_max = 50s; }},
        OneField{"no_fence_max", [](PairSettings& s) { s.fence_max = 0s; }},
        OneField{"confirm_max", [](PairSettings& s) { s.confirm_max = 1min; }},
        OneField{"boot_min", [](PairSettings& s) { s.boot_min = 10min; }},
        OneField{"boot_max", [](PairSettings& s) { s.boot_max = 1h; }},
        OneField{"reboot", [](PairSettings& s) { s.fence_mode = FenceMode::reboot; }},
        OneField{"restart_first", [](PairSettings& s) { s.takeover = Takeover::restart_first; }},
        OneField{"no_watch", [](PairSettings& s) { s.watch_monitor = false; }},
        OneField{"startup_grace", [](PairSettings& s) { s.startup_grace = 1h; }},
        OneField{"max_boots", [](PairSettings& s) { s.max_boots = 8; }},
        OneField{"no_back_off", [](PairSettings& s) { s.max_boots = 0; }},
        OneField{"handover", [](PairSettings& s) { s.handover_timeout = 5min; }},
        OneField{"short_taking_over", [](PairSettings& s) { s.taking_over_timeout = 1s; }},
        OneField{"long_taking_over", [](PairSettings& s) { s.taking_over_timeout = 5min; }},
        OneField{"ping_timeout_30s", [](PairSettings& s) { s.ping_timeout = 30s; }},
        OneField{"quick_servers", [](PairSettings& s) { s.boot_max = 400ms, s.fence_max = 0s; }}),
    [](const auto& one) { return std::string(one.param.name); });

TEST(Settings, LeadBackToTheSameConfig) {
  for (const Method method : {Method::today, Method::original}) {
    PairSettings said = example();
    said.method = method;
    said.witness = true;
    said.phi_threshold = 2.5;
    const Config config = derive(said);
    EXPECT_EQ(derive(settings(config)), config);
  }
}

// Each inequality, violated by one field.
struct Broken {
  const char* name;
  std::function<void(PairSettings&)> say;
  Severity severity;
  const char* text;
};
void PrintTo(const Broken& broken, std::ostream* out) { *out << broken.name; }

class Inequality : public ::testing::TestWithParam<Broken> {};

TEST_P(Inequality, IsNamedWithBothSidesAndTheirValues) {
  PairSettings said = example();
  GetParam().say(said);
  EXPECT_THAT(texts(derive(said), GetParam().severity), ElementsAre(GetParam().text));
}

// Exactly at the bound, so that a "greater or equal" in place of a "greater" shows.
INSTANTIATE_TEST_SUITE_P(
    Derive, Inequality,
    ::testing::Values(
        Broken{"no1",
               [](PairSettings& s) { s.ping_interval = 100ms, s.ping_timeout = 100'000'001ns; },
               Severity::error,
               "pair.ping_timeout (100.000001ms) must not exceed pair.ping_interval (100ms)"},
        Broken{"no2_validity_too_short",
               [](PairSettings& s) {
                 s.fence_mode = FenceMode::reboot;
                 s.fence_validity = 500ms, s.fence_timeout = 500ms;
               },
               Severity::error,
               "pair.fence_validity (500ms) must exceed fence_max + confirm_max (500ms)"},
        Broken{"no2_validity_too_long",
               [](PairSettings& s) {
                 s.fence_mode = FenceMode::reboot;
                 s.fence_validity = 11'938'000'001ns;
               },
               Severity::error,
               "pair.fence_validity (11.938000001s) must not exceed "
               "boot_min * (1 - clock_drift) - ping_timeout (11.938s)"},
        Broken{
            "no2_timeout",
            [](PairSettings& s) {
              s.fence_mode = FenceMode::reboot;
              s.fence_timeout = 499'999'999ns;
            },
            Severity::error,
            "pair.fence_timeout (499.999999ms) must be at least fence_max + confirm_max (500ms)"},
        Broken{
            "no2_timeout_off_on", [](PairSettings& s) { s.fence_timeout = 499'999'999ns; },
            Severity::warning,
            "pair.fence_timeout (499.999999ms) must be at least fence_max + confirm_max (500ms)"},
        Broken{"no3", [](PairSettings& s) { s.monitor_grace = 58'699'999'999ns; }, Severity::error,
               "pair.monitor_grace (58.699999999s) must be at least 2 fence_max + boot_max + "
               "probes * probe_timeout + startup_grace + misses * ping_interval + ping_timeout "
               "(58.7s)"},
        Broken{"no4", [](PairSettings& s) { s.watch_misses = 8; }, Severity::warning,
               "watch_misses * ping_interval (800ms) must be at least "
               "misses * ping_interval + fence_max + ping_interval (900ms), "
               "or a partition may leave both servers off: each fences the other"},
        Broken{"no4_reboot",
               [](PairSettings& s) { s.fence_mode = FenceMode::reboot, s.watch_misses = 8; },
               Severity::warning,
               "watch_misses * ping_interval (800ms) must be at least "
               "misses * ping_interval + fence_max + ping_interval (900ms), "
               "or under a partition both servers fence each other"},
        Broken{"no5", [](PairSettings& s) { s.startup_grace = 28'749'999'999ns; },
               Severity::warning,
               "pair.startup_grace (28.749999999s) must be at least boot_max + "
               "probes * probe_timeout + ping_interval + ping_timeout (28.75s)"},
        Broken{"no6",
               [](PairSettings& s) {
                 s.takeover = Takeover::restart_first;
                 s.restart_deadline = 29'249'999'999ns;
               },
               Severity::warning,
               "pair.restart_deadline (29.249999999s) must be at least fence_max + boot_max + "
               "probes * probe_timeout + ping_interval + ping_timeout (29.25s)"},
        Broken{"no5_switchover",
               [](PairSettings& s) { s.startup_grace = s.taking_over_timeout = 30s; },
               Severity::warning,
               "pair.startup_grace (30s) must exceed pair.taking_over_timeout (30s)"},
        Broken{"no6_second_fence",
               [](PairSettings& s) { s.takeover = Takeover::restart_first, s.max_boots = 1; },
               Severity::warning,
               "pair.max_boots (1) must be at least 2 for restart-first: "
               "a server that does not come back is fenced again"},
        Broken{"no7", [](PairSettings& s) { s.boot_min = 850ms; }, Severity::error,
               "pair.boot_min (850ms) must exceed "
               "misses * ping_interval + ping_timeout + fence_max (850ms)"},
        Broken{"no8", [](PairSettings& s) { s.asleep_after = 250ms; }, Severity::warning,
               "pair.asleep_after (250ms) must be below "
               "(misses - 1) * ping_interval + ping_timeout (250ms)"},
        Broken{"no9", [](PairSettings& s) { s.announce_interval = 101ms; }, Severity::warning,
               "pair.announce_interval (101ms) must not exceed pair.ping_interval (100ms)"},
        Broken{"no9_never", [](PairSettings& s) { s.announce_interval = 0s; }, Severity::warning,
               "pair.announce_interval (0s) must be above 0s: "
               "two holders that never speak never heal"},
        Broken{"no10_round_trip", [](PairSettings& s) { s.handover_timeout = 50ms; },
               Severity::error,
               "pair.handover_timeout (50ms) must exceed pair.ping_timeout (50ms)"},
        Broken{"no10", [](PairSettings& s) { s.taking_over_timeout = s.handover_timeout = 5s; },
               Severity::error,
               "pair.taking_over_timeout (5s) must exceed pair.handover_timeout (5s)"},
        Broken{"no11", [](PairSettings& s) { s.boots_window = 173'550ms; }, Severity::warning,
               "pair.boots_window (173.55s) must exceed max_boots * (boot_max + "
               "probes * probe_timeout + startup_grace + fence_max) (173.55s)"},
        Broken{"boot_bounds_swapped", [](PairSettings& s) { s.boot_min = 29s; }, Severity::error,
               "pair.boot_min (29s) must not exceed pair.boot_max (28s)"},
        Broken{"no_timeout", [](PairSettings& s) { s.ping_timeout = 0s; }, Severity::error,
               "pair.ping_timeout (0s) must be above 0s"},
        Broken{"no_end", [](PairSettings& s) { s.probe_timeout = forever, s.probes = 1; },
               Severity::error, "pair.probe_timeout (forever) must be at most 36500d"},
        Broken{"no_misses", [](PairSettings& s) { s.misses = 0; }, Severity::error,
               "pair.misses (0) must be at least 1"},
        Broken{"too_many_boots", [](PairSettings& s) { s.max_boots = 9; }, Severity::error,
               "pair.max_boots (9) must be at most 8"},
        Broken{"no_threshold", [](PairSettings& s) { s.phi_threshold = 0.0; }, Severity::error,
               "pair.phi_threshold (0) must be above 0"},
        Broken{"drift_of_one", [](PairSettings& s) { s.clock_drift = 1.0; }, Severity::error,
               "pair.clock_drift (1) must be at least 0 and below 1"}),
    [](const auto& one) { return std::string(one.param.name); });

TEST(Violations, NameTheFieldsOfBothSides) {
  PairSettings said = example();
  said.boot_min = 850ms;
  const std::vector<Violation> found = violations(derive(said));
  ASSERT_EQ(found.size(), 1u);
  EXPECT_THAT(found.front().fields,
              ElementsAre("boot_min", "misses", "ping_interval", "ping_timeout", "fence_max"));
}

TEST(Violations, TheOriginalMethodIsHeldToWhatAnyAgentWaitsForOnly) {
  PairSettings said;
  said.method = Method::original;
  said.ping_interval = 100ms;
  said.ping_timeout = 200ms;
  said.boot_min = 0s;
  said.taking_over_timeout = 150ms;
  said.handover_timeout = 200ms;
  EXPECT_THAT(errors(said),
              ElementsAre("pair.ping_timeout (200ms) must not exceed pair.ping_interval (100ms)",
                          "pair.handover_timeout (200ms) must exceed pair.ping_timeout (200ms)"));
  EXPECT_THAT(warnings(said), IsEmpty());
}

TEST(Violations, AMonitorThatIsNotWatchedNeedsNoGrace) {
  PairSettings said = example();
  said.monitor_grace = 0s;
  said.watch_misses = 1;
  EXPECT_EQ(errors(said).size(), 1u);
  said.watch_monitor = false;
  EXPECT_THAT(errors(said), IsEmpty());
  EXPECT_THAT(warnings(said), IsEmpty());
}

TEST(Violations, OneBootAWindowIsEnoughForWhoFencesOnce) {
  PairSettings said = example();
  said.max_boots = 1;
  EXPECT_THAT(warnings(said), IsEmpty());
  said.takeover = Takeover::restart_first;
  EXPECT_EQ(warnings(said).size(), 1u);
  said.max_boots = 2;
  EXPECT_THAT(warnings(said), IsEmpty());
  said.max_boots = 0;  // no limit
  EXPECT_THAT(warnings(said), IsEmpty());
}

TEST(Violations, AnIntervalOfZeroIsSenselessForEveryMethod) {
  for (const Method method : {Method::today, Method::original}) {
    PairSettings said;
    said.method = method;
    said.ping_interval = 0s;
    EXPECT_THAT(errors(said), Contains("pair.ping_interval (0s) must be above 0s"));
  }
}

TEST(Violations, SpansWithoutEndDoNotOverflow) {
  PairSettings said;
  said.boot_max = said.boot_min = said.startup_grace = said.fence_max = forever;
  said.misses = said.probes = 4'000'000'000u;
  said.ping_interval = said.ping_timeout = said.probe_timeout = forever;
  const Config c = derive(said);
  EXPECT_EQ(c.monitor_grace, forever);
  EXPECT_EQ(c.boots_window, forever);
  EXPECT_FALSE(errors(said).empty());
  said.fence_max = Duration::min();
  EXPECT_FALSE(errors(said).empty());
}

TEST(TimeText, IsOneNumberAndOneUnit) {
  EXPECT_EQ(to_text(Duration(0)), "0s");
  EXPECT_EQ(to_text(1ns), "1ns");
  EXPECT_EQ(to_text(1500ns), "1.5us");
  EXPECT_EQ(to_text(50ms), "50ms");
  EXPECT_EQ(to_text(1'000'050us), "1.00005s");
  EXPECT_EQ(to_text(28'750ms), "28.75s");
  EXPECT_EQ(to_text(120s), "120s");
  EXPECT_EQ(to_text(1h), "1h");
  EXPECT_EQ(to_text(90min), "90min");
  EXPECT_EQ(to_text(48h), "2d");
  EXPECT_EQ(to_text(3600s + 1ms), "3600.001s");
  EXPECT_EQ(to_text(-5ms), "-5ms");
  EXPECT_EQ(to_text(forever), "forever");
  EXPECT_EQ(to_text(Duration::min()), "-9223372036.854775808s");
}

}  // namespace
}  // namespace understudy
