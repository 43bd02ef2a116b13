// SPDX-License-Identifier: MIT
//
// Two simulations in one process are alike if they are built alike, whatever ran before.

#include "understudy/ns3/simulation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <ns3/config.h>
#include <ns3/global-value.h>
#include <ns3/names.h>
#include <ns3/net-device.h>
#include <ns3/node.h>
#include <ns3/packet.h>
#include <ns3/rng-seed-manager.h>
#include <ns3/string.h>
#include <ns3/tcp-socket-factory.h>
#include <ns3/uinteger.h>

#include "lan.h"
#include "understudy/ns3/client.h"
#include "understudy/ns3/copy_sink.h"
#include "understudy/ns3/copy_source.h"
#include "understudy/ns3/echo.h"
#include "understudy/ns3/service.h"

namespace understudy::ns3_tests {
namespace {

using ns3::MilliSeconds;
using ns3::Ptr;
using ns3::Simulator;
using ns3::UnderstudyFrame;
using ns3::UnderstudySimulation;
using testing::HasSubstr;

class SimulationTest : public testing::TestWithParam<Family> {};
INSTANTIATE_TEST_SUITE_P(Families, SimulationTest, testing::Values(Family::v4, Family::v6),
                         name_of);

// Every frame on every cable of a crash and a takeover: when, where, from, to, and all its bytes.
std::vector<std::string> record(Family family) {
  std::vector<std::string> frames;
  Lan lan(family, 4);
  for (std::size_t i = 0; i < lan.hosts.size(); ++i) {
    lan.link_of(i)->TraceConnectWithoutContext(
        "Received", ns3::Callback<void, Ptr<const ns3::NetDevice>, const UnderstudyFrame&>(
                        [&frames, i](Ptr<const ns3::NetDevice>, const UnderstudyFrame& frame) {
                          std::vector<std::uint8_t> bytes(frame.payload->GetSize());
                          frame.payload->CopyData(bytes.data(),
                                                  static_cast<std::uint32_t>(bytes.size()));
                          std::ostringstream line;
                          line << Simulator::Now().GetNanoSeconds() << ' ' << i << ' ' << frame.from
                               << ' ' << frame.to << ' ' << std::string(bytes.begin(), bytes.end());
                          frames.push_back(line.str());
                        }));
  }
  const auto echo = lan.hosts[1]->Install<ns3::UnderstudyEcho>();
  const auto source = lan.hosts[0]->Install<ns3::UnderstudyCopySource>();
  const auto sink = lan.hosts[1]->Install<ns3::UnderstudyCopySink>();
  const auto client = ns3::CreateObject<ns3::UnderstudyClient>();
  client->SetAttribute("Remote", ns3::AddressValue(lan.primary));
  lan.hosts[2]->GetNode()->AddApplication(client);
  std::vector<Ptr<ns3::UnderstudyService>> services;
  for (std::size_t i : {0U, 1U}) {
    services.push_back(lan.hosts[i]->Install<ns3::UnderstudyService>());
  }
  source->Open([] { return ns3::UnderstudySnapshot{1, 2, std::vector<std::uint8_t>(20'000)}; });
  lan.hosts[0]->Claim(lan.primary);
  services[0]->Serve(lan.primary);
  lan.hosts[1]->Claim(lan.monitor);
  for (int i = 1; i < 100; ++i) {
    at(MilliSeconds(10 * i), [&, i] { echo->Send(lan.primary, static_cast<std::uint64_t>(i)); });
  }
  at(MilliSeconds(200), [&] {
    sink->Fetch(lan.hosts[0]->GetServerAddress(),
                [](const std::optional<ns3::UnderstudySnapshot>&) {});
  });
  at(MilliSeconds(500), [&] { lan.hosts[0]->PowerOff(); });
  at(MilliSeconds(600), [&] {
    lan.hosts[1]->Claim(lan.primary);
    services[1]->Serve(lan.primary);
  });
  at(MilliSeconds(700), [&] { lan.hosts[0]->Boot(); });
  run_until(MilliSeconds(1000));
  return frames;
}

TEST_P(SimulationTest, EveryFrameOfASecondRunIsAsInTheFirst) {
  const std::vector<std::string> first = record(GetParam());
  EXPECT_GT(first.size(), 500U);
  const std::vector<std::string> second = record(GetParam());
  EXPECT_EQ(first, second);
}

TEST_P(SimulationTest, WhatRanInBetweenDoesNotShow) {
  const std::vector<std::string> first = record(GetParam());
  {
    Lan other(GetParam(), 7);
    ns3::Config::SetDefault("ns3::UnderstudyClient::Interval", ns3::StringValue("3ms"));
    ns3::Config::SetDefault("ns3::UnderstudySwitch::Delay", ns3::StringValue("1ms"));
    ns3::Names::Add("somebody", other.hosts[0]->GetNode());
    run_until(MilliSeconds(100));
  }
  EXPECT_EQ(record(GetParam()), first);
}

TEST(SimulationOptionsTest, DefaultsOfTheUserHoldInEachSimulation) {
  for (int i = 0; i < 2; ++i) {
    const UnderstudySimulation simulation(
        {.seed = 5, .run = 6, .defaults = {{"ns3::UnderstudySwitch::Mtu", "1280"}}});
    EXPECT_EQ(ns3::RngSeedManager::GetSeed(), 5U);
    EXPECT_EQ(ns3::RngSeedManager::GetRun(), 6U);
    const auto network = ns3::CreateObject<ns3::UnderstudySwitch>();
    ns3::UintegerValue mtu;
    network->GetAttribute("Mtu", mtu);
    EXPECT_EQ(mtu.Get(), 1280U);
  }
  const UnderstudySimulation plain{{}};
  ns3::UintegerValue mtu;
  ns3::CreateObject<ns3::UnderstudySwitch>()->GetAttribute("Mtu", mtu);
  EXPECT_EQ(mtu.Get(), 1500U);
}

TEST(SimulationOptionsTest, UnknownDefaultIsNamed) {
  for (const ns3::UnderstudyDefault& wrong :
       {ns3::UnderstudyDefault{"ns3::UnderstudySwitch::Colour", "red"},
        ns3::UnderstudyDefault{"ns3::NoSuchClass::Attribute", "1"}}) {
    try {
      const UnderstudySimulation simulation({.seed = 1, .run = 1, .defaults = {wrong}});
      FAIL() << wrong.name;
    } catch (const std::invalid_argument& error) {
      EXPECT_THAT(error.what(), HasSubstr(wrong.name));
    }
  }
}

}  // namespace
}  // namespace understudy::ns3_tests
