// SPDX-License-Identifier: MIT
//
// The life of a host: conflicts, crashes, boots and hangs, as the rest of the network sees them.

#include "understudy/ns3/host.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <malloc.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include <ns3/ipv4-l3-protocol.h>
#include <ns3/object-ptr-container.h>
#include <ns3/packet.h>
#include <ns3/queue.h>
#include <ns3/socket.h>
#include <ns3/tcp-l4-protocol.h>
#include <ns3/tcp-socket-factory.h>

#include "lan.h"
#include "understudy/ns3/address.h"
#include "understudy/ns3/datagrams.h"
#include "understudy/ns3/echo.h"
#include "understudy/ns3/service.h"

namespace understudy::ns3_tests {
namespace {

using ns3::Address;
using ns3::Create;
using ns3::Mac48Address;
using ns3::MakeSocketAddress;
using ns3::MicroSeconds;
using ns3::MilliSeconds;
using ns3::NetDevice;
using ns3::Packet;
using ns3::Ptr;
using ns3::Seconds;
using ns3::Simulator;
using ns3::Socket;
using ns3::Time;
using ns3::UnderstudyDatagrams;
using ns3::UnderstudyEcho;
using ns3::UnderstudyFrame;
using ns3::UnderstudyHost;
using ns3::UnderstudyService;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::uint16_t port = 7000;

std::size_t sockets_of(const ns3::Object& protocol) {
  ns3::ObjectPtrContainerValue list;
  protocol.GetAttribute("SocketList", list);
  return list.GetN();
}

class HostTest : public testing::TestWithParam<Family> {
 protected:
  struct Conflict {
    Address address;
    Mac48Address rival;
    Time at;
  };

  void listen_for_conflicts(std::size_t host, std::vector<Conflict>& heard) {
    lan.hosts[host]->TraceConnectWithoutContext(
        "Conflict", ns3::Callback<void, const Address&, Mac48Address>(
                        [&heard](const Address& address, Mac48Address rival) {
                          heard.push_back({address, rival, Simulator::Now()});
                        }));
  }

  // Counts the frames that reach the switch from a host.
  void count_frames_of(std::size_t host, std::vector<Time>& arrivals) {
    lan.link_of(host)->TraceConnectWithoutContext(
        "Received", ns3::Callback<void, Ptr<const NetDevice>, const UnderstudyFrame&>(
                        [this, host, &arrivals](Ptr<const NetDevice> end, const UnderstudyFrame&) {
                          if (end != lan.hosts[host]->GetDevice()) {
                            arrivals.push_back(Simulator::Now());
                          }
                        }));
  }

  Mac48Address hardware_of(std::size_t host) const {
    return Mac48Address::ConvertFrom(lan.hosts[host]->GetDevice()->GetAddress());
  }

  Ptr<Socket> make_tcp_socket(std::size_t host) const {
    return Socket::CreateSocket(lan.hosts[host]->GetNode(), ns3::TcpSocketFactory::GetTypeId());
  }

  // A server that takes connections and reads, a client that writes to it for ever.
  void start_stream(std::size_t server, std::size_t client) {
    const Ptr<Socket> listener = make_tcp_socket(server);
    listener->Bind(MakeSocketAddress(lan.hosts[server]->GetServerAddress(), port));
    listener->Listen();
    listener->SetAcceptCallback(
        ns3::MakeNullCallback<bool, Ptr<Socket>, const Address&>(),
        ns3::Callback<void, Ptr<Socket>, const Address&>([](Ptr<Socket> made, const Address&) {
          made->SetRecvCallback(ns3::Callback<void, Ptr<Socket>>([](Ptr<Socket> socket) {
            while (socket->Recv()) continue;
          }));
        }));
    const Ptr<Socket> writer = make_tcp_socket(client);
    writer->SetSendCallback(ns3::Callback<void, Ptr<Socket>, std::uint32_t>(
        [](Ptr<Socket> socket, std::uint32_t room) { socket->Send(Create<Packet>(room)); }));
    writer->Connect(MakeSocketAddress(lan.hosts[server]->GetServerAddress(), port));
  }

