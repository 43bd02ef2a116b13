// SPDX-License-Identifier: MIT
#include "understudy/scenario/checks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "understudy/scenario/bad_input.h"
#include "understudy/scenario/faults.h"
#include "understudy/scenario/words.h"

namespace understudy {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string first_error(const Scenario& scenario) {
  try {
    check(scenario);
  } catch (const BadInput& mistake) {
    return mistake.what();
  }
  return "none";
}

std::string config_error(const Scenario& scenario) {
  try {
    static_cast<void>(scenario.config());
  } catch (const BadInput& mistake) {
    return mistake.what();
  }
  return "none";
}

TEST(Checks, AQuietPairIsInOrder) { EXPECT_THAT(findings({}), IsEmpty()); }

TEST(Checks, ADerivedSideNamesWhereItComesFrom) {
  Scenario scenario;
  scenario.server.boot_time = 850ms;
  const std::string expected =
      "pair.boot_min (850ms) must exceed misses * ping_interval + ping_timeout + fence_max "
      "(850ms); boot_min follows from server.boot_time, fence_max follows from power.latency";
  EXPECT_EQ(first_error(scenario), expected);
  EXPECT_EQ(config_error(scenario), expected);
  EXPECT_THAT(findings(scenario).front().keys,
              ElementsAre("pair.boot_min", "server.boot_time", "pair.misses", "pair.ping_interval",
                          "pair.ping_timeout", "pair.fence_max", "power.latency"));
}

TEST(Checks, WarningsDoNotStopAnything) {
  Scenario scenario;
  scenario.pair.startup_grace = 11s;
  EXPECT_EQ(first_error(scenario), "none");
  EXPECT_EQ(config_error(scenario), "none");
  EXPECT_THAT(warnings(scenario),
              ElementsAre("pair.startup_grace (11s) must be at least boot_max + probes * "
                          "probe_timeout + ping_interval + ping_timeout (28.75s); boot_max follows "
                          "from server.boot_time"));
}

TEST(Checks, ATimeoutBelowTheRoundTripIsWarnedOf) {
  Scenario scenario;
  scenario.topology.delay = Uniform{1ms, 25ms};
  EXPECT_THAT(warnings(scenario),
              ElementsAre("pair.ping_timeout (50ms) must exceed 2 topology.delay (50ms), the worst "
                          "round trip"));
  scenario.topology.delay = Uniform{1ms, 24'999us};
  EXPECT_THAT(warnings(scenario), IsEmpty());
}

TEST(Checks, TheWorstRoundTripOfAWanIsFromSiteToSite) {
  Scenario scenario;
  scenario.topology.kind = TopologyKind::wan;
  scenario.topology.delay = 1ms;
  scenario.topology.wan_delay = Uniform{5ms, 20ms};
  EXPECT_THAT(warnings(scenario), IsEmpty());
  scenario.topology.wan_delay_back = Distribution(28ms);
  EXPECT_THAT(warnings(scenario),
              ElementsAre("pair.ping_timeout (50ms) must exceed 2 topology.delay + "
                          "topology.wan_delay + topology.wan_delay_back (50ms), the worst round "
                          "trip"));
}

TEST(Checks, AMonitorMoreHastyThanTheBondsIsWarnedOf) {
  Scenario scenario;
  scenario.topology.kind = TopologyKind::dual_switch;
  scenario.topology.failover_delay = Uniform{0s, 249ms};
  EXPECT_THAT(warnings(scenario), IsEmpty());
  scenario.topology.failover_delay = 250ms;
  EXPECT_THAT(warnings(scenario),
              ElementsAre("topology.failover_delay (250ms) must be less than (misses - 1) * "
                          "ping_interval + ping_timeout (250ms), or a dead switch is taken for a "
                          "dead server"));
}

TEST(Checks, AFaultMustStrikeWhatTheTopologyHas) {
  const auto error_of = [](TopologyKind kind, FaultKind fault, FaultTarget target) {
    Scenario scenario;
    scenario.topology.kind = kind;
    scenario.faults.push_back({.kind = fault, .target = target});
    return first_error(scenario);
  };
  using enum FaultKind;
  EXPECT_EQ(error_of(TopologyKind::dual_switch, switch_failure, FaultTarget::switch_a), "none");
  EXPECT_EQ(error_of(TopologyKind::dual_switch, link_down, FaultTarget::uplink), "none");
  EXPECT_EQ(error_of(TopologyKind::wan, switch_failure, FaultTarget::switch_b), "none");
  EXPECT_EQ(error_of(TopologyKind::wan, link_down, FaultTarget::wan), "none");
  EXPECT_EQ(error_of(TopologyKind::routed, switch_failure, FaultTarget::switch_a),
            "fault.0.target: a topology of kind \"routed\" has no \"switch-a\"; write network");
  EXPECT_EQ(error_of(TopologyKind::wan, link_down, FaultTarget::uplink),
            "fault.0.target: a topology of kind \"wan\" has no \"uplink\"; write primary, "
            "monitor, first, second, pair, client, witness or wan");
}

TEST(Checks, AHandoverNeedsMoreThanARoundTrip) {
  Scenario scenario;
  scenario.topology.delay = 40ms;
  scenario.pair.handover_timeout = 80ms;
  EXPECT_EQ(
      first_error(scenario),
      "pair.handover_timeout (80ms) must exceed 2 topology.delay (80ms), the worst round trip");
}

TEST(Checks, TheOriginalMethodIsExempt) {
  Scenario scenario;
  scenario.pair.method = Method::original;
  scenario.topology.delay = 1s;
  scenario.server.boot_time = 1ms;
  EXPECT_THAT(findings(scenario), IsEmpty());
}

TEST(Checks, AFaultMustBeginBeforeTheEnd) {
  Scenario scenario;
  scenario.faults.push_back({.at = Uniform{59s, 70s}});
  EXPECT_EQ(first_error(scenario), "none");
  scenario.faults.push_back({.at = Uniform{60s, 70s}});
  EXPECT_EQ(first_error(scenario),
            "fault.1.at: 60s at the earliest is not before the run's end; write less than "
            "run.duration (60s) or lengthen that");
}

TEST(Checks, AFaultMustStrikeWhatItsKindCan) {
  Scenario scenario;
  scenario.faults.push_back({.kind = FaultKind::loss, .target = FaultTarget::first});
  EXPECT_EQ(first_error(scenario),
            "fault.0.target: \"first\" cannot be struck by kind \"loss\"; write network");
}

TEST(Checks, FaultsAreNotWithoutNumber) {
  Scenario scenario;
  scenario.faults.resize(1000);
  EXPECT_EQ(first_error(scenario), "none");
  scenario.faults.resize(1001);
  EXPECT_EQ(first_error(scenario), "fault: there are 1001; write at most 1000");
}

TEST(Faults, EveryKindHasATargetByDefault) {
  for (const auto& kind : words<FaultKind>) {
    ASSERT_FALSE(targets_of(kind.value).empty());
    Fault fault;
    become(fault, kind.value);
    EXPECT_TRUE(can_strike(kind.value, fault.target));
  }
}

TEST(Faults, KeepTheirTargetIfTheNewKindCanStrikeIt) {
  Fault fault{.target = FaultTarget::second};
  become(fault, FaultKind::crash);
  EXPECT_EQ(fault.target, FaultTarget::second);
}

}  // namespace
}  // namespace understudy
