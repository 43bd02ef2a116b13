// SPDX-License-Identifier: MIT
//
// The switch and its cables: learning, ports, gates, fates, full duplex.

#include "understudy/ns3/switch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <ns3/net-device.h>
#include <ns3/node.h>
#include <ns3/packet.h>
#include <ns3/queue.h>

#include "lan.h"

namespace understudy::ns3_tests {
namespace {

using ns3::Create;
using ns3::CreateObject;
using ns3::DataRate;
using ns3::DataRateValue;
using ns3::Mac48Address;
using ns3::MicroSeconds;
using ns3::MilliSeconds;
using ns3::NanoSeconds;
using ns3::NetDevice;
using ns3::Node;
using ns3::Packet;
using ns3::Ptr;
using ns3::SimpleNetDevice;
using ns3::Simulator;
using ns3::Time;
using ns3::UnderstudyFrame;
using ns3::UnderstudyGate;
using ns3::UnderstudyLink;
using ns3::UnderstudySwitch;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::uint16_t protocol = 0x88b5;  // an EtherType for experiments
constexpr std::uint32_t size_of_frames = 1000;
const Time time_on_the_wire = MicroSeconds(8);  // 1000 bytes at 1 Gbit/s
const Time delay = MicroSeconds(25);

// A node with a bare device, which keeps what reaches it.
class Station {
 public:
  struct Arrival {
    std::uint32_t size;
    Mac48Address from;
    Time at;
  };

  explicit Station(const Ptr<UnderstudySwitch>& network)
      : node_(CreateObject<Node>()), device(CreateObject<SimpleNetDevice>()) {
    device->SetAddress(Mac48Address::Allocate());
    node_->AddDevice(device);
    port = network->Attach(device);
    node_->RegisterProtocolHandler(ns3::MakeCallback(&Station::receive, this), protocol, device);
  }
  ~Station() { node_->UnregisterProtocolHandler(ns3::MakeCallback(&Station::receive, this)); }
  Station(const Station&) = delete;
  Station& operator=(const Station&) = delete;

  Mac48Address address() const { return Mac48Address::ConvertFrom(device->GetAddress()); }
  void send(const Mac48Address& to, std::uint32_t size = size_of_frames) const {
    device->Send(Create<Packet>(size), to, protocol);
  }

 private:
  void receive(Ptr<NetDevice>, Ptr<const Packet> packet, std::uint16_t, const ns3::Address& from,
               const ns3::Address&, NetDevice::PacketType) {
    arrivals.push_back({packet->GetSize(), Mac48Address::ConvertFrom(from), Simulator::Now()});
  }

  Ptr<Node> node_;

 public:
  Ptr<SimpleNetDevice> device;
  std::uint32_t port = 0;
  std::vector<Arrival> arrivals;
};

class SwitchTest : public testing::Test {
 protected:
  Ptr<UnderstudyLink> link_of(const Station& station) const {
    return network->GetLink(station.port);
  }
  // Makes the switch learn where the stations are.
  void introduce_everybody() {
    for (const Station* station : {&a, &b, &c}) station->send(Mac48Address::GetBroadcast());
    run_until(MilliSeconds(1));
    for (Station* station : {&a, &b, &c}) station->arrivals.clear();
  }

