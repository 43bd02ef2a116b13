// SPDX-License-Identifier: MIT
//
// Routers: packets from network to network, and shared addresses that move between them.

#include "understudy/ns3/router.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include <ns3/callback.h>
#include <ns3/ipv4-address.h>
#include <ns3/ipv6-address.h>
#include <ns3/node.h>
#include <ns3/nstime.h>
#include <ns3/packet.h>

#include "lan.h"
#include "understudy/ns3/echo.h"
#include "understudy/ns3/route_header.h"
#include "understudy/ns3/route_speaker.h"

namespace understudy::ns3_tests {
namespace {

using ns3::Address;
using ns3::MilliSeconds;
using ns3::Ptr;
using ns3::Simulator;
using ns3::Time;
using ns3::UnderstudyHost;
using ns3::UnderstudyRouteHeader;
using ns3::UnderstudyRouter;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using CableState = UnderstudyRouter::CableState;

// ns-3 forwards nothing to 2001:db8::/32.
Address routed_address(Family family, int subnet, int number) {
  const std::string net = std::to_string(subnet);
  const std::string last = std::to_string(number);
  if (family == Family::v4) return ns3::Ipv4Address(("10.0." + net + "." + last).c_str());
  return ns3::Ipv6Address(("fd00:0:0:" + net + "::" + last).c_str());
}

// Three routers, every two of them next to each other, with a host each; host 2 asks.
class RouterTest : public testing::TestWithParam<Family> {
 protected:
  RouterTest() {
    for (int i = 0; i < 3; ++i) {
      routers.push_back(UnderstudyRouter::Install(new_node()));
      hosts.push_back(UnderstudyHost::Install(new_node(), home(i + 1, 1)));
      hosts.back()->Install<ns3::UnderstudyRouteSpeaker>();
      routers.back()->Attach(hosts.back(), home(i + 1, 254));
      hosts.back()->TraceConnectWithoutContext(
          "Conflict", ns3::Callback<void, const Address&, ns3::Mac48Address>(
                          [this, i](const Address& address, ns3::Mac48Address) {
                            EXPECT_EQ(address, shared);
                            conflicts.push_back(i);
                          }));
    }
    connect(0, 1, 12);
    connect(0, 2, 13);
    connect(1, 2, 23);
    for (const std::size_t i : {0U, 2U}) {
      echoes[i] = hosts[i]->Install<ns3::UnderstudyEcho>();
      echoes[i]->SetAnswerCallback([this, i](const Address& from, std::uint64_t token) {
        sources.push_back(from);
        answers[i].push_back(token);
      });
    }
  }

  static Ptr<ns3::Node> new_node() { return ns3::CreateObject<ns3::Node>(); }
  [[nodiscard]] ns3::UnderstudyInterface::Home home(int subnet, int number) const {
    return {routed_address(GetParam(), subnet, number),
            static_cast<std::uint8_t>(GetParam() == Family::v4 ? 24 : 64)};
  }
  void connect(std::size_t a, std::size_t b, int subnet) {
    routers[a]->Connect(routers[b], home(subnet, 1), home(subnet, 2));
  }
  void ask(std::size_t host, const Address& to, std::uint64_t token) {
    echoes[host]->Send(to, token);
  }

