// SPDX-License-Identifier: MIT
//
// Bonds over two switches: which port is used, when that changes, and who hears of it.

#include "understudy/ns3/bond.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <vector>

#include <ns3/callback.h>
#include <ns3/node.h>
#include <ns3/nstime.h>

#include "lan.h"
#include "understudy/ns3/echo.h"

namespace understudy::ns3_tests {
namespace {

using ns3::Address;
using ns3::MilliSeconds;
using ns3::Ptr;
using ns3::Simulator;
using ns3::Time;
using ns3::UnderstudyBond;
using ns3::UnderstudyHost;
using ns3::UnderstudySwitch;
using testing::ElementsAre;
using testing::IsEmpty;
using PortState = UnderstudySwitch::PortState;

// Three hosts, each with a bond over both switches; the uplink is port 3 of either.
class BondTest : public testing::TestWithParam<Family> {
 protected:
  BondTest() {
    for (auto& network : networks) network = UnderstudySwitch::Install(new_node());
    for (std::size_t i = 0; i < 3; ++i) {
      const auto prefix = static_cast<std::uint8_t>(GetParam() == Family::v4 ? 24 : 64);
      hosts.push_back(UnderstudyHost::Install(new_node(), {address_of(GetParam(), i + 1), prefix}));
      bonds.push_back(UnderstudyBond::Install(hosts[i], networks[0], networks[1]));
    }
    networks[0]->Attach(networks[1]);
    echo = hosts[2]->Install<ns3::UnderstudyEcho>();
    echo->SetAnswerCallback(
        [this](const Address&, std::uint64_t token) { answers.push_back(token); });
  }

  static Ptr<ns3::Node> new_node() { return ns3::CreateObject<ns3::Node>(); }

  void fail(std::uint32_t host, std::size_t network) {
    networks[network]->SetPortState(host, PortState::down);
  }
  void heal(std::uint32_t host, std::size_t network) {
    networks[network]->SetPortState(host, PortState::up);
  }
  // Host 2 asks host 0, every 10 ms.
  void ask_until(Time end) {
    std::uint64_t count = 0;
    for (Time t = MilliSeconds(5); t < end; t += MilliSeconds(10), ++count) {
      at(t, [this, count] { echo->Send(hosts[0]->GetServerAddress(), count); });
    }
  }

  ns3::UnderstudySimulation simulation{{}};
  std::array<Ptr<UnderstudySwitch>, 2> networks;
  std::vector<Ptr<UnderstudyHost>> hosts;
  std::vector<Ptr<UnderstudyBond>> bonds;
  Ptr<ns3::UnderstudyEcho> echo;
  std::vector<std::uint64_t> answers;
};
INSTANTIATE_TEST_SUITE_P(Families, BondTest, testing::Values(Family::v4, Family::v6), name_of);

TEST_P(BondTest, GoesOverFailoverDelayAfterItsPortHasLostItsCarrier) {
  std::vector<Time> moves;
  bonds[0]->TraceConnectWithoutContext("Active",
                                       ns3::Callback<void, std::uint32_t>([&](std::uint32_t port) {
                                         EXPECT_EQ(port, 1U);
                                         moves.push_back(Simulator::Now());
                                       }));
  ask_until(MilliSeconds(400));
  at(MilliSeconds(200), [this] { fail(0, 0); });
  run_until(MilliSeconds(500));
  EXPECT_THAT(moves, ElementsAre(MilliSeconds(300)));
  EXPECT_EQ(bonds[0]->GetActivePort(), 1U);
  EXPECT_EQ(bonds[1]->GetActivePort(), 0U);
  // Lost: those of 205 to 295 ms. From then on they take the uplink.
  ASSERT_EQ(answers.size(), 30U);
  EXPECT_EQ(answers[19], 19U);
  EXPECT_EQ(answers[20], 30U);
}

TEST_P(BondTest, LeavesAPortAloneWhoseCarrierIsBackInTime) {
  at(MilliSeconds(200), [this] { fail(0, 0); });
  at(MilliSeconds(250), [this] { heal(0, 0); });
  run_until(MilliSeconds(500));
  EXPECT_EQ(bonds[0]->GetActivePort(), 0U);
}

TEST_P(BondTest, StaysWhereItIsUntilThatPortFails) {
  at(MilliSeconds(100), [this] { fail(0, 0); });
  at(MilliSeconds(300), [this] { heal(0, 0); });
  run_until(MilliSeconds(500));
  EXPECT_EQ(bonds[0]->GetActivePort(), 1U);
  at(MilliSeconds(600), [this] { fail(0, 1); });
  run_until(MilliSeconds(800));
  EXPECT_EQ(bonds[0]->GetActivePort(), 0U);
}

TEST_P(BondTest, WaitsForTheFirstPortThatHasACarrierAgain) {
  fail(0, 0);
  fail(0, 1);
  run_until(MilliSeconds(300));
  EXPECT_EQ(bonds[0]->GetActivePort(), 0U);
  heal(0, 1);
  run_until(MilliSeconds(500));
  EXPECT_EQ(bonds[0]->GetActivePort(), 1U);
}

// Else a frame that both switches flood would be heard twice.
TEST_P(BondTest, HearsEachFrameOnce) {
  ask_until(MilliSeconds(100));
  run_until(MilliSeconds(200));
  EXPECT_EQ(answers.size(), 10U);
}

// Switch A has seen host 0 on its own port, B on the uplink: both would send frames astray.
TEST_P(BondTest, AnnouncesTheHostSoThatSwitchesLearnTheNewWay) {
  bonds[0]->SetAttribute("FailoverDelay", ns3::TimeValue(Time(0)));
  ask_until(MilliSeconds(400));
  at(MilliSeconds(200), [this] { fail(0, 0); });
  run_until(MilliSeconds(500));
  EXPECT_EQ(answers.size(), 40U);
}

TEST_P(BondTest, AnnouncesTheSharedAddressesToo) {
  const Address shared = address_of(GetParam(), 100);
  hosts[0]->Claim(shared);
  run_until(MilliSeconds(10));
  hosts[1]->Claim(shared);
  run_until(MilliSeconds(20));
  int heard = 0;
  hosts[1]->TraceConnectWithoutContext("Conflict",
                                       ns3::Callback<void, const Address&, ns3::Mac48Address>(
                                           [&](const Address&, ns3::Mac48Address) { ++heard; }));
  fail(0, 0);
  run_until(MilliSeconds(200));
  EXPECT_GE(heard, 1);
}

TEST_P(BondTest, SaysNothingUnderAHostWithoutPower) {
  hosts[0]->PowerOff();
  int sent = 0;
  const auto count = ns3::Callback<void, Ptr<const ns3::NetDevice>, const ns3::UnderstudyFrame&>(
      [&](Ptr<const ns3::NetDevice>, const ns3::UnderstudyFrame&) { ++sent; });
  run_until(MilliSeconds(10));
  networks[1]->GetLink(0)->TraceConnectWithoutContext("Sent", count);
  fail(0, 0);
  run_until(MilliSeconds(200));
  EXPECT_EQ(bonds[0]->GetActivePort(), 1U);
  EXPECT_EQ(sent, 0);
}

TEST_P(BondTest, NothingLeavesACrashedHostByEitherPort) {
  ask_until(MilliSeconds(400));
  at(MilliSeconds(100), [this] { hosts[0]->PowerOff(); });
  run_until(MilliSeconds(500));
  EXPECT_EQ(answers.size(), 10U);
}

}  // namespace
}  // namespace understudy::ns3_tests
