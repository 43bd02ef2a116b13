// SPDX-License-Identifier: MIT
//
// What ns-3 users expect of an application: attributes and trace sources.
#include "understudy/ns3/understudy_agent.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include <ns3/boolean.h>
#include <ns3/config.h>
#include <ns3/double.h>
#include <ns3/nstime.h>
#include <ns3/pointer.h>
#include <ns3/string.h>
#include <ns3/uinteger.h>

#include "lan.h"
#include "understudy/ns3/understudy_pair.h"
#include "understudy/scenario/keys.h"

namespace understudy::ns3_tests {
namespace {

using namespace std::chrono_literals;
using ns3::BooleanValue;
using ns3::CreateObject;
using ns3::DoubleValue;
using ns3::Ptr;
using ns3::StringValue;
using ns3::TimeValue;
using ns3::UintegerValue;
using ns3::UnderstudyAgent;
using ns3::UnderstudyPair;
using testing::ElementsAre;
using testing::HasSubstr;

// A pair on a switch, with a crash of its primary after 20 s.
struct PairOnALan : Lan {
  PairOnALan() : Lan(Family::v4) {
    pair->SetAttribute("BootTime", StringValue("ns3::ConstantRandomVariable[Constant=5]"));
    for (std::size_t i = 0; i < 2; ++i) hosts[i]->GetNode()->AddApplication(agents[i]);
  }
  void install() {
    pair->Install({{{hosts[0], agents[0]}, {hosts[1], agents[1]}}},
                  {.primary = primary, .monitor = monitor, .peer = {}, .witness = {}});
  }
  const understudy::Config& config() const { return agents[0]->GetAgent().config(); }

