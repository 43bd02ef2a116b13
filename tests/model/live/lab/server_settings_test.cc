// SPDX-License-Identifier: MIT
#include "understudy/lab/server_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "understudy/daemon/settings.h"
#include "understudy/lab/abilities.h"
#include "understudy/scenario/bad_input.h"
#include "understudy/scenario/reader.h"

namespace understudy::lab {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

// Programs that are there, in place of those that a lab starts.
const Common common{.programs = {.daemon = "/bin/true",
                                 .tool = "/bin/true",
                                 .fence = "/bin/true",
                                 .health = "/bin/true"},
                    .power = "/run/power",
                    .keys = "/run/keys"};

live::DaemonSettings read_by_the_daemon(const Scenario& scenario, ServerId id) {
  return live::parse_settings(server_settings(scenario, id, common), "understudyd.toml");
}

TEST(ServerSettings, TheDaemonRunsOnWhatTheScenarioSaysButForTheTimeOfItsFenceAgent) {
  for (const std::string name : {"crash", "two-sites", "profile-pacemaker", "wan-partition"}) {
    const Scenario scenario = load("scenarios/" + name + ".toml");
    Scenario with_room = scenario;
    with_room.pair.confirm_max = scenario.config().confirm_max + 100ms;
    for (const ServerId id : {ServerId::first, ServerId::second}) {
      const live::DaemonSettings settings = read_by_the_daemon(scenario, id);
      EXPECT_EQ(settings.host.config, with_room.config()) << name;
      EXPECT_EQ(settings.host.id, id);
      EXPECT_EQ(settings.memory.keys, common.keys / to_text(id));
    }
  }
}

TEST(ServerSettings, EachServerHasTheOthersPowerInItsHands) {
  const live::DaemonSettings settings = read_by_the_daemon(Scenario{}, ServerId::first);
  ASSERT_EQ(settings.power.options.size(), 2U);
  EXPECT_EQ(settings.power.options[0].name, "plug");
  EXPECT_EQ(settings.power.options[0].value, "second");
}

TEST(ServerSettings, TheServiceIsCheckedWhereItCanBeIll) {
  Scenario scenario;
  EXPECT_THAT(server_settings(scenario, ServerId::first, common), Not(HasSubstr("health =")));
  scenario.faults.push_back({.kind = FaultKind::service_hang});
  EXPECT_EQ(read_by_the_daemon(scenario, ServerId::first).host.service.health.size(), 4U);
}

TEST(Abilities, WhatTheLabCannotDoIsNamed) {
  Scenario scenario;
  scenario.topology.kind = TopologyKind::routed;
  EXPECT_THROW(check_abilities(scenario), BadInput);
  scenario.topology.kind = TopologyKind::wan;
  EXPECT_NO_THROW(check_abilities(scenario));
  scenario.faults.push_back({.kind = FaultKind::clock_rate});
  EXPECT_THROW(check_abilities(scenario), BadInput);
}

}  // namespace
}  // namespace understudy::lab