  ns3::UnderstudySimulation simulation{{}};
  Address shared = routed_address(GetParam(), 0, 100);
  std::vector<Ptr<UnderstudyRouter>> routers;
  std::vector<Ptr<UnderstudyHost>> hosts;
  std::array<Ptr<ns3::UnderstudyEcho>, 3> echoes;
  std::array<std::vector<std::uint64_t>, 3> answers;
  std::vector<Address> sources;
  std::vector<int> conflicts;
};
INSTANTIATE_TEST_SUITE_P(Families, RouterTest, testing::Values(Family::v4, Family::v6), name_of);

TEST_P(RouterTest, ForwardsFromNetworkToNetwork) {
  ask(2, hosts[0]->GetServerAddress(), 7);
  ask(2, hosts[1]->GetServerAddress(), 8);
  run_until(MilliSeconds(100));
  EXPECT_THAT(answers[2], ElementsAre(7U, 8U));
}

TEST_P(RouterTest, KnowsNoWayToAnAddressThatNobodyHasAnnounced) {
  ask(2, shared, 7);
  run_until(MilliSeconds(100));
  EXPECT_THAT(answers[2], IsEmpty());
  EXPECT_EQ(routers[2]->GetHolder(shared), std::nullopt);
}

TEST_P(RouterTest, InstallsARouteRouteDelayAfterItsAnnouncement) {
  run_until(MilliSeconds(10));
  hosts[0]->Claim(shared);
  at(MilliSeconds(55), [this] { ask(2, shared, 1); });
  at(MilliSeconds(65), [this] { ask(2, shared, 2); });
  run_until(MilliSeconds(100));
  EXPECT_THAT(answers[2], ElementsAre(2U));
  EXPECT_EQ(sources[0], shared);
  for (const auto& router : routers) {
    EXPECT_EQ(router->GetHolder(shared), hosts[0]->GetServerAddress());
  }
}

TEST_P(RouterTest, FollowsAnAddressToAnotherNetwork) {
  hosts[0]->Claim(shared);
  at(MilliSeconds(100), [this] { hosts[0]->Release(shared); });
  at(MilliSeconds(100), [this] { hosts[1]->Claim(shared); });
  at(MilliSeconds(120), [this] { ask(2, shared, 1); });  // to the former holder, who is silent
  at(MilliSeconds(160), [this] { ask(2, shared, 2); });
  run_until(MilliSeconds(300));
  EXPECT_THAT(answers[2], ElementsAre(2U));
}

TEST_P(RouterTest, LetsTheFormerHolderFindTheNewOne) {
  hosts[0]->Claim(shared);
  at(MilliSeconds(100), [this] { hosts[0]->Release(shared); });
  at(MilliSeconds(100), [this] { hosts[1]->Claim(shared); });
  at(MilliSeconds(200), [this] { ask(0, shared, 3); });
  run_until(MilliSeconds(300));
  EXPECT_THAT(answers[0], ElementsAre(3U));
}

TEST_P(RouterTest, TellsAHolderOfAnother) {
  hosts[0]->Claim(shared);
  run_until(MilliSeconds(100));
  EXPECT_THAT(conflicts, IsEmpty());
  hosts[1]->Claim(shared);
  run_until(MilliSeconds(200));
  EXPECT_THAT(conflicts, ElementsAre(0));
  hosts[0]->Announce(shared);
  run_until(MilliSeconds(300));
  EXPECT_THAT(conflicts, ElementsAre(0, 1));
}

// The first announcement is slow to take effect, the second, later one is quick.
TEST_P(RouterTest, KeepsTheHolderThatItHeardOfLater) {
  Time next = MilliSeconds(200);
  routers[2]->SetDelayCallback(ns3::Callback<Time>([&next]() {
    const Time delay = next;
    next = MilliSeconds(10);
    return delay;
  }));
  hosts[0]->Claim(shared);
  at(MilliSeconds(50), [this] { hosts[1]->Claim(shared); });
  run_until(MilliSeconds(100));
  EXPECT_EQ(routers[2]->GetHolder(shared), hosts[1]->GetServerAddress());
  run_until(MilliSeconds(300));
  EXPECT_EQ(routers[2]->GetHolder(shared), hosts[1]->GetServerAddress());
}

// Router 0 believes that 1 has it, and router 1 that 0 has it.
TEST_P(RouterTest, LosesWhatGoesInACircle) {
  routers[0]->Settle(shared, hosts[1]->GetServerAddress());
  routers[1]->Settle(shared, hosts[0]->GetServerAddress());
  routers[2]->Settle(shared, hosts[0]->GetServerAddress());
  ask(2, shared, 1);
  run_until(MilliSeconds(100));
  EXPECT_THAT(answers[2], IsEmpty());
}

TEST_P(RouterTest, HearsNothingThatItsFilterKeepsFromItsHost) {
  routers[2]->SetFilter(ns3::Callback<bool, const Address&, Ptr<const UnderstudyHost>>(
      [this](const Address& holder, Ptr<const UnderstudyHost> to) {
        EXPECT_EQ(holder, hosts[0]->GetServerAddress());
        EXPECT_EQ(to, hosts[2]);
        return false;
      }));
  hosts[0]->Claim(shared);
  run_until(MilliSeconds(100));
  EXPECT_EQ(routers[2]->GetHolder(shared), std::nullopt);
  EXPECT_EQ(routers[1]->GetHolder(shared), hosts[0]->GetServerAddress());
}

TEST_P(RouterTest, CarriesNothingOnACableThatIsDown) {
  ask(2, hosts[0]->GetServerAddress(), 1);
  run_until(MilliSeconds(100));
  routers[0]->SetState(hosts[0], CableState::down);
  ask(2, hosts[0]->GetServerAddress(), 2);
  ask(2, hosts[1]->GetServerAddress(), 3);
  run_until(MilliSeconds(200));
  routers[0]->SetState(hosts[0], CableState::up);
  ask(2, hosts[0]->GetServerAddress(), 4);
  run_until(MilliSeconds(300));
  EXPECT_THAT(answers[2], ElementsAre(1U, 3U, 4U));
}

// Longer than ns-3's ARP looks for a neighbour before it gives it up.
TEST_P(RouterTest, FindsABootedHostAgain) {
  hosts[0]->PowerOff();
  for (int second = 1; second < 10; ++second) {
    at(MilliSeconds(1000 * second), [this] { ask(2, hosts[0]->GetServerAddress(), 1); });
  }
  at(MilliSeconds(20'000), [this] { hosts[0]->Boot(); });
  at(MilliSeconds(20'100), [this] { ask(2, hosts[0]->GetServerAddress(), 2); });
  run_until(MilliSeconds(21'000));
  EXPECT_THAT(answers[2], ElementsAre(2U));
}

TEST(RouteHeader, IsReadAsItWasWritten) {
  for (const Family family : {Family::v4, Family::v6}) {
    const Address shared = routed_address(family, 0, 100);
    const Address holder = routed_address(family, 1, 1);
    const Ptr<ns3::Packet> packet = ns3::Create<ns3::Packet>();
    packet->AddHeader(UnderstudyRouteHeader(shared, holder));
    EXPECT_EQ(packet->GetSize(), family == Family::v4 ? 10U : 34U);
    UnderstudyRouteHeader read;
    packet->PeekHeader(read);
    EXPECT_EQ(read.GetShared(), shared);
    EXPECT_EQ(read.GetHolder(), holder);
  }
}

TEST(RouteHeader, IsNotReadFromNonsense) {
  const std::vector<std::uint8_t> whole = {1, 4, 10, 0, 0, 100, 10, 0, 1, 1};
  for (std::size_t size = 0; size < whole.size(); ++size) {
    UnderstudyRouteHeader read;
    ns3::Create<ns3::Packet>(whole.data(), static_cast<std::uint32_t>(size))->PeekHeader(read);
    EXPECT_FALSE(read.IsValid()) << size;
  }
  const std::vector<std::uint8_t> other_version = {2, 4, 10, 0, 0, 100, 10, 0, 1, 1};
  UnderstudyRouteHeader read;
  ns3::Create<ns3::Packet>(other_version.data(), 10U)->PeekHeader(read);
  EXPECT_FALSE(read.IsValid());
}

}  // namespace
}  // namespace understudy::ns3_tests
