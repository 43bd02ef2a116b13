// SPDX-License-Identifier: MIT
#include "understudy/failover/detector.h"

#include <gtest/gtest.h>

#include <cmath>
#include <type_traits>
#include <vector>

#include "understudy/failover/derive.h"

namespace understudy {
namespace {

using namespace std::chrono_literals;

Config config(DetectorKind kind) {
  PairSettings said;
  said.detector = kind;
  said.ping_interval = 100ms;
  said.ping_timeout = 50ms;
  said.chen_margin = 20ms;
  said.phi_threshold = 8.0;
  return derive(said);
}

Detector taught(const Config& by, const std::vector<Duration>& round_trips) {
  Detector detector;
  for (const Duration round_trip : round_trips) detector.answered(by, round_trip);
  return detector;
}

static_assert(std::is_trivially_copyable_v<Detector>);

// ---- fixed

TEST(FixedDetector, WaitsThePingTimeoutWhateverItHasSeen) {
  const Config fixed = config(DetectorKind::fixed);
  EXPECT_EQ(Detector().patience(fixed), 50ms);
  EXPECT_EQ(taught(fixed, std::vector<Duration>(100, 1ms)).patience(fixed), 50ms);
}

TEST(FixedDetector, LearnsNothing) {
  const Config fixed = config(DetectorKind::fixed);
  EXPECT_EQ(taught(fixed, std::vector<Duration>(100, 1ms)), Detector());
}

// ---- both that learn

class AdaptiveDetector : public testing::TestWithParam<DetectorKind> {};

TEST_P(AdaptiveDetector, WaitsAsFixedUntilItHasSeenFourAnswers) {
  const Config c = config(GetParam());
  EXPECT_EQ(taught(c, {1ms, 1ms, 1ms}).patience(c), 50ms);
  EXPECT_LT(taught(c, {1ms, 1ms, 1ms, 1ms}).patience(c), 50ms);
}

TEST_P(AdaptiveDetector, WaitsNoLongerThanThePingInterval) {
  const Config c = config(GetParam());
  EXPECT_EQ(taught(c, std::vector<Duration>(10, 90ms)).patience(c), 100ms);
}

TEST_P(AdaptiveDetector, ForgetsWhatIsOlderThanItsWindow) {
  const Config c = config(GetParam());
  std::vector<Duration> round_trips(20, 80ms);
  round_trips.insert(round_trips.end(), Detector::window - 1, 2ms);
  Detector detector = taught(c, round_trips);
  const Duration with_one_old = detector.patience(c);
  detector.answered(c, 2ms);
  EXPECT_LT(detector.patience(c), with_one_old);
  EXPECT_EQ(detector.patience(c), taught(c, std::vector<Duration>(10, 2ms)).patience(c));
}

TEST_P(AdaptiveDetector, IsAValue) {
  const Config c = config(GetParam());
  const Detector one = taught(c, {1ms, 2ms, 3ms, 4ms});
  Detector two = one;
  EXPECT_EQ(one, two);
  two.answered(c, 1ms);
  EXPECT_NE(one, two);
}

INSTANTIATE_TEST_SUITE_P(Both, AdaptiveDetector,
                         testing::Values(DetectorKind::chen, DetectorKind::phi),
                         [](const auto& kind) {
                           return kind.param == DetectorKind::chen ? "chen" : "phi";
                         });

// ---- chen

// Chen, Toueg, Aguilera (2002), NFD-E: the mean, and the margin.
TEST(ChenDetector, WaitsTheMeanAndAMargin) {
  const Config chen = config(DetectorKind::chen);
  EXPECT_EQ(taught(chen, {1ms, 2ms, 3ms, 6ms}).patience(chen), 23ms);
  EXPECT_EQ(taught(chen, {4ms, 4ms, 4ms, 4ms}).patience(chen), 24ms);
}

// ---- phi

// Hayashibara et al. (2004): with normal times the level Phi is reached z deviations after the
// mean, where a normal variable is later with probability 10^-Phi.
TEST(PhiDetector, KnowsTheQuantilesOfTheNormalDistribution) {
  const struct {
    double phi;
    double z;
  } rows[] = {{1, 1.2816}, {2, 2.3263}, {3, 3.0902}, {5, 4.2649}, {8, 5.6120}, {12, 7.0345}};
  for (const auto& [phi, z] : rows) {
    EXPECT_NEAR(phi_to_deviations(phi), z, 5e-5) << phi;
    EXPECT_NEAR(0.5 * std::erfc(phi_to_deviations(phi) / std::sqrt(2.0)) / std::pow(10.0, -phi), 1,
                1e-9);
  }
}

TEST(PhiDetector, WaitsTheMeanAndAsManyDeviationsAsTheThresholdAsksFor) {
  // Mean 10 ms, sample deviation 2 ms: squares 4 + 4 + 4 + 4 + 0, over n - 1 = 4.
  const std::vector<Duration> round_trips = {8ms, 12ms, 8ms, 12ms, 10ms};
  Config phi = config(DetectorKind::phi);
  for (const double threshold : {3.0, 5.0, 8.0}) {
    phi.phi_threshold = threshold;
    const double expected_ns = 10e6 + phi_to_deviations(threshold) * 2e6;
    EXPECT_NEAR(static_cast<double>(taught(phi, round_trips).patience(phi).count()), expected_ns,
                1.0);
  }
}

TEST(PhiDetector, LeavesAnswersThatNeverVaryHalfAsMuchAgain) {
  const Config phi = config(DetectorKind::phi);
  EXPECT_EQ(taught(phi, {4ms, 4ms, 4ms, 4ms}).patience(phi), 6ms);
}

TEST(PhiDetector, IsMorePatientTheMoreAnswersVary) {
  const Config phi = config(DetectorKind::phi);
  EXPECT_LT(taught(phi, {9ms, 11ms, 9ms, 11ms}).patience(phi),
            taught(phi, {7ms, 13ms, 7ms, 13ms}).patience(phi));
}

TEST(PhiDetector, WaitsAPingIntervalAfterAnswersThatTookYears) {
  const Config phi = config(DetectorKind::phi);
  EXPECT_EQ(taught(phi, {1ms, 876'000h, 1ms, 876'000h}).patience(phi), phi.ping_interval);
}

TEST(AnyDetector, IsNotTaughtImpatienceByAnAnswerFromBeforeItsPing) {
  for (const DetectorKind kind : {DetectorKind::chen, DetectorKind::phi}) {
    const Config c = config(kind);
    EXPECT_EQ(taught(c, {-1h, -1h, 4ms, 4ms}).patience(c),
              taught(c, {0ms, 0ms, 4ms, 4ms}).patience(c));
  }
}

}  // namespace
}  // namespace understudy
