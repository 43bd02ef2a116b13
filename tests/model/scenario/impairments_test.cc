// SPDX-License-Identifier: MIT
#include "understudy/scenario/impairments.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <vector>

#include "understudy/scenario/power_faults.h"

namespace understudy {
namespace {

using namespace std::chrono_literals;
using Member = Side::Member;
using Verdict = Impairments::Verdict;

constexpr Run run_17{.seed = 1, .number = 17};
constexpr Path ping{.from = Host::second, .to = Host::first, .kind = PacketKind::ping};
constexpr Path answer{.from = Host::first, .to = Host::second, .kind = PacketKind::answer};
constexpr Path request{.from = Host::client, .to = Host::first, .kind = PacketKind::request};

Fault fault_of(FaultKind kind) {
  Fault fault;
  become(fault, kind);
  return fault;
}

Impairments with(const std::vector<Fault>& faults) {
  Impairments impairments(Topology{}, run_17);
  for (std::size_t i = 0; i < faults.size(); ++i) {
    impairments.begin(i, faults[i],
                      struck_by(faults[i], Topology{},
                                {.primary = ServerId::first, .monitor = ServerId::second}));
  }
  return impairments;
}

constexpr int many = 100'000;

double lost_part(Impairments impairments, const Path& path) {
  int lost = 0;
  for (int i = 0; i < many; ++i) lost += impairments.judge(path).copies == 0 ? 1 : 0;
  return static_cast<double>(lost) / many;
}

double tolerance(double p) { return 4.0 * std::sqrt(p * (1.0 - p) / many); }

TEST(Impairments, WithoutAFaultEverythingGetsThrough) {
  Impairments none = with({});
  EXPECT_TRUE(none.none());
  EXPECT_EQ(none.judge(ping), Verdict{});
}

TEST(Impairments, EndWithTheirFault) {
  Impairments impairments = with({fault_of(FaultKind::switch_failure)});
  EXPECT_EQ(impairments.judge(ping).copies, 0);
  impairments.end(0);
  EXPECT_TRUE(impairments.none());
  EXPECT_EQ(impairments.judge(ping), Verdict{});
}

TEST(Impairments, OfAServerOrThePowerChannelDoNothingToPackets) {
  EXPECT_TRUE(with({fault_of(FaultKind::crash), fault_of(FaultKind::power_delay)}).none());
}

TEST(Impairments, APartitionCutsTheDirectionsBetweenItsSides) {
  Fault partition = fault_of(FaultKind::partition);
  partition.from = {Member::primary};
  partition.to = {Member::second};
  const Impairments both = with({partition});
  EXPECT_TRUE(both.cut(Host::first, Host::second));
  EXPECT_TRUE(both.cut(Host::second, Host::first));
  EXPECT_FALSE(both.cut(Host::client, Host::first));
  partition.ways = Ways::one;
  Impairments one = with({partition});
  EXPECT_TRUE(one.cut(Host::first, Host::second));
  EXPECT_FALSE(one.cut(Host::second, Host::first));
  EXPECT_EQ(one.judge(ping), Verdict{});
  EXPECT_EQ(one.judge(answer).copies, 0);
}

TEST(Impairments, ASideThatIsNotNamedIsTheRest) {
  Fault partition = fault_of(FaultKind::partition);
  partition.to = {Member::client};
  const Impairments impairments = with({partition});
  for (const Host host : {Host::first, Host::second, Host::witness}) {
    EXPECT_TRUE(impairments.cut(host, Host::client));
    EXPECT_TRUE(impairments.cut(Host::client, host));
  }
  EXPECT_FALSE(impairments.cut(Host::first, Host::second));
}

TEST(Impairments, ALinkThatIsDownCutsItsHostFromAll) {
  Fault down = fault_of(FaultKind::link_down);
  down.target = FaultTarget::second;
  const Impairments impairments = with({down});
  EXPECT_TRUE(impairments.cut(Host::second, Host::witness));
  EXPECT_TRUE(impairments.cut(Host::client, Host::second));
  EXPECT_FALSE(impairments.cut(Host::client, Host::first));
}

TEST(Impairments, LossesThatStrikeAtOnceAreIndependent) {
  Fault loss = fault_of(FaultKind::loss);
  loss.probability = 0.1;
  Fault corrupt = fault_of(FaultKind::corrupt);
  corrupt.probability = 0.2;
  corrupt.from = {Member::client};
  EXPECT_NEAR(lost_part(with({loss, corrupt}), ping), 0.1, tolerance(0.1));
  EXPECT_NEAR(lost_part(with({loss, corrupt}), request), 0.28, tolerance(0.28));
}

TEST(Impairments, AFaultDoesNotMoveWhatOthersDraw) {
  Fault loss = fault_of(FaultKind::loss);
  loss.probability = 0.3;
  Fault jitter = fault_of(FaultKind::jitter);
  jitter.delay = Exponential{1ms};
  Impairments alone = with({loss});
  Impairments together = with({loss, jitter});
  for (int i = 0; i < 1000; ++i) {
    ASSERT_EQ(alone.judge(ping).copies, together.judge(ping).copies);
  }
}

// Mean length of a burst 1/b, and the part of the time a/(a+b) that is bad.
TEST(Impairments, BurstsAreGilbertsAndElliotts) {
  constexpr double a = 0.05;
  constexpr double b = 0.25;
  Fault loss = fault_of(FaultKind::loss);
  loss.burst_begins = a;
  loss.burst_ends = b;
  Impairments impairments = with({loss});
  int bursts = 0;
  int lost = 0;
  bool before = false;
  for (int i = 0; i < many; ++i) {
    const bool now = impairments.judge(ping).copies == 0;
    lost += now ? 1 : 0;
    bursts += now && !before ? 1 : 0;
    before = now;
  }
  // Lengths are geometric with variance (1-b)/b^2.
  EXPECT_NEAR(static_cast<double>(lost) / bursts, 1 / b,
              4.0 * std::sqrt((1 - b) / (b * b) / bursts));
  // The mean of a two-state chain has variance π(1-π)(1+r)/(1-r)/n, r = 1-a-b.
  const double bad = a / (a + b);
  const double r = 1 - a - b;
  EXPECT_NEAR(static_cast<double>(lost) / many, bad, tolerance(bad) * std::sqrt((1 + r) / (1 - r)));

  loss.probability = 0.1;
  loss.burst_probability = 0.5;
  const double mixed = bad * 0.5 + (1 - bad) * 0.1;
  EXPECT_NEAR(lost_part(with({loss}), ping), mixed, tolerance(mixed) * 2);
}

TEST(Impairments, EachPathHasAChannelOfItsOwnThatBeginsGood) {
  Fault loss = fault_of(FaultKind::loss);
  loss.burst_begins = 1.0;
  loss.burst_ends = 1.0;  // bad, good, bad, good ...
  Impairments impairments = with({loss});
  EXPECT_EQ(impairments.judge(ping).copies, 0);
  EXPECT_EQ(impairments.judge(answer).copies, 0);
  EXPECT_EQ(impairments.judge(ping).copies, 1);
  impairments.end(0);
  impairments.begin(0, loss, struck_by(loss, Topology{}, {}));
  EXPECT_EQ(impairments.judge(ping).copies, 0);
}

TEST(Impairments, ADelayIsDrawnOnceAnOccurrence) {
  Fault delay = fault_of(FaultKind::delay);
  delay.delay = Uniform{1ms, 2ms};
  Impairments impairments = with({delay});
  const Duration first = impairments.judge(ping).delay;
  EXPECT_EQ(impairments.judge(ping).delay, first);
  EXPECT_EQ(impairments.judge(request).delay, first);
  EXPECT_EQ(impairments.mean_delay(Host::client, Host::first), first);
  impairments.end(0);
  impairments.begin(0, delay, struck_by(delay, Topology{}, {}));
  EXPECT_NE(impairments.judge(ping).delay, first);
}

TEST(Impairments, JitterIsDrawnForEachPacket) {
  Fault jitter = fault_of(FaultKind::jitter);
  jitter.delay = Exponential{10ms};
  Impairments impairments = with({jitter});
  double sum_ms = 0.0;
  for (int i = 0; i < many; ++i) {
    sum_ms += static_cast<double>(impairments.judge(ping).delay.count()) * 1e-6;
  }
  EXPECT_NEAR(sum_ms / many, 10.0, 4.0 * 10.0 / std::sqrt(many));
  EXPECT_EQ(impairments.mean_delay(Host::second, Host::first), 10ms);
}

TEST(Impairments, WhatASlowServerSendsIsLaterAndWhatItGetsIsNot) {
  Fault slow = fault_of(FaultKind::slow);
  slow.target = FaultTarget::first;
  slow.delay = Distribution(7ms);
  Impairments impairments = with({slow});
  EXPECT_EQ(impairments.judge(answer).delay, 7ms);
  EXPECT_EQ(impairments.judge(ping).delay, 0ms);
}

TEST(Impairments, SomePacketsAreHeldBackOrDuplicated) {
  Fault reorder = fault_of(FaultKind::reorder);
  reorder.probability = 0.2;
  reorder.delay = Distribution(3ms);
  Fault duplicate = fault_of(FaultKind::duplicate);
  duplicate.probability = 0.4;
  Impairments impairments = with({reorder, duplicate});
  int held_back = 0;
  int twice = 0;
  for (int i = 0; i < many; ++i) {
    const Verdict verdict = impairments.judge(ping);
    ASSERT_TRUE(verdict.delay == 0ms || verdict.delay == 3ms);
    held_back += verdict.delay == 3ms ? 1 : 0;
    ASSERT_TRUE(verdict.copies == 1 || verdict.copies == 2);
    twice += verdict.copies == 2 ? 1 : 0;
  }
  EXPECT_NEAR(static_cast<double>(held_back) / many, 0.2, tolerance(0.2));
  EXPECT_NEAR(static_cast<double>(twice) / many, 0.4, tolerance(0.4));
}

// Kleinrock's M/M/1/K, with room for K packets, at loads below, at and above 1: the part that is
// lost, and the mean number of packets ahead of those that are not.
TEST(Impairments, ACongestedQueueIsKleinrocks) {
  for (const double load : {0.0, 0.5, 0.95, 1.0, 1.3, 20.0}) {
    constexpr std::uint32_t room = 12;
    std::vector<double> p(room + 1);
    double sum = 0.0;
    for (std::uint32_t n = 0; n <= room; ++n) sum += p[n] = std::pow(load, n);
    double ahead = 0.0;
    for (std::uint32_t n = 0; n <= room; ++n) p[n] /= sum;
    for (std::uint32_t n = 0; n < room; ++n) ahead += n * p[n] / (1 - p[room]);

    Fault congestion = fault_of(FaultKind::congestion);
    congestion.load = load;
    congestion.queue = room;
    Impairments impairments = with({congestion});
    int lost = 0;
    double waited = 0.0;
    for (int i = 0; i < many; ++i) {
      const Verdict verdict = impairments.judge(ping);
      lost += verdict.copies == 0 ? 1 : 0;
      if (verdict.copies == 1) waited += static_cast<double>(verdict.delay.count()) / 12'000;
    }
    EXPECT_NEAR(static_cast<double>(lost) / many, p[room], tolerance(p[room]) + 1e-12) << load;
    const double kept = many - lost;
    EXPECT_NEAR(waited / kept, ahead, 4.0 * room / 2 / std::sqrt(kept)) << load;
  }
}

// ---- the power channel --------------------------------------------------------------------------

TEST(PowerFaults, ConcernOrdersAboutTheirTarget) {
  PowerFaults faults(run_17);
  const Fault refusing = fault_of(FaultKind::power_failure);
  faults.begin(0, refusing, {Host::first});
  EXPECT_EQ(faults.next(ServerId::second).failure, PowerAnswer::refusal);
  EXPECT_EQ(faults.next(ServerId::first).failure, std::nullopt);
  faults.end(0);
  EXPECT_EQ(faults.next(ServerId::second).failure, std::nullopt);
}

TEST(PowerFaults, SilenceIsDeeperThanARefusal) {
  PowerFaults faults(run_17);
  Fault failure = fault_of(FaultKind::power_failure);
  faults.begin(0, failure, {Host::first});
  failure.answer = PowerAnswer::silence;
  faults.begin(1, failure, {Host::first});
  faults.begin(2, fault_of(FaultKind::power_failure), {Host::first});
  EXPECT_EQ(faults.next(ServerId::second).failure, PowerAnswer::silence);
}

TEST(PowerFaults, DelaysAddUpAndAreDrawnForEachOrder) {
  PowerFaults faults(run_17);
  Fault slow = fault_of(FaultKind::slow);
  slow.delay = Distribution(1s);
  Fault later = fault_of(FaultKind::power_delay);
  later.delay = Uniform{10s, 20s};
  faults.begin(0, slow, {Host::second});
  faults.begin(1, later, {Host::first});
  const Duration first = faults.next(ServerId::second).later;
  const Duration second = faults.next(ServerId::second).later;
  EXPECT_GE(first, 11s);
  EXPECT_LE(first, 21s);
  EXPECT_NE(first, second);
  EXPECT_EQ(faults.next(ServerId::first).later, 0s);
}

// ---- tilted -------------------------------------------------------------------------------------

constexpr Impairments::Tilt tilt{
    .monitor = Host::second, .primary = Host::first, .ping = 0.5, .answer = 0.9};

Impairments tilted(Impairments impairments) {
  impairments.tilt(tilt);
  return impairments;
}

// Independent samples: the packets of a few pings, one after the other, each from a branch.
struct Weighed {
  double total = 0.0;  // mean likelihood ratio
  double all_lost = 0.0;
  double error = 0.0;  // of the latter
};
Weighed weigh(const Impairments& impairments, int packets) {
  double sum = 0.0;
  double lost_sum = 0.0;
  double squares = 0.0;
  for (int i = 0; i < many; ++i) {
    Impairments sample = impairments;
    sample.branch(static_cast<std::uint64_t>(i));
    bool all_lost = true;
    for (int n = 0; n < packets; ++n) all_lost &= sample.judge(ping).copies == 0;
    const double ratio = std::exp(sample.log_likelihood());
    sum += ratio;
    if (!all_lost) continue;
    lost_sum += ratio;
    squares += ratio * ratio;
  }
  const double mean = lost_sum / many;
  return {.total = sum / many,
          .all_lost = mean,
          .error = std::sqrt((squares / many - mean * mean) / many)};
}

TEST(Impairments, ATiltMakesLossesLikelierAndKeepsTheirProbabilityByItsRatio) {
  Fault loss = fault_of(FaultKind::loss);
  loss.probability = 0.01;
  Fault damage = fault_of(FaultKind::corrupt);
  damage.probability = 0.02;
  const Impairments tilted_pings = tilted(with({loss, damage}));
  const double p = 1.0 - 0.99 * 0.98;
  EXPECT_NEAR(lost_part(tilted_pings, ping), 0.5, tolerance(0.5));
  EXPECT_NEAR(lost_part(tilted_pings, answer), 0.9, tolerance(0.9));
  EXPECT_NEAR(lost_part(tilted_pings, request), p, tolerance(p));
  const Weighed weighed = weigh(tilted_pings, 4);
  EXPECT_NEAR(weighed.total, 1.0, 0.05);
  EXPECT_NEAR(weighed.all_lost, std::pow(p, 4), 4.0 * weighed.error);
  EXPECT_LT(weighed.error, 0.02 * std::pow(p, 4));  // of one in a million
}

TEST(Impairments, ATiltMakesBurstsBeginMoreAndEndLess) {
  Fault bursts = fault_of(FaultKind::loss);
  bursts.burst_begins = 0.01;
  bursts.burst_ends = 0.8;
  const Weighed weighed = weigh(tilted(with({bursts})), 4);
  const double exact = 0.01 * std::pow(0.2, 3);
  EXPECT_NEAR(weighed.total, 1.0, 0.05);
  EXPECT_NEAR(weighed.all_lost, exact, 4.0 * weighed.error);
  EXPECT_LT(weighed.error, 0.02 * exact);
}

TEST(Impairments, ATiltLeavesWhatIsCertainOrLikelierAsItIs) {
  for (const double probability : {0.0, 0.7, 1.0}) {
    Fault loss = fault_of(FaultKind::loss);
    loss.probability = probability;
    Impairments plain = with({loss});
    Impairments tilted_too = tilted(plain);
    for (int i = 0; i < 1000; ++i) EXPECT_EQ(tilted_too.judge(ping), plain.judge(ping));
    EXPECT_EQ(tilted_too.log_likelihood(), 0.0);
  }
}

}  // namespace
}  // namespace understudy
