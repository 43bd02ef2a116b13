// SPDX-License-Identifier: MIT
//
// The method, claim by claim, on every substrate. Each test is named after the claims that it
// checks; the README's table links them. Those on real sockets are run by
// tests/live/test_claims.py, side by side.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <ranges>
#include <string>
#include <vector>

#include "short_scenarios.h"
#include "substrates.h"
#include "understudy/outcome/outcome.h"

namespace understudy {
namespace {

using namespace std::chrono_literals;
using Kind = Event::Kind;
using testing::ElementsAre;

class Claims : public testing::TestWithParam<Substrate> {
 protected:
  [[nodiscard]] Timeline run(const Scenario& scenario, std::uint64_t number = 1) const {
    return GetParam().run(scenario, {.seed = 1, .number = number}, Detail::packets);
  }
  // As exactly as the substrate has it.
  template <class Instant>
  static void expect_same(Instant found, Instant expected) {
    EXPECT_LE(std::max(found, expected) - std::min(found, expected), GetParam().slack);
  }
};

// ---- reading a timeline -------------------------------------------------------------------------

auto is(Kind kind, Host host) {
  return [=](const Event& event) { return event.kind == kind && event.host == host; };
}

auto is_at(Kind kind, Host host, Address address) {
  return [=](const Event& event) {
    return event.kind == kind && event.host == host && event.address == address;
  };
}

auto is_note(Note::Kind kind, Host host) {
  return [=](const Event& event) {
    return event.kind == Kind::note && event.host == host && event.note.kind == kind;
  };
}

auto became(Host host, Role role) {
  return [=](const Event& event) {
    return event.kind == Kind::note && event.host == host &&
           event.note.kind == Note::Kind::became && event.note.role == role;
  };
}

// The first such event from a place in the timeline on; the end if there is none.
template <class Predicate>
std::size_t find(const Timeline& timeline, Predicate predicate, std::size_t from = 0) {
  const auto begin = timeline.events.begin() + static_cast<std::ptrdiff_t>(from);
  return static_cast<std::size_t>(std::find_if(begin, timeline.events.end(), predicate) -
                                  timeline.events.begin());
}

template <class Predicate>
std::optional<Time> time_of(const Timeline& timeline, Predicate predicate, std::size_t from = 0) {
  const std::size_t place = find(timeline, predicate, from);
  if (place == timeline.events.size()) return std::nullopt;
  return timeline.events[place].at;
}

template <class Predicate>
std::size_t count(const Timeline& timeline, Predicate predicate) {
  return static_cast<std::size_t>(std::ranges::count_if(timeline.events, predicate));
}

std::vector<Role> roles(const Timeline& timeline) {
  return {timeline.ending.roles[0], timeline.ending.roles[1]};
}

// ---- the claims ---------------------------------------------------------------------------------

TEST_P(Claims, Claim01_PingMissBootProbeComeInThisOrder) {
  const Timeline timeline = run(original());
  std::size_t place = 0;
  const auto next = [&](auto predicate) {
    place = find(timeline, predicate, place);
    return place < timeline.events.size();
  };
  // The ping and its answer, again and again until one stays away.
  EXPECT_TRUE(next(is_at(Kind::ping_sent, Host::second, Address::primary)));
  EXPECT_TRUE(next(is_at(Kind::ping_heard, Host::first, Address::primary)));
  EXPECT_TRUE(next(is_at(Kind::answer_heard, Host::second, Address::primary)));
  EXPECT_TRUE(next(is(Kind::powered_off, Host::first)));
  EXPECT_TRUE(next(is_at(Kind::ping_sent, Host::second, Address::primary)));
  EXPECT_TRUE(next(is_note(Note::Kind::missed, Host::second)));
  // The first server is booted, and signals the monitor address in response.
  EXPECT_TRUE(next(is(Kind::ordered, Host::second)));
  EXPECT_TRUE(next(is(Kind::powered_on, Host::first)));
  EXPECT_TRUE(next(is(Kind::up, Host::first)));
  EXPECT_TRUE(next(is_at(Kind::ping_sent, Host::first, Address::monitor)));
  // The second period passes without an answer.
  EXPECT_TRUE(next(became(Host::first, Role::monitor)));
}

TEST_P(Claims, Claim01_TheMonitorWaitsThePredeterminedTimeAndTheProbeTheSecondPeriod) {
  const Timeline timeline = run(original());
  const std::size_t crash = find(timeline, is(Kind::powered_off, Host::first));
  const std::size_t last_ping =
      find(timeline, is_at(Kind::ping_sent, Host::second, Address::primary), crash);
  ASSERT_LT(last_ping, timeline.events.size());
  const auto missed = time_of(timeline, is_note(Note::Kind::missed, Host::second));
  ASSERT_TRUE(missed);
  expect_same(*missed, timeline.events[last_ping].at + 50ms);

  const auto probe = time_of(timeline, is_at(Kind::ping_sent, Host::first, Address::monitor));
  const auto monitor = time_of(timeline, became(Host::first, Role::monitor));
  ASSERT_TRUE(probe);
  ASSERT_TRUE(monitor);
  expect_same(*monitor, *probe + 200ms);
}

TEST_P(Claims, Claim03_15_TheSecondServesWhileTheFirstStillBoots) {
  for (const Takeover takeover : {Takeover::immediate, Takeover::fence_first}) {
    const Timeline timeline = run(crash_with(takeover));
    const std::size_t ordered = find(timeline, is(Kind::ordered, Host::second));
    const auto serving = time_of(timeline, is(Kind::serving, Host::second), ordered);
    const auto up = time_of(timeline, is(Kind::up, Host::first), ordered);
    ASSERT_TRUE(serving);
    ASSERT_TRUE(up);
    EXPECT_LT(*serving, *up);
    // In conjunction with the boot: with it, or as soon as it is confirmed.
    expect_same<Duration>(*serving - timeline.events[ordered].at,
                          takeover == Takeover::immediate ? 0ms : 500ms);
  }
}

TEST_P(Claims, Claim04_05_AClientIsServedByEitherServer) {
  const Scenario scenario = two_crashes();
  const Timeline timeline = run(scenario);
  const Outcome outcome = measure(scenario, timeline);
  ASSERT_EQ(outcome.faults.size(), 2U);
  EXPECT_EQ(outcome.faults[0].server, ServerId::first);
  EXPECT_EQ(outcome.faults[1].server, ServerId::second);
  for (const FaultOutcome& fault : outcome.faults) {
    ASSERT_TRUE(fault.outage);
    EXPECT_FALSE(fault.censored);
    EXPECT_GT(*fault.outage, 500ms);
    EXPECT_LT(*fault.outage, 2s);
  }
  // Answered before, between and after: what is lost is lost in the two gaps.
  EXPECT_EQ(timeline.gaps.size(), 2U);
  EXPECT_GT(outcome.requests, 1'190U);
}

TEST_P(Claims, Claim06_16_TheMonitorDoesNotServeUntilThePrimaryAddressIsItsOwn) {
  const Timeline timeline = run(short_crash());
  const auto claimed = time_of(timeline, is_at(Kind::claimed, Host::second, Address::primary));
  const auto serving = time_of(timeline, is(Kind::serving, Host::second));
  ASSERT_TRUE(claimed) << "the primary address moves";
  ASSERT_TRUE(serving);
  EXPECT_LE(*claimed, *serving + GetParam().slack);
  EXPECT_EQ(count(timeline, is(Kind::serving, Host::second)), 1U);
}

TEST_P(Claims, Claim06_16_TheMonitorLetsItsAddressGoBeforeItTakesTheOther) {
  for (const Takeover takeover : {Takeover::immediate, Takeover::fence_first}) {
    const Timeline timeline = run(crash_with(takeover));
    const std::size_t release =
        find(timeline, is_at(Kind::released, Host::second, Address::monitor));
    const std::size_t claim = find(timeline, is_at(Kind::claimed, Host::second, Address::primary));
    ASSERT_LT(claim, timeline.events.size());
    EXPECT_LT(release, claim);
  }
}

TEST_P(Claims, Claim09_18_AnAnswerInTimeMeansThatThePrimaryWorks) {
  const Timeline timeline = run(quiet());
  EXPECT_EQ(count(timeline, is_note(Note::Kind::missed, Host::second)), 0U);
  EXPECT_EQ(count(timeline, is_note(Note::Kind::declared_failure, Host::second)), 0U);
  EXPECT_EQ(count(timeline, is(Kind::ordered, Host::second)), 0U);
  EXPECT_GE(count(timeline, is_at(Kind::answer_heard, Host::second, Address::primary)), 49U);
}

TEST_P(Claims, Claim09_18_MissesInARowMeanThatItHasFailed) {
  for (const std::uint32_t misses : {1U, 3U, 5U}) {
    Scenario scenario = short_crash();
    scenario.pair.misses = misses;
    const Timeline timeline = run(scenario);
    const std::size_t declared =
        find(timeline, is_note(Note::Kind::declared_failure, Host::second));
    ASSERT_LT(declared, timeline.events.size());
    EXPECT_EQ(timeline.events[declared].note.count, misses);
    // Not one earlier: as many misses were noted before it, none of them in between answered.
    const auto before = std::ranges::subrange(
        timeline.events.begin(), timeline.events.begin() + static_cast<std::ptrdiff_t>(declared));
    EXPECT_EQ(std::ranges::count_if(before, is_note(Note::Kind::missed, Host::second)), misses);
  }
}

TEST_P(Claims, Claim09_18_AnAnswerThatComesLateCountsAsAMiss) {
  const Timeline timeline = run(late_answers());
  const std::size_t late = find(timeline, is(Kind::fault_began, Host::first));
  const auto answers = std::count_if(timeline.events.begin() + static_cast<std::ptrdiff_t>(late),
                                     timeline.events.end(),
                                     is_at(Kind::answer_heard, Host::second, Address::primary));
  EXPECT_GE(answers, 3);
  const auto declared = time_of(timeline, is_note(Note::Kind::declared_failure, Host::second));
  ASSERT_TRUE(declared);
  EXPECT_GT(*declared, Time{} + 1s);
  EXPECT_LT(*declared, Time{} + 1400ms);
}

TEST_P(Claims, Claim11_AnAnsweredProbeMakesTheBootedServerThePrimaryAgain) {
  Scenario scenario = crash_with(Takeover::restart_first);
  const Timeline timeline = run(scenario);
  const std::size_t up =
      find(timeline, is(Kind::up, Host::first), find(timeline, is(Kind::powered_on, Host::first)));
  const std::size_t probe =
      find(timeline, is_at(Kind::ping_sent, Host::first, Address::monitor), up);
  const std::size_t answer =
      find(timeline, is_at(Kind::answer_heard, Host::first, Address::monitor), probe);
  const std::size_t primary = find(timeline, became(Host::first, Role::primary), answer);
  EXPECT_LT(primary, timeline.events.size());
  EXPECT_THAT(roles(timeline), ElementsAre(Role::primary, Role::monitor));
  EXPECT_EQ(count(timeline, is_at(Kind::claimed, Host::second, Address::primary)), 0U);
}

TEST_P(Claims, Claim12_UnansweredProbeMeansTheOtherIsPrimary) {
  for (const Takeover takeover : {Takeover::immediate, Takeover::fence_first}) {
    const Timeline timeline = run(crash_with(takeover));
    EXPECT_THAT(roles(timeline), ElementsAre(Role::monitor, Role::primary));
    const std::size_t up = find(timeline, is(Kind::up, Host::first),
                                find(timeline, is(Kind::powered_on, Host::first)));
    EXPECT_LT(find(timeline, is_at(Kind::ping_sent, Host::first, Address::monitor), up),
              find(timeline, became(Host::first, Role::monitor), up));
  }
}

TEST_P(Claims, Claim12_RolesAreSwappedForGoodAndTheNextFailureSwapsThemBack) {
  Scenario scenario = two_crashes();
  const Timeline twice = run(scenario);
  EXPECT_THAT(roles(twice), ElementsAre(Role::primary, Role::monitor));

  scenario.faults.pop_back();
  const Timeline once = run(scenario);
  EXPECT_THAT(roles(once), ElementsAre(Role::monitor, Role::primary)) << "no fail-back";
}

TEST_P(Claims, Claim13_14_15_16_17_18_OneProgramPlaysBothParts) {
  Scenario scenario = short_crash();
  scenario.run.start = Start::cold;
  scenario.run.duration = 11s;
  scenario.faults[0].at = 6s;
  const Timeline timeline = run(scenario);
  for (const Host host : {Host::first, Host::second}) {
    EXPECT_GT(count(timeline, became(host, Role::monitor)), 0U) << to_text(host);
    EXPECT_GT(count(timeline, became(host, Role::primary)), 0U) << to_text(host);
  }
}

TEST_P(Claims, Claim14_21_TheMemoryIsCopiedAfterEveryTenAnsweredPings) {
  Scenario scenario = quiet();
  scenario.pair.copy_every = 10;
  const Timeline timeline = run(scenario);
  std::uint64_t answers = 0;  // since the last copy
  std::uint64_t copies = 0;
  for (const Event& event : timeline.events) {
    if (is_at(Kind::answer_heard, Host::second, Address::primary)(event)) ++answers;
    if (!is_note(Note::Kind::copy_started, Host::second)(event)) continue;
    // The pings before the run count towards the first, where there were any.
    if (copies > 0) {
      EXPECT_EQ(answers, 10U);
    } else {
      EXPECT_LE(answers, 10U);
    }
    answers = 0;
    ++copies;
  }
  EXPECT_GE(copies, 4U);
  EXPECT_EQ(count(timeline, is_note(Note::Kind::copy_failed, Host::second)), 0U);
}

// What the copies had brought to second when it began to serve.
struct Brought {
  std::size_t serving = 0;    // its place in the timeline
  std::uint64_t version = 0;  // of the last whole one
  bool cut_off = false;       // one had begun after it
};

Brought brought(const Timeline& timeline) {
  Brought result{.serving = find(timeline, is(Kind::serving, Host::second))};
  std::uint64_t begun = 0;
  for (std::size_t i = 0; i < result.serving; ++i) {
    const Event& event = timeline.events[i];
    if (is(Kind::copy_begun, Host::second)(event)) {
      EXPECT_GE(event.value, result.version) << "more had come than there was";
      begun = event.value;
      result.cut_off = true;
    }
    if (is_note(Note::Kind::copy_whole, Host::second)(event)) {
      result.version = event.value != 0 ? event.value : begun;
      EXPECT_GE(result.version, begun);
      result.cut_off = false;
    }
  }
  return result;
}

TEST_P(Claims, Claim14_21_AfterATakeoverTheServiceGoesOnFromTheLastWholeCopy) {
  const Timeline timeline = run(short_crash());
  const auto [serving, version, cut_off] = brought(timeline);
  ASSERT_GT(version, 0U);
  ASSERT_LT(serving, timeline.events.size());
  EXPECT_EQ(timeline.events[serving].value, version);
}

TEST_P(Claims, Claim14_21_ACopyCutOffHalfwayLeavesTheLastWholeOne) {
  Scenario scenario = short_crash();
  scenario.run.duration = 5s;
  // 64 KiB take 33 ms, and a few round trips to ask for them.
  scenario.pair.copy_every = 2U;
  scenario.topology.bandwidth_bps = 16e6;
  scenario.topology.delay = 10ms;
  std::size_t cut_off = 0;
  for (std::uint64_t number = 1; cut_off < 2 && number <= 12; ++number) {
    const Timeline timeline = run(scenario, number);
    const Brought found = brought(timeline);
    if (found.cut_off) ++cut_off;
    ASSERT_LT(found.serving, timeline.events.size());
    EXPECT_EQ(timeline.events[found.serving].value, found.version);
  }
  EXPECT_GT(cut_off, 0U) << "no run shows what this test is about";
}

TEST_P(Claims, Claim19_20_TwoServersInParallelEachWithAnAddressAndAMemory) {
  const Timeline timeline = run(quiet());
  EXPECT_EQ(count(timeline, is(Kind::up, Host::first)), 1U);
  EXPECT_EQ(count(timeline, is(Kind::up, Host::second)), 1U);
  EXPECT_EQ(count(timeline, is_at(Kind::claimed, Host::first, Address::primary)), 1U);
  EXPECT_EQ(count(timeline, is_at(Kind::claimed, Host::second, Address::monitor)), 1U);
  EXPECT_EQ(count(timeline, is(Kind::released, Host::first)), 0U);
  EXPECT_EQ(count(timeline, is(Kind::released, Host::second)), 0U);
  EXPECT_GT(timeline.ending.writes_accepted, 0U);
}

// Claims 7 and 17, that the addresses are IP addresses, are checked by running all the others in
// both address families.
INSTANTIATE_TEST_SUITE_P(Substrates, Claims,
                         testing::Values(virtual_substrate, ns3_substrate_v4, ns3_substrate_v6),
                         substrate_name);
INSTANTIATE_TEST_SUITE_P(Live, Claims, testing::Values(live_substrate_v4, live_substrate_v6),
                         substrate_name);

}  // namespace
}  // namespace understudy
