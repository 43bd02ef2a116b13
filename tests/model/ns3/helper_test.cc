// SPDX-License-Identifier: MIT
//
// A pair in a topology of somebody's own: CSMA, ns-3's own stacks and routing, a router and a
// client behind it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <ns3/boolean.h>
#include <ns3/config.h>
#include <ns3/csma-helper.h>
#include <ns3/csma-net-device.h>
#include <ns3/error-model.h>
#include <ns3/internet-stack-helper.h>
#include <ns3/ipv4-address-helper.h>
#include <ns3/ipv4-global-routing-helper.h>
#include <ns3/ipv6-address-helper.h>
#include <ns3/ipv6-static-routing-helper.h>
#include <ns3/node-container.h>
#include <ns3/pointer.h>
#include <ns3/string.h>
#include <ns3/uinteger.h>

#include "lan.h"
#include "understudy/ns3/client.h"
#include "understudy/ns3/understudy_helper.h"

namespace understudy::ns3_tests {
namespace {

using namespace ns3;

using ns3::Address;
using ns3::Time;

// server 0, server 1, router │ router, client
struct Network {
  explicit Network(Family of_all) : family(of_all) {
    CsmaHelper ethernet;
    ethernet.SetChannelAttribute("DataRate", StringValue("1Gbps"));
    ethernet.SetChannelAttribute("Delay", StringValue("5us"));
    lan = ethernet.Install(NodeContainer(servers, router));
    outside = ethernet.Install(NodeContainer(router, client));
    InternetStackHelper stack;
    stack.Install(NodeContainer(servers, router, client));
    stack.AssignStreams(NodeContainer(servers, router, client), 100);
    ethernet.AssignStreams(lan, 200);
    if (family == Family::v4) {
      Ipv4AddressHelper("10.0.0.0", "255.255.255.0").Assign(lan);
      Ipv4AddressHelper("10.0.1.0", "255.255.255.0").Assign(outside);
      Ipv4GlobalRoutingHelper::PopulateRoutingTables();
    } else {
      route_v6();
    }
  }

  void route_v6() {
    Ipv6AddressHelper addresses("2001:1::", Ipv6Prefix(64));
    Ipv6InterfaceContainer inner = addresses.Assign(lan);
    addresses.SetBase("2001:1:0:1::", Ipv6Prefix(64));
    Ipv6InterfaceContainer outer = addresses.Assign(outside);
    Ipv6StaticRoutingHelper routing;
    for (uint32_t i = 0; i < 2; ++i) {
      const Ptr<Ipv6> ip = servers.Get(i)->GetObject<Ipv6>();
      routing.GetStaticRouting(ip)->SetDefaultRoute(inner.GetAddress(2, 1), 1);
    }
    inner.SetForwarding(2, true);
    outer.SetForwarding(0, true);
    const Ptr<Ipv6> ip = client.Get(0)->GetObject<Ipv6>();
    routing.GetStaticRouting(ip)->SetDefaultRoute(outer.GetAddress(0, 1), 1);
  }

  Ptr<UnderstudyPair> install(UnderstudyHelper& helper) {
    helper.SetPairAttribute("BootTime", StringValue("ns3::UniformRandomVariable[Min=8|Max=12]"));
    const Ptr<UnderstudyPair> pair = helper.Install(lan.Get(0), lan.Get(1));
    pair->AssignStreams(300);
    pair->GetApplications().Start(Seconds(1));
    return pair;
  }
  Ptr<UnderstudyPair> install() {
    UnderstudyHelper helper(primary(), monitor());
    const Ptr<UnderstudyPair> pair = install(helper);
    helper.InstallNeighbours(lan);
    return pair;
  }
  // ns-3's routers forward nothing to 2001:db8::/32, which is for documentation.
  Address shared(int number) const {
    const std::string last = std::to_string(number);
    if (family == Family::v4) return Ipv4Address(("10.0.0." + last).c_str());
    return Ipv6Address(("2001:1::" + last).c_str());
  }
  Address primary() const { return shared(100); }
  Address monitor() const { return shared(101); }

  // Asks 100 times a second, from then on.
  void ask_from(Time start) {
    const Ptr<UnderstudyClient> asking = ask(client.Get(0), primary(), start);
    asking->TraceConnectWithoutContext(
        "Answered", Callback<void, uint64_t, Time, Time>(
                        [this](uint64_t, Time sent, Time) { answered.push_back(sent); }));
    asking->TraceConnectWithoutContext(
        "Lost",
        Callback<void, uint64_t, Time>([this](uint64_t, Time sent) { lost.push_back(sent); }));
  }
  static Ptr<UnderstudyClient> ask(Ptr<Node> node, const Address& whom, Time start) {
    const Ptr<UnderstudyClient> asking = CreateObject<UnderstudyClient>();
    asking->SetAttribute("Remote", AddressValue(whom));
    node->AddApplication(asking);
    asking->SetStartTime(start);
    return asking;
  }