  Lan lan{GetParam()};
};
INSTANTIATE_TEST_SUITE_P(Families, HostTest, testing::Values(Family::v4, Family::v6), name_of);

// ---- conflicts

TEST_P(HostTest, BothHoldersHearOfEachOther) {
  std::vector<Conflict> first;
  std::vector<Conflict> second;
  listen_for_conflicts(0, first);
  listen_for_conflicts(1, second);
  at(MilliSeconds(1), [&] { lan.hosts[0]->Claim(lan.primary); });
  at(MilliSeconds(2), [&] { lan.hosts[1]->Claim(lan.primary); });
  at(MilliSeconds(3), [&] { lan.hosts[0]->Announce(lan.primary); });
  run_until(MilliSeconds(4));
  ASSERT_THAT(first, testing::Not(IsEmpty()));
  EXPECT_EQ(first[0].address, lan.primary);
  EXPECT_EQ(first[0].rival, hardware_of(1));
  EXPECT_LT(first[0].at, MilliSeconds(2) + MicroSeconds(150));
  ASSERT_THAT(second, testing::Not(IsEmpty()));
  EXPECT_EQ(second[0].address, lan.primary);
  EXPECT_EQ(second[0].rival, hardware_of(0));
  EXPECT_LT(second[0].at, MilliSeconds(3) + MicroSeconds(150));
}

// In IPv4 the first holder's ARP answers the second one's announcement.
TEST_P(HostTest, SecondHolderOfAnIpv4AddressHearsOfTheFirstAtOnce) {
  if (GetParam() == Family::v6) return;  // Neighbor Discovery has no such answer: interface_v6.h
  std::vector<Conflict> second;
  listen_for_conflicts(1, second);
  at(MilliSeconds(1), [&] { lan.hosts[0]->Claim(lan.primary); });
  at(MilliSeconds(2), [&] { lan.hosts[1]->Claim(lan.primary); });
  run_until(MilliSeconds(4));
  ASSERT_THAT(second, SizeIs(1));
  EXPECT_LT(second[0].at, MilliSeconds(2) + MicroSeconds(150));
}

TEST_P(HostTest, OwnAnnouncementsAndThoseOfOtherAddressesAreNoConflict) {
  std::vector<Conflict> heard;
  for (std::size_t host : {0U, 1U, 2U}) listen_for_conflicts(host, heard);
  at(MilliSeconds(1), [&] { lan.hosts[0]->Claim(lan.primary); });
  at(MilliSeconds(2), [&] { lan.hosts[1]->Claim(lan.monitor); });
  at(MilliSeconds(3), [&] {
    lan.hosts[0]->Announce(lan.primary);
    lan.hosts[1]->Announce(lan.monitor);
  });
  at(MilliSeconds(4), [&] {  // an address that moves is no conflict
    lan.hosts[0]->Release(lan.primary);
    lan.hosts[1]->Claim(lan.primary);
  });
  run_until(MilliSeconds(5));
  EXPECT_THAT(heard, IsEmpty());
}

// ---- crashes

// Ten frames are in the queue, one of them half on the wire. Two had left.
TEST_P(HostTest, NoFrameLeavesACrashedHost) {
  std::vector<Time> arrivals;
  const auto burst = [&] {
    for (int i = 0; i < 10; ++i) {
      lan.hosts[0]->GetDevice()->Send(Create<Packet>(1000), Mac48Address::GetBroadcast(), 0x88b5);
    }
  };
  at(MilliSeconds(10), [&] {
    count_frames_of(0, arrivals);
    burst();
  });
  at(MilliSeconds(10) + MicroSeconds(20), [&] { lan.hosts[0]->PowerOff(); });
  at(MilliSeconds(20), burst);  // an application that does not know that it is dead
  run_until(Seconds(100));
  EXPECT_THAT(arrivals, ElementsAre(MilliSeconds(10) + MicroSeconds(8 + 25),
                                    MilliSeconds(10) + MicroSeconds(16 + 25)));
}

TEST_P(HostTest, NothingOfBeforeTheCrashLeavesAfterTheBoot) {
  std::vector<Time> arrivals;
  start_stream(0, 2);
  start_stream(2, 0);
  at(MilliSeconds(50), [&] { lan.hosts[0]->PowerOff(); });
  at(MilliSeconds(51), [&] { count_frames_of(0, arrivals); });
  at(MilliSeconds(60), [&] { lan.hosts[0]->Boot(); });
  // The client's TCP goes on to write for a second or so, but nobody answers it with data; what
  // leaves the host is its answers: RST, ARP or Neighbor Advertisements.
  run_until(MilliSeconds(200));
  for (const Time& arrival : arrivals) EXPECT_GE(arrival, MilliSeconds(60));
  EXPECT_EQ(sockets_of(*lan.hosts[0]->GetNode()->GetObject<ns3::TcpL4Protocol>()), 0U);
}

TEST_P(HostTest, CrashTakesSharedAddressesSocketsAndListenersWithoutAWord) {
  std::vector<Time> arrivals;
  const Ptr<ns3::Node> node = lan.hosts[0]->GetNode();
  lan.hosts[0]->Claim(lan.primary);
  start_stream(0, 2);
  run_until(MilliSeconds(50));
  EXPECT_EQ(sockets_of(*node->GetObject<ns3::TcpL4Protocol>()), 2U);
  EXPECT_TRUE(lan.hosts[0]->Holds(lan.primary));

  lan.hosts[0]->PowerOff();
  EXPECT_EQ(sockets_of(*node->GetObject<ns3::TcpL4Protocol>()), 0U);
  EXPECT_FALSE(lan.hosts[0]->Holds(lan.primary));
  EXPECT_FALSE(lan.hosts[0]->GetInterface()->Holds(lan.primary));
  EXPECT_TRUE(lan.hosts[0]->GetInterface()->Holds(lan.hosts[0]->GetServerAddress()));
}

TEST_P(HostTest, BootedHostAnswersAtItsServerAddressOnly) {
  std::vector<Address> answers;
  const Ptr<UnderstudyEcho> echo = lan.hosts[2]->Install<UnderstudyEcho>();
  echo->SetAnswerCallback([&](const Address& from, std::uint64_t) { answers.push_back(from); });
  const auto signal_both = [&] {
    echo->Send(lan.hosts[0]->GetServerAddress(), 1);
    echo->Send(lan.primary, 2);
  };
  lan.hosts[0]->Claim(lan.primary);
  at(MilliSeconds(10), signal_both);
  at(MilliSeconds(20), [&] {
    EXPECT_THAT(answers, SizeIs(2));
    answers.clear();
    lan.hosts[0]->PowerOff();
  });
  at(MilliSeconds(30), signal_both);
  at(MilliSeconds(40), [&] {
    EXPECT_THAT(answers, IsEmpty());
    lan.hosts[0]->Boot();
  });
  at(MilliSeconds(50), signal_both);
  run_until(MilliSeconds(60));
  EXPECT_THAT(answers, ElementsAre(lan.hosts[0]->GetServerAddress()));
}

TEST_P(HostTest, ConnectionsToARebootedHostAreRefusedNotResumed) {
  start_stream(0, 2);
  const ns3::Object& tcp = *lan.hosts[2]->GetNode()->GetObject<ns3::TcpL4Protocol>();
  at(MilliSeconds(50), [&] { EXPECT_EQ(sockets_of(tcp), 1U); });
  at(MilliSeconds(51), [&] { lan.hosts[0]->PowerOff(); });
  at(MilliSeconds(52), [&] { lan.hosts[0]->Boot(); });
  run_until(Seconds(20));
  EXPECT_EQ(sockets_of(tcp), 0U) << "an RST ends the writer";
}

TEST_P(HostTest, CrashInTheMiddleOfAHandshakeLeavesNoSocket) {
  start_stream(0, 2);
  const ns3::Object& tcp = *lan.hosts[0]->GetNode()->GetObject<ns3::TcpL4Protocol>();
  // Every microsecond of the handshake, address resolution included, is a run of its own elsewhere;
  // here the SYN has just reached the host and the answer is about to leave.
  Time syn_arrived;
  lan.link_of(0)->TraceConnectWithoutContext(
      "Received", ns3::Callback<void, Ptr<const NetDevice>, const UnderstudyFrame&>(
                      [&](Ptr<const NetDevice> end, const UnderstudyFrame& frame) {
                        const bool ip = frame.protocol == 0x0800 || frame.protocol == 0x86dd;
                        const bool to_host = end == lan.hosts[0]->GetDevice();
                        if (!ip || !to_host || !syn_arrived.IsZero()) return;
                        if (frame.payload->GetSize() > 80 || frame.payload->GetSize() < 44) return;
                        if (frame.to.IsGroup()) return;
                        syn_arrived = Simulator::Now();
                        Simulator::ScheduleNow([&] { lan.hosts[0]->PowerOff(); });
                      }));
  at(Seconds(1), [&] { lan.hosts[0]->Boot(); });
  run_until(Seconds(2));
  EXPECT_FALSE(syn_arrived.IsZero());
  EXPECT_EQ(sockets_of(tcp), 0U);
}

TEST_P(HostTest, PowerOffTwiceIsPowerOff) {
  std::vector<UnderstudyHost::State> states;
  lan.hosts[0]->TraceConnectWithoutContext(
      "State", ns3::Callback<void, UnderstudyHost::State>(
                   [&](UnderstudyHost::State state) { states.push_back(state); }));
  lan.hosts[0]->PowerOff();
  lan.hosts[0]->PowerOff();
  lan.hosts[0]->Hang();
  lan.hosts[0]->Thaw();
  EXPECT_EQ(lan.link_of(0)->GetGate(lan.hosts[0]->GetDevice()), ns3::UnderstudyGate::closed);
  lan.hosts[0]->Boot();
  EXPECT_THAT(states, ElementsAre(UnderstudyHost::State::off, UnderstudyHost::State::running));
}

// ---- hangs

TEST_P(HostTest, HungHostAnswersNothingAndKeepsItsAddresses) {
  std::vector<std::uint64_t> answers;
  std::vector<Time> arrivals;
  const Ptr<UnderstudyEcho> echo = lan.hosts[2]->Install<UnderstudyEcho>();
  echo->SetAnswerCallback([&](const Address&, std::uint64_t token) { answers.push_back(token); });
  lan.hosts[0]->Claim(lan.primary);
  for (std::uint64_t i = 0; i < 10; ++i) {
    at(MilliSeconds(10 + static_cast<std::int64_t>(i)), [&, i] { echo->Send(lan.primary, i); });
  }
  at(MilliSeconds(12) + MicroSeconds(500), [&] {
    count_frames_of(0, arrivals);
    lan.hosts[0]->Hang();
  });
  at(MilliSeconds(15) + MicroSeconds(500), [&] {
    EXPECT_THAT(arrivals, IsEmpty());
    EXPECT_TRUE(lan.hosts[0]->Holds(lan.primary));
    lan.hosts[0]->Thaw();
  });
  run_until(MilliSeconds(30));
  EXPECT_THAT(answers, ElementsAre(0, 1, 2, 6, 7, 8, 9));
}

TEST_P(HostTest, HungHostThatIsFencedForgetsEverything) {
  lan.hosts[0]->Claim(lan.primary);
  lan.hosts[0]->Hang();
  lan.hosts[0]->PowerOff();
  EXPECT_FALSE(lan.hosts[0]->Holds(lan.primary));
  lan.hosts[0]->Thaw();
  EXPECT_EQ(lan.hosts[0]->GetState(), UnderstudyHost::State::off);
}

// ---- for long

// Each cycle has connections in both directions in full flow, a shared address with a service at it
// and an open UDP socket when the power goes. Memory in use may not grow from the 100th crash to
// the 300th.
TEST_P(HostTest, ThreeHundredCrashesLeaveNothingBehind) {
  const Ptr<ns3::Node> node = lan.hosts[0]->GetNode();
  const auto tcp = node->GetObject<ns3::TcpL4Protocol>();
  const auto service = lan.hosts[0]->Install<UnderstudyService>();
  const auto datagrams = lan.hosts[0]->Install<UnderstudyDatagrams>();
  std::size_t used_after_100 = 0;
  for (int crash = 1; crash <= 300; ++crash) {
    const Time start = Simulator::Now();
    lan.hosts[0]->Claim(lan.primary);
    start_stream(0, 1);
    start_stream(2, 0);
    service->Serve(lan.primary);
    datagrams->Open();
    run_until(start + MicroSeconds(500));
    ASSERT_EQ(sockets_of(*tcp), 3U) << crash;
    for (const Ptr<UnderstudyHost>& host : lan.hosts) host->PowerOff();
    ASSERT_EQ(sockets_of(*tcp), 0U) << crash;
    ASSERT_FALSE(service->IsServing() || datagrams->IsOpen()) << crash;
    ASSERT_EQ(lan.hosts[0]->GetDevice()->GetQueue()->GetNPackets(), 0U) << crash;
    run_until(start + Seconds(10));  // whatever timer was left would show
    for (const Ptr<UnderstudyHost>& host : lan.hosts) host->Boot();
    if (crash == 100) used_after_100 = mallinfo2().uordblks;
  }
  const std::size_t used_after_300 = mallinfo2().uordblks;
  EXPECT_LE(used_after_300, used_after_100 + 10'000);
}

}  // namespace
}  // namespace understudy::ns3_tests
