// SPDX-License-Identifier: MIT
#include "understudy/outcome/story.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "timeline_maker.h"
#include "understudy/scenario/faults.h"

namespace understudy {
namespace {

using namespace std::chrono_literals;
using ::testing::EndsWith;
using testing::first;
using ::testing::HasSubstr;
using testing::instant;
using ::testing::Not;
using testing::second;
using testing::TimelineMaker;

constexpr Address primary_address = Address::primary;
constexpr Address monitor_address = Address::monitor;

class Story : public ::testing::Test {
 protected:
  // What the timeline so far reads like, without the line that says how the run ends.
  [[nodiscard]] std::string told(Telling telling = Telling::turns) {
    std::string text = story(scenario_, t_.ends(60s), telling);
    return text.erase(text.rfind('\n', text.size() - 2) + 1);
  }
  // The same of one event.
  [[nodiscard]] std::string line(const Event& event) {
    TimelineMaker alone;
    const Timeline timeline = alone.at(30s).add(event).ends(60s);
    const std::string text = story(scenario_, timeline, Telling::everything);
    const std::string head = "    30.000000 s  second   ";
    EXPECT_EQ(text.substr(0, head.size()), head);
    return text.substr(head.size(), text.find('\n') - head.size());
  }
  [[nodiscard]] std::string line(const Note& note) {
    return line({.kind = Event::Kind::note, .host = second, .note = note});
  }
  // `count` pings of the monitor, the last of them at that time, each answered.
  void pings_answered(Duration until, int count) {
    for (int i = count - 1; i >= 0; --i) {
      t_.at(until - i * 100ms).add(ping_sent(++signals_));
      t_.add({.kind = Event::Kind::ping_heard, .host = first, .value = signals_});
      t_.add({.kind = Event::Kind::answer_heard, .host = second, .value = signals_});
    }
  }
  static Event ping_sent(Token token) {
    return {.kind = Event::Kind::ping_sent, .host = second, .value = token};
  }
  static Note miss(std::uint32_t count) { return {.kind = Note::Kind::missed, .count = count}; }