  UnderstudySimulation simulation{{}};
  Family family;
  NodeContainer servers{2};
  NodeContainer router{1};
  NodeContainer client{1};
  NetDeviceContainer lan;
  NetDeviceContainer outside;
  std::vector<Time> answered;
  std::vector<Time> lost;
};

class Helper : public testing::TestWithParam<Family> {};
INSTANTIATE_TEST_SUITE_P(, Helper, testing::Values(Family::v4, Family::v6), name_of);

TEST_P(Helper, ServersThatStartAsEqualsAgreeOnTheirRoles) {
  Network network(GetParam());
  const auto pair = network.install();
  run_until(Seconds(4));
  ASSERT_TRUE(pair->GetPrimary());
  EXPECT_EQ(pair->GetAgent(*pair->GetPrimary())->GetAgent().role(), Role::primary);
  EXPECT_EQ(pair->GetAgent(1 - *pair->GetPrimary())->GetAgent().role(), Role::monitor);
}

TEST_P(Helper, ServersAgreeWithoutChecksumsToo) {  // which ns-3 leaves out by default
  Network network(GetParam());
  ns3::Config::SetGlobal("ChecksumEnabled", BooleanValue(false));
  const auto pair = network.install();
  run_until(Seconds(4));
  ASSERT_TRUE(pair->GetPrimary());
  EXPECT_EQ(pair->GetAgent(1 - *pair->GetPrimary())->GetAgent().role(), Role::monitor);
}

TEST_P(Helper, AClientBehindARouterIsServedAgainWithinASecondOfACrash) {
  Network network(GetParam());
  const auto pair = network.install();
  network.ask_from(Seconds(10));
  run_until(Seconds(20));
  const uint32_t first_primary = pair->GetPrimary().value();
  ASSERT_FALSE(network.answered.empty());
  EXPECT_THAT(network.lost, testing::IsEmpty());

  pair->CrashPrimary();
  run_until(Seconds(40));
  EXPECT_EQ(pair->GetPrimary(), 1 - first_primary);
  EXPECT_EQ(pair->GetAgent(first_primary)->GetAgent().role(), Role::monitor);
  ASSERT_FALSE(network.lost.empty());
  EXPECT_GE(network.lost.front(), Seconds(20) - MilliSeconds(10));
  EXPECT_LT(network.lost.back(), Seconds(21));
  EXPECT_GE(network.answered.back(), Seconds(39.9));
}

TEST_P(Helper, NothingLeavesACrashedServerAndItAnswersNothing) {
  Network network(GetParam());
  const auto pair = network.install();
  network.ask_from(Seconds(10));
  run_until(Seconds(20));
  const uint32_t crashed = pair->GetPrimary().value();
  // Somebody else's application goes on, and asks whom the server knows and does not know.
  Network::ask(network.servers.Get(crashed), network.monitor(), Seconds(0));
  const Address hardware = network.lan.Get(crashed)->GetAddress();
  uint32_t sent = 0;
  network.lan.Get(2)->SetPromiscReceiveCallback([&](Ptr<NetDevice>, Ptr<const Packet>, uint16_t,
                                                    const Address& from, const Address&,
                                                    NetDevice::PacketType) {
    if (from == hardware) ++sent;
    return true;
  });
  pair->BreakPowerChannel();  // so that it stays off
  pair->Crash(crashed);
  run_until(Seconds(20) + MicroSeconds(50));
  sent = 0;  // what was on the wire
  run_until(Seconds(40));
  EXPECT_EQ(sent, 0U);
  EXPECT_FALSE(pair->GetPrimary());
  ASSERT_FALSE(network.answered.empty());
  EXPECT_LT(network.answered.back(), Seconds(20));

  pair->RepairPowerChannel();
  run_until(Seconds(80));
  EXPECT_GT(sent, 0U);
  EXPECT_EQ(pair->GetPrimary(), 1 - crashed);
}

TEST_P(Helper, APrimaryThatHangsIsFencedAndComesBackAsMonitor) {
  Network network(GetParam());
  const auto pair = network.install();
  std::vector<std::pair<uint32_t, UnderstudyPair::PowerState>> power;
  pair->TraceConnectWithoutContext("Power",
                                   Callback<void, uint32_t, UnderstudyPair::PowerState>(
                                       [&](uint32_t server, UnderstudyPair::PowerState state) {
                                         power.emplace_back(server, state);
                                       }));
  run_until(Seconds(20));
  const uint32_t hung = pair->GetPrimary().value();
  pair->Hang(hung);
  run_until(Seconds(40));
  using State = UnderstudyPair::PowerState;
  EXPECT_THAT(power,
              testing::ElementsAre(std::pair(hung, State::off), std::pair(hung, State::booting),
                                   std::pair(hung, State::up)));
  EXPECT_EQ(pair->GetPrimary(), 1 - hung);
  EXPECT_EQ(pair->GetAgent(hung)->GetAgent().role(), Role::monitor);
}

TEST_P(Helper, AServerThatHangsAMomentIsNotFenced) {
  Network network(GetParam());
  const auto pair = network.install();
  run_until(Seconds(20));
  const auto before = pair->GetPrimary();
  pair->Hang(before.value());
  run_until(Seconds(20.12));
  pair->Thaw(before.value());
  run_until(Seconds(30));
  EXPECT_EQ(pair->GetPrimary(), before);
  EXPECT_EQ(pair->GetHost(*before)->GetState(), UnderstudyHost::State::running);
}

TEST_P(Helper, ASwitchoverLosesNoWrite) {
  Network network(GetParam());
  const auto pair = network.install();
  run_until(Seconds(20));
  const uint32_t before = pair->GetPrimary().value();
  pair->Write(7);
  pair->SwitchOver();
  run_until(Seconds(25));
  EXPECT_EQ(pair->GetPrimary(), 1 - before);
  EXPECT_EQ(pair->GetMemory(1 - before).version, 7U);
}

TEST_P(Helper, ServersAreCopied) {
  Network network(GetParam());
  const auto pair = network.install();
  run_until(Seconds(20));
  const uint32_t primary = pair->GetPrimary().value();
  pair->Write(7);
  EXPECT_EQ(pair->GetMemory(1 - primary).version, 0U);
  run_until(Seconds(25));
  EXPECT_EQ(pair->GetMemory(1 - primary).version, 7U);
}

// What InstallNeighbours is for.
TEST(HelperV4, ARouterThatIsNotToldStaysWithTheDeadServer) {
  Network network(Family::v4);
  UnderstudyHelper helper(network.primary(), network.monitor());
  const auto pair = network.install(helper);
  network.ask_from(Seconds(10));
  run_until(Seconds(20));
  pair->CrashPrimary();
  run_until(Seconds(40));
  EXPECT_TRUE(pair->GetPrimary());
  EXPECT_LT(network.answered.back(), Seconds(20));
}

class CountingErrorModel : public ErrorModel {
 public:
  uint32_t asked = 0;