  ns3::UnderstudySimulation simulation{{}};
  Ptr<UnderstudySwitch> network = UnderstudySwitch::Install(CreateObject<Node>());
  Station a{network};
  Station b{network};
  Station c{network};
};

TEST_F(SwitchTest, FrameTakesTwoDelaysAndIsPutOnAWireTwice) {
  a.send(b.address());
  run_until(MilliSeconds(1));
  ASSERT_EQ(b.arrivals.size(), 1U);
  EXPECT_EQ(b.arrivals[0].at, 2 * delay + 2 * time_on_the_wire);
  EXPECT_EQ(b.arrivals[0].size, size_of_frames);
  EXPECT_EQ(b.arrivals[0].from, a.address());
}

TEST_F(SwitchTest, UnknownAddressIsFloodedAndAKnownOneIsNot) {
  int at_c = 0;
  link_of(c)->TraceConnectWithoutContext(
      "Received", ns3::Callback<void, Ptr<const NetDevice>, const UnderstudyFrame&>(
                      [&](Ptr<const NetDevice> end, const UnderstudyFrame&) {
                        if (end == c.device) ++at_c;
                      }));
  a.send(b.address());
  run_until(MilliSeconds(1));
  EXPECT_EQ(at_c, 1);
  b.send(a.address());
  run_until(MilliSeconds(2));
  a.send(b.address());
  run_until(MilliSeconds(3));
  EXPECT_EQ(at_c, 1);
  EXPECT_EQ(b.arrivals.size(), 2U);
  EXPECT_EQ(a.arrivals.size(), 1U);
}

TEST_F(SwitchTest, BroadcastReachesEverybodyElseOnce) {
  a.send(Mac48Address::GetBroadcast());
  run_until(MilliSeconds(1));
  EXPECT_EQ(a.arrivals.size(), 0U);
  EXPECT_EQ(b.arrivals.size(), 1U);
  EXPECT_EQ(c.arrivals.size(), 1U);
}

TEST_F(SwitchTest, StationThatMovesToAnotherPortIsFoundThere) {
  introduce_everybody();
  c.device->SetAddress(b.address());  // as if b had been plugged in elsewhere
  c.send(Mac48Address::GetBroadcast());
  run_until(MilliSeconds(2));
  a.send(b.address());
  b.arrivals.clear();
  run_until(MilliSeconds(3));
  EXPECT_EQ(b.arrivals.size(), 0U);
  EXPECT_EQ(c.arrivals.size(), 1U);
}

TEST_F(SwitchTest, PortThatIsDownPassesNothingAndForgetsWhatItLearned) {
  introduce_everybody();
  network->SetPortState(b.port, UnderstudySwitch::PortState::down);
  a.send(b.address());
  b.send(a.address());
  run_until(MilliSeconds(2));
  EXPECT_EQ(a.arrivals.size(), 0U);
  EXPECT_EQ(b.arrivals.size(), 0U);

  // Forgotten: a frame for b is flooded, so a station with b's address elsewhere gets it.
  c.device->SetAddress(b.address());
  a.send(b.address());
  run_until(MilliSeconds(3));
  EXPECT_EQ(c.arrivals.size(), 1U);

  network->SetPortState(b.port, UnderstudySwitch::PortState::up);
  b.send(a.address());
  run_until(MilliSeconds(4));
  EXPECT_EQ(a.arrivals.size(), 1U);
}

// Two senders fill the queue of the way to b: 20 frames have reached the switch when the port goes
// down for a moment, nine have left it, the tenth is half on the wire.
TEST_F(SwitchTest, PortThatGoesDownLosesItsQueue) {
  introduce_everybody();
  for (int i = 0; i < 10; ++i) {
    a.send(b.address());
    c.send(b.address());
  }
  const Time down = MilliSeconds(1) + delay + 10 * time_on_the_wire + MicroSeconds(4);
  at(down, [this] { network->SetPortState(b.port, UnderstudySwitch::PortState::down); });
  at(down + MicroSeconds(10),
     [this] { network->SetPortState(b.port, UnderstudySwitch::PortState::up); });
  run_until(MilliSeconds(2));
  EXPECT_EQ(b.arrivals.size(), 9U);
  a.send(b.address());
  run_until(MilliSeconds(3));
  EXPECT_EQ(b.arrivals.size(), 10U);
}

TEST_F(SwitchTest, FilterCutsOneDirection) {
  introduce_everybody();
  network->SetFilter([this](UnderstudySwitch::Way way, const UnderstudyFrame&) {
    return !(way.in == a.port && way.out == b.port);
  });
  a.send(b.address());
  a.send(c.address());
  b.send(a.address());
  run_until(MilliSeconds(2));
  EXPECT_EQ(b.arrivals.size(), 0U);
  EXPECT_EQ(c.arrivals.size(), 1U);
  EXPECT_EQ(a.arrivals.size(), 1U);
  network->SetFilter({});
  a.send(b.address());
  run_until(MilliSeconds(3));
  EXPECT_EQ(b.arrivals.size(), 1U);
}

// Ten frames at once, 8 us each: at 20 us two have left, the third is half out.
TEST_F(SwitchTest, ClosedGateLetsOutExactlyWhatHadLeft) {
  introduce_everybody();
  for (int i = 0; i < 10; ++i) a.send(b.address());
  at(MilliSeconds(1) + MicroSeconds(20),
     [this] { link_of(a)->SetGate(a.device, UnderstudyGate::closed); });
  run_until(MilliSeconds(2));
  EXPECT_EQ(b.arrivals.size(), 2U);
}

TEST_F(SwitchTest, ClosedGateKeepsOutWhatWasOnItsWay) {
  introduce_everybody();
  for (int i = 0; i < 10; ++i) b.send(a.address());
  const Time first_arrival = MilliSeconds(1) + 2 * delay + 2 * time_on_the_wire;
  at(first_arrival + MicroSeconds(20),
     [this] { link_of(a)->SetGate(a.device, UnderstudyGate::closed); });
  run_until(MilliSeconds(2));
  EXPECT_EQ(a.arrivals.size(), 3U);
}

TEST_F(SwitchTest, FateLosesDelaysDuplicatesAndReorders) {
  introduce_everybody();
  std::vector<std::vector<Time>> fates = {
      {}, {delay, delay + MicroSeconds(1)}, {delay + MicroSeconds(100)}, {delay}};
  std::size_t next = 0;
  link_of(a)->SetFate(a.device, [&](UnderstudyFrame&, std::vector<Time>& arrivals) {
    EXPECT_THAT(arrivals, ElementsAre(delay));
    arrivals = fates.at(next++);
  });
  for (std::uint32_t size = 101; size <= 104; ++size) a.send(b.address(), size);
  run_until(MilliSeconds(2));
  std::vector<std::uint32_t> sizes;
  for (const Station::Arrival& arrival : b.arrivals) sizes.push_back(arrival.size);
  EXPECT_THAT(sizes, ElementsAre(102, 102, 104, 103));

  link_of(a)->SetFate(a.device, {});
  a.send(b.address());
  run_until(MilliSeconds(3));
  EXPECT_EQ(b.arrivals.size(), 5U);
}

// 1000 full frames each way at once take no longer than 1000 full frames one way.
TEST_F(SwitchTest, BothDirectionsRunAtFullRate) {
  introduce_everybody();
  constexpr int frames = 1000;
  constexpr std::uint32_t full = 1500;
  for (int i = 0; i < frames; ++i) {
    a.send(b.address(), full);
    b.send(a.address(), full);
  }
  run_until(MilliSeconds(100));
  ASSERT_EQ(a.arrivals.size(), 1000U);
  ASSERT_EQ(b.arrivals.size(), 1000U);
  const Time one = MicroSeconds(12);
  const Time expected = MilliSeconds(1) + frames * one + one + 2 * delay;
  EXPECT_EQ(a.arrivals.back().at, expected);
  EXPECT_EQ(b.arrivals.back().at, expected);
}

TEST_F(SwitchTest, AttributesOfTheSwitchReachItsCablesAndDevices) {
  const Ptr<UnderstudySwitch> slow = UnderstudySwitch::Install(CreateObject<Node>());
  slow->SetAttribute("DataRate", DataRateValue(DataRate("100Mbps")));
  slow->SetAttribute("Delay", ns3::TimeValue(MilliSeconds(1)));
  Station d{slow};
  Station e{slow};
  d.send(e.address());
  run_until(MilliSeconds(10));
  ASSERT_EQ(e.arrivals.size(), 1U);
  EXPECT_EQ(e.arrivals[0].at, MilliSeconds(2) + 2 * 10 * time_on_the_wire);
  EXPECT_EQ(d.device->GetMtu(), 1500);
}

TEST_F(SwitchTest, TwoSwitchesAreOneNetwork) {
  const Ptr<UnderstudySwitch> other = UnderstudySwitch::Install(CreateObject<Node>());
  Station d{other};
  const std::uint32_t uplink = network->Attach(other);
  d.send(Mac48Address::GetBroadcast());
  run_until(MilliSeconds(1));
  EXPECT_EQ(a.arrivals.size(), 1U);
  a.send(d.address());
  run_until(MilliSeconds(2));
  EXPECT_EQ(d.arrivals.size(), 1U);
  EXPECT_EQ(b.arrivals.size(), 1U);  // the broadcast only

  network->SetPortState(uplink, UnderstudySwitch::PortState::down);
  a.send(d.address());
  d.send(a.address());
  run_until(MilliSeconds(3));
  EXPECT_EQ(d.arrivals.size(), 1U);
  EXPECT_EQ(a.arrivals.size(), 1U);
}

}  // namespace
}  // namespace understudy::ns3_tests