  Scenario scenario_;
  TimelineMaker t_;
  Token signals_ = 0;
};

TEST_F(Story, HasATimeOnEachLineToTheMicrosecondBelow) {
  t_.at(1234567891ns).powered_off(first).at(3600s).up(second);
  EXPECT_EQ(told(),
            "     1.234567 s  first    is off\n"
            "  3600.000000 s  second   is up\n");
}

TEST_F(Story, EndsWithWhatBecameOfTheServers) {
  Timeline timeline = t_.ends(60s);
  timeline.ending.fates = {Fate::booting, Fate::running};
  timeline.ending.roles = {Role::arbitrating, Role::primary};
  EXPECT_EQ(story(scenario_, timeline),
            "    60.000000 s           the run ends: first is booting, second is primary\n");
}

TEST_F(Story, TellsAFailoverTurnByTurn) {
  scenario_.faults.resize(1);
  t_.settled();
  pings_answered(29900ms, 20);
  t_.at(30s).fault(0, first).powered_off(first);
  t_.at(30100ms).notes(second, miss(1)).at(30200ms).notes(second, miss(2));
  t_.declares(second, primary_address).orders(second, PowerOrder::off);
  t_.notes(
      second,
      {.kind = Note::Kind::became, .role = Role::fencing, .cause = Cause::failure_fence_first});
  t_.at(30700ms).is_told(second, FenceResult::off).releases(second, monitor_address);
  t_.notes(second,
           {.kind = Note::Kind::became, .role = Role::primary, .cause = Cause::fence_confirmed});
  t_.claims(second, primary_address).serves(second).orders(second, PowerOrder::on);
  t_.powered_on_by_channel(first);
  t_.gap({.last_answer = instant(29s),
          .first_lost_sent = instant(30010ms),
          .last_lost_sent = instant(30690ms),
          .next_answer = instant(30710ms),
          .lost = 69});
  EXPECT_EQ(
      told(),
      "     0.000000 s  first    claims the primary address\n"
      "     0.000000 s  first    serves\n"
      "     0.000000 s  second   claims the monitor address\n"
      "    29.900000 s  second   has had 20 pings answered\n"
      "    30.000000 s  first    is struck by fault 0: crash\n"
      "    30.000000 s  first    is off\n"
      "    30.010000 s  client   gets no answer from here on\n"
      "    30.100000 s  second   misses an answer from the primary address\n"
      "    30.200000 s  second   misses an answer from the primary address, 2 in a row\n"
      "    30.200000 s  second   declares the primary failed after 3 misses\n"
      "    30.200000 s  second   orders the power channel to switch first off\n"
      "    30.200000 s  second   is now fencing: The primary is silent; its role may be taken "
      "once it is surely off.\n"
      "    30.700000 s  second   hears that first is off\n"
      "    30.700000 s  second   releases the monitor address\n"
      "    30.700000 s  second   is now primary: The other is off, so nobody else answers for "
      "the primary address.\n"
      "    30.700000 s  second   claims the primary address\n"
      "    30.700000 s  second   serves\n"
      "    30.700000 s  second   orders the power channel to switch first on\n"
      "    30.700000 s  first    is switched on and boots\n"
      "    30.710000 s  client   is answered again, after 69 lost requests\n");
}

TEST_F(Story, GivesEachChangeOfRoleTheReasonOfItsRowInTheTable) {
  for (const Transition& row : transitions()) {
    TimelineMaker t;
    if (row.from != Role::arbitrating) {
      t.notes(second, {.kind = Note::Kind::became, .role = row.from, .cause = Cause::boot});
    }
    t.at(1s).notes(second, {.kind = Note::Kind::became, .role = row.to, .cause = row.cause});
    const std::string want = std::string("     1.000000 s  second   is now ") +
                             std::string(to_text(row.to)) + ": " + std::string(row.reason) + "\n";
    EXPECT_THAT(story(scenario_, t.ends(60s)), HasSubstr(want)) << to_text(row.from);
  }
}

TEST_F(Story, KnowsTheRolesOfASettledPairWithoutANote) {
  t_.settled().at(1s).notes(
      first, {.kind = Note::Kind::became, .role = Role::arbitrating, .cause = Cause::slept});
  EXPECT_THAT(told(), EndsWith("it may be primary by now.\n"));
}

TEST_F(Story, ForgetsTheRoleOfAServerThatIsOff) {
  t_.settled().at(1s).powered_off(second).at(20s);
  t_.notes(second,
           {.kind = Note::Kind::became, .role = Role::primary, .cause = Cause::probe_answered});
  EXPECT_THAT(told(), EndsWith("so the primary role is free.\n"));
}

// ---- what is passed over ----

TEST_F(Story, CountsPingsAndCopiesBetweenTwoTurns) {
  t_.at(0s).claims(second, monitor_address);
  pings_answered(3s, 20);
  t_.notes(second, {.kind = Note::Kind::copy_started});
  t_.notes(second, {.kind = Note::Kind::copy_whole});
  pings_answered(4s, 1);
  t_.at(5s).powered_off(second);
  EXPECT_EQ(told(),
            "     0.000000 s  second   claims the monitor address\n"
            "     4.000000 s  second   has had 21 pings answered, and copied the memory 1 time\n"
            "     5.000000 s  second   is off\n");
}

TEST_F(Story, CountsCopiesThoughNoPingIsAnswered) {
  t_.at(1s).notes(second, {.kind = Note::Kind::copy_whole}).at(2s).powered_off(second);
  EXPECT_EQ(told(),
            "     1.000000 s  second   has copied the memory 1 time\n"
            "     2.000000 s  second   is off\n");
}

TEST_F(Story, CountsMissesThatLeadToNothing) {
  t_.at(0s).claims(second, monitor_address);
  pings_answered(1s, 5);
  t_.at(1100ms).notes(second, miss(1)).at(1200ms).notes(second, miss(2));
  pings_answered(2s, 5);
  t_.at(3s).powered_off(first);
  EXPECT_EQ(told(),
            "     0.000000 s  second   claims the monitor address\n"
            "     2.000000 s  second   has had 10 pings answered and missed 2\n"
            "     3.000000 s  first    is off\n");
}

TEST_F(Story, TellsOnlyTheLastOfTheMissesBeforeWhatAnotherDoes) {
  for (std::uint32_t i = 1; i <= 12; ++i) t_.at(i * 100ms).notes(second, miss(i));
  t_.at(20s).up(first);
  EXPECT_EQ(told(),
            "     1.200000 s  second   misses an answer from the primary address, 12 in a row\n"
            "    20.000000 s  first    is up\n");
}

TEST_F(Story, TellsAProbeAndItsAnswerEvenSo) {
  t_.at(1s).add(ping_sent(7)).add({.kind = Event::Kind::ping_heard, .host = first, .value = 7});
  t_.add({.kind = Event::Kind::answer_heard, .host = second, .value = 7});
  EXPECT_EQ(told(),
            "     1.000000 s  second   sends a probe to the primary address\n"
            "     1.000000 s  first    answers a probe\n"
            "     1.000000 s  second   hears the answer to a probe\n");
}

TEST_F(Story, SumsUpGapsThatAreNoTurn) {
  t_.gap({.first_lost_sent = instant(1s), .next_answer = instant(1020ms), .lost = 2});
  t_.gap({.first_lost_sent = instant(2s), .next_answer = instant(2010ms), .lost = 1});
  EXPECT_EQ(told(), "    60.000000 s  client   has lost 3 requests in gaps shorter than 100ms\n");
  EXPECT_THAT(told(Telling::everything), HasSubstr("     2.000000 s  client   gets no answer"));
}

TEST_F(Story, LeavesAGapOpenThatDoesNotEnd) {
  t_.gap({.first_lost_sent = instant(59990ms), .lost = 1});
  EXPECT_EQ(told(), "    59.990000 s  client   gets no answer from here on\n");
}

TEST_F(Story, NumbersTheSignalsIfEverythingIsTold) {
  t_.at(1s).add(ping_sent(0xfeed));
  t_.settled().at(2s).add(ping_sent(0xcafe));
  t_.add({.kind = Event::Kind::ping_heard, .host = first, .value = 0xcafe});
  t_.add({.kind = Event::Kind::answer_heard, .host = second, .value = 0xcafe});
  const std::string text = told(Telling::everything);
  EXPECT_THAT(text, HasSubstr("     1.000000 s  second   sends probe 1 to the primary address\n"));
  EXPECT_THAT(text, HasSubstr("     2.000000 s  second   sends ping 2 to the primary address\n"
                              "     2.000000 s  first    answers ping 2\n"
                              "     2.000000 s  second   hears the answer to ping 2\n"));
}

// ---- the words ----

TEST_F(Story, HasWordsForEachFact) {
  using Kind = Event::Kind;
  const auto fact = [&](Event event) {
    event.host = second;
    return line(event);
  };
  EXPECT_EQ(fact({.kind = Kind::claimed, .address = monitor_address}),
            "claims the monitor address");
  EXPECT_EQ(fact({.kind = Kind::released}), "releases the primary address");
  EXPECT_EQ(fact({.kind = Kind::serving}), "serves");
  EXPECT_EQ(fact({.kind = Kind::resting}), "no longer serves");
  EXPECT_EQ(fact({.kind = Kind::powered_off}), "is off");
  EXPECT_EQ(fact({.kind = Kind::powered_on}), "has power and boots");
  EXPECT_EQ(fact({.kind = Kind::powered_on, .by_channel = true}), "is switched on and boots");
  EXPECT_EQ(fact({.kind = Kind::up}), "is up");
  EXPECT_EQ(fact({.kind = Kind::ordered, .order = PowerOrder::on}),
            "orders the power channel to switch first on");
  EXPECT_EQ(fact({.kind = Kind::ordered, .order = PowerOrder::reboot}),
            "orders the power channel to reboot first");
  EXPECT_EQ(fact({.kind = Kind::reported, .result = FenceResult::on}),
            "hears that first has power again");
  EXPECT_EQ(fact({.kind = Kind::reported, .result = FenceResult::refused}),
            "hears that the power channel refuses");
  EXPECT_EQ(fact({.kind = Kind::announcement_sent}), "announces the primary address");
  EXPECT_EQ(fact({.kind = Kind::message_sent}), "sends a message to first");
  EXPECT_EQ(fact({.kind = Kind::copy_begun, .value = 42}), "is sent the memory with 42 writes");
}

TEST_F(Story, HasWordsForEachNote) {
  using Kind = Note::Kind;
  EXPECT_EQ(line(Note{.kind = Kind::missed, .address = Address::monitor, .count = 1}),
            "misses an answer from the monitor address");
  EXPECT_EQ(line(Note{.kind = Kind::declared_failure, .address = Address::monitor, .count = 1}),
            "declares the monitor failed after 1 miss");
  EXPECT_EQ(line(Note{.kind = Kind::held_fire, .hold = Hold::maintenance}),
            "declares nothing: maintenance");
  EXPECT_EQ(line(Note{.kind = Kind::conflict_won}),
            "keeps the primary address, which another server holds too");
  EXPECT_EQ(line(Note{.kind = Kind::slept}), "was asleep");
  EXPECT_EQ(line(Note{.kind = Kind::copy_started}), "starts to copy the memory");
  EXPECT_EQ(line(Note{.kind = Kind::copy_whole}), "has a whole copy of the memory");
  EXPECT_EQ(line(Note{.kind = Kind::copy_failed}), "gets no whole copy of the memory");
  EXPECT_EQ(line(Note{.kind = Kind::newer_memory}),
            "takes the memory of the other, which is newer");
}

TEST_F(Story, TellsOfSidesAndOfWhatAFaultDoes) {
  const auto told_of = [&](const Fault& fault, const Struck& struck) {
    scenario_.faults = {fault};
    const std::string text =
        story(scenario_, TimelineMaker()
                             .at(30s)
                             .add({.kind = Event::Kind::fault_began, .struck = struck})
                             .ends(60s));
    return text.substr(17, text.find('\n') - 17);
  };
  Fault fault;
  become(fault, FaultKind::partition);
  EXPECT_EQ(told_of(fault, {{Host::first}, {Host::second, Host::client}}),
            "network  is struck by fault 0: partition between first <-> second and client");
  fault.ways = Ways::one;
  EXPECT_EQ(told_of(fault, {{Host::first}, {Host::second}}),
            "network  is struck by fault 0: partition between first -> second");
  fault = {};
  become(fault, FaultKind::loss);
  fault.burst_begins = 0.1;
  EXPECT_EQ(told_of(fault, {}),
            "network  is struck by fault 0: loss of packets with probability 0, in bursts with "
            "probability 1");
  fault = {};
  become(fault, FaultKind::clock_rate);
  EXPECT_EQ(told_of(fault, {{Host::first}, {}}),
            "first    is struck by fault 0: clock-rate, 1.01 times as fast");
  fault = {};
  become(fault, FaultKind::power_failure);
  EXPECT_EQ(told_of(fault, {{Host::first}, {}}),
            "first    is struck by fault 0: power-failure, orders are refused");
  fault.answer = PowerAnswer::silence;
  fault.target = FaultTarget::pair;
  EXPECT_EQ(told_of(fault, {{Host::first, Host::second}, {}}),
            "pair     is struck by fault 0: power-failure, orders are not heard of again");
  fault = {};
  become(fault, FaultKind::congestion);
  EXPECT_EQ(told_of(fault, {}), "network  is struck by fault 0: congestion with load 1.2");
  fault = {};
  become(fault, FaultKind::switchover);
  EXPECT_EQ(told_of(fault, {{Host::first}, {}}),
            "first    is asked by its operator for a switchover");
}

TEST_F(Story, TellsThatAServerStandsStillAndGoesOn) {
  t_.at(1s).freezes(first).at(2s).thaws(first);
  EXPECT_EQ(told(),
            "     1.000000 s  first    stands still\n"
            "     2.000000 s  first    goes on\n");
}

TEST_F(Story, TellsWhomAFaultStrikesAndWhenItIsOver) {
  scenario_.faults.resize(2);
  scenario_.faults[1].kind = FaultKind::loss;
  scenario_.faults[1].target = FaultTarget::network;
  scenario_.faults[1].probability = 0.25;
  t_.at(1s).fault(0, second).at(2s).fault_ends(0, second).at(3s).fault(1).at(4s).fault_ends(1);
  EXPECT_EQ(
      told(),
      "     1.000000 s  second   is struck by fault 0: crash\n"
      "     2.000000 s  second   has fault 0 behind it\n"
      "     3.000000 s  network  is struck by fault 1: loss of packets with probability 0.25\n"
      "     4.000000 s  network  has fault 1 behind it\n");
}

TEST_F(Story, OfAQuietRunIsItsEnd) {
  EXPECT_EQ(told(), "");
  EXPECT_THAT(story(scenario_, t_.ends(60s)), Not(HasSubstr("client")));
}

}  // namespace
}  // namespace understudy