 private:
  bool DoCorrupt(Ptr<Packet>) override { return ++asked == 0; }
  void DoReset() override {}
};

TEST(HelperV4, TheDevicesOwnErrorModelIsAskedAsLongAsTheServerHasPower) {
  Network network(Family::v4);
  const auto model = CreateObject<CountingErrorModel>();
  network.lan.Get(0)->SetAttribute("ReceiveErrorModel", PointerValue(model));
  const auto pair = network.install();
  run_until(Seconds(20));
  const uint32_t asked = model->asked;
  EXPECT_GT(asked, 100U);
  pair->BreakPowerChannel();
  pair->Crash(0);
  run_until(Seconds(21));
  EXPECT_EQ(model->asked, asked);
}

TEST(HelperV4, AttributesReachBothAgentsAndDefaultsToo) {
  Network network(Family::v4);
  ns3::Config::SetDefault("ns3::UnderstudyAgent::Misses", UintegerValue(5));
  UnderstudyHelper helper(network.primary(), network.monitor());
  helper.SetAgentAttribute("PingInterval", TimeValue(MilliSeconds(20)));
  const auto pair = network.install(helper);
  for (const uint32_t server : {0U, 1U}) {
    const understudy::Config& config = pair->GetAgent(server)->GetAgent().config();
    EXPECT_EQ(config.ping_interval, std::chrono::milliseconds(20));
    EXPECT_EQ(config.misses, 5U);
    EXPECT_EQ(config.boot_min, std::chrono::seconds(8));
    EXPECT_EQ(config.boot_max, std::chrono::seconds(12));
    EXPECT_EQ(config.fence_max, std::chrono::milliseconds(500));
  }
}

std::vector<std::pair<int64_t, Role>> roles_with_stream(int64_t stream) {
  Network network(Family::v4);
  const auto pair = network.install();
  EXPECT_EQ(pair->AssignStreams(stream), 2);
  std::vector<std::pair<int64_t, Role>> roles;
  for (const uint32_t server : {0U, 1U}) {
    pair->GetAgent(server)->TraceConnectWithoutContext(
        "Role", Callback<void, Role, Cause>([&](Role role, Cause) {
          roles.emplace_back(Simulator::Now().GetNanoSeconds(), role);
        }));
  }
  at(Seconds(20), [pair]() { pair->CrashPrimary(); });
  run_until(Seconds(40));
  return roles;
}

TEST(HelperV4, TheSameStreamsRepeatARunToTheNanosecondAndOthersDoNot) {
  const auto once = roles_with_stream(300);
  EXPECT_GT(once.size(), 6U);
  EXPECT_EQ(roles_with_stream(300), once);
  EXPECT_NE(roles_with_stream(400), once);
}

}  // namespace
}  // namespace understudy::ns3_tests