  std::vector<Ptr<UnderstudyAgent>> agents{CreateObject<UnderstudyAgent>(),
                                           CreateObject<UnderstudyAgent>()};
  Ptr<UnderstudyPair> pair = CreateObject<UnderstudyPair>();
};

TEST(AgentAttributes, ThereIsOneForEachKeyOfThePair) {
  const ns3::TypeId type = UnderstudyAgent::GetTypeId();
  for (const Key& key : keys()) {
    if (key.table != "pair") continue;
    std::size_t found = 0;
    for (std::size_t i = 0; i < type.GetAttributeN(); ++i) {
      if (type.GetAttribute(i).help.starts_with(key.meaning)) ++found;
    }
    EXPECT_EQ(found, 1U) << key.name;
  }
}

TEST(AgentAttributes, EachTypeOfValueReachesTheConfiguration) {
  PairOnALan lan;
  UnderstudyAgent& agent = *lan.agents[0];
  agent.SetAttribute("PingInterval", TimeValue(ns3::MilliSeconds(20)));
  agent.SetAttribute("Misses", UintegerValue(7));
  agent.SetAttribute("CopyEvery", UintegerValue(0));
  agent.SetAttribute("ClockDrift", DoubleValue(1e-7));
  agent.SetAttribute("Takeover", StringValue("restart-first"));
  agent.SetAttribute("WatchMonitor", BooleanValue(false));
  agent.SetAttribute("NewerMemoryWins", StringValue("false"));
  lan.install();
  EXPECT_EQ(lan.config().ping_interval, 20ms);
  EXPECT_EQ(lan.config().misses, 7U);
  EXPECT_EQ(lan.config().copy_every, 0U);
  EXPECT_EQ(lan.config().clock_drift, 1e-7);
  EXPECT_EQ(lan.config().takeover, Takeover::restart_first);
  EXPECT_FALSE(lan.config().watch_monitor);
  EXPECT_FALSE(lan.config().newer_memory_wins);
}

TEST(AgentAttributes, WhatIsNotSaidFollowsFromTheRest) {
  PairOnALan lan;
  lan.agents[0]->SetAttribute("PingTimeout", TimeValue(ns3::Seconds(1)));
  lan.install();
  EXPECT_EQ(lan.config().ping_interval, 1s);
  EXPECT_EQ(lan.config().boot_max, 5s);
  EXPECT_EQ(lan.config().fence_max, 500ms);
}

TEST(AgentAttributes, AreReadAsTheyWereSet) {
  const auto agent = CreateObject<UnderstudyAgent>();
  agent->SetAttribute("PingInterval", StringValue("20ms"));
  agent->SetAttribute("WatchMonitor", BooleanValue(true));
  TimeValue interval;
  agent->GetAttribute("PingInterval", interval);
  EXPECT_EQ(interval.Get(), ns3::MilliSeconds(20));
  StringValue watch;
  agent->GetAttribute("WatchMonitor", watch);
  EXPECT_EQ(watch.Get(), "true");
  agent->GetAttribute("PingTimeout", interval);
  EXPECT_LT(interval.Get(), ns3::Time(0));
}

TEST(AgentAttributes, ConfigSetsDefaults) {
  const ns3::UnderstudySimulation simulation{{}};
  ns3::Config::SetDefault("ns3::UnderstudyAgent::PingInterval", TimeValue(ns3::MilliSeconds(30)));
  TimeValue interval;
  CreateObject<UnderstudyAgent>()->GetAttribute("PingInterval", interval);
  EXPECT_EQ(interval.Get(), ns3::MilliSeconds(30));
}

TEST(AgentAttributes, ValuesThatCannotBeAreRefused) {
  const auto agent = CreateObject<UnderstudyAgent>();
  EXPECT_FALSE(agent->SetAttributeFailSafe("Takeover", StringValue("sometimes")));
  EXPECT_FALSE(agent->SetAttributeFailSafe("Takeover", BooleanValue(true)));
  EXPECT_FALSE(agent->SetAttributeFailSafe("Misses", StringValue("-1")));

  PairOnALan lan;
  lan.agents[0]->SetAttribute("Misses", UintegerValue(0));
  try {
    lan.install();
    FAIL();
  } catch (const std::invalid_argument& error) {
    EXPECT_THAT(error.what(), HasSubstr("ns3::UnderstudyAgent::Misses: "));
  }
}

TEST(AgentTraces, TellOfAFailoverInTheOrderInWhichItHappens) {
  PairOnALan lan;
  lan.install();
  lan.pair->GetApplications().Start(ns3::Seconds(1));
  run_until(ns3::Seconds(20));
  const uint32_t first = lan.pair->GetPrimary().value();
  const auto agent = lan.pair->GetAgent(1 - first);

  std::vector<std::string> told;
  using understudy::Address;
  agent->TraceConnectWithoutContext(
      "PingMissed", ns3::Callback<void, Address, uint32_t>([&](Address from, uint32_t misses) {
        told.push_back("missed " + std::string(to_text(from)) + " " + std::to_string(misses));
      }));
  agent->TraceConnectWithoutContext(
      "FailureDeclared", ns3::Callback<void, Address, uint32_t>([&](Address from, uint32_t misses) {
        told.push_back("failure " + std::string(to_text(from)) + " " + std::to_string(misses));
      }));
  agent->TraceConnectWithoutContext(
      "PowerOrdered", ns3::Callback<void, PowerOrder>([&](PowerOrder order) {
        told.push_back(order == PowerOrder::off ? "order off" : "order on");
      }));
  agent->TraceConnectWithoutContext(
      "PowerReported", ns3::Callback<void, FenceResult>([&](FenceResult result) {
        told.push_back(result == FenceResult::off ? "is off" : "is on");
      }));
  agent->TraceConnectWithoutContext("Takeover", ns3::Callback<void, Cause>([&](Cause cause) {
                                      told.push_back("takeover: " + std::string(to_text(cause)));
                                    }));
  agent->TraceConnectWithoutContext("Role", ns3::Callback<void, Role, Cause>([&](Role role, Cause) {
                                      told.emplace_back(to_text(role));
                                    }));
  lan.pair->CrashPrimary();
  run_until(ns3::Seconds(22));
  ASSERT_GE(told.size(), 11U);
  told.resize(11);  // then it counts the misses of the one that boots
  EXPECT_THAT(told, ElementsAre("missed primary 1", "missed primary 2", "missed primary 3",
                                "failure primary 3", "order off", "fencing", "is off", "primary",
                                "takeover: fence confirmed", "order on", "is on"));
}

TEST(AgentTraces, CountPingsAndCopies) {
  PairOnALan lan;
  lan.install();
  lan.pair->GetApplications().Start(ns3::Seconds(1));
  run_until(ns3::Seconds(20.003));  // in no one's round trip
  const auto monitor = lan.pair->GetAgent(1 - lan.pair->GetPrimary().value());
  uint64_t sent = 0;
  uint64_t answered = 0;
  uint64_t asked = 0;
  uint64_t whole = 0;
  using understudy::Address;
  monitor->TraceConnectWithoutContext(
      "PingSent", ns3::Callback<void, Address, uint64_t>([&](Address, uint64_t) { ++sent; }));
  monitor->TraceConnectWithoutContext("PingAnswered", ns3::Callback<void, Address, uint64_t>(
                                                          [&](Address, uint64_t) { ++answered; }));
  monitor->TraceConnectWithoutContext("CopyStarted", ns3::Callback<void>([&] { ++asked; }));
  monitor->TraceConnectWithoutContext("CopyEnded",
                                      ns3::Callback<void, CopyResult>([&](CopyResult result) {
                                        if (result == CopyResult::whole) ++whole;
                                      }));
  run_until(ns3::Seconds(30.003));
  EXPECT_EQ(sent, 100U);
  EXPECT_EQ(answered, 100U);
  EXPECT_EQ(asked, 10U);
  EXPECT_EQ(whole, 10U);
}

}  // namespace
}  // namespace understudy::ns3_tests
