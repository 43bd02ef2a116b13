// SPDX-License-Identifier: MIT
//
// Copies over TCP: whole or nothing, as the memory was when the request arrived.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <numeric>
#include <optional>
#include <vector>

#include <ns3/data-rate.h>
#include <ns3/object-ptr-container.h>
#include <ns3/packet.h>
#include <ns3/socket.h>
#include <ns3/tcp-l4-protocol.h>
#include <ns3/tcp-socket-factory.h>

#include "lan.h"
#include "understudy/ns3/address.h"
#include "understudy/ns3/copy_sink.h"
#include "understudy/ns3/copy_source.h"

namespace understudy::ns3_tests {
namespace {

using ns3::MicroSeconds;
using ns3::MilliSeconds;
using ns3::Ptr;
using ns3::Seconds;
using ns3::Simulator;
using ns3::Time;
using ns3::TimeValue;
using ns3::UnderstudyCopySink;
using ns3::UnderstudyCopySource;
using ns3::UnderstudyFrame;
using ns3::UnderstudySnapshot;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::size_t size_of_memory = 64 * 1024;

// Host 0 has the memory, host 1 wants it.
class CopyTest : public testing::TestWithParam<Family> {
 protected:
  struct End {
    std::optional<UnderstudySnapshot> result;
    Time at;
  };

  CopyTest() {
    memory.term = 7;
    memory.version = 0x0123456789abcdef;
    memory.bytes.resize(size_of_memory);
    std::iota(memory.bytes.begin(), memory.bytes.end(), std::uint8_t{0});
    open();
  }

  void open() {
    source->Open([this] {
      taken_at = Simulator::Now();
      return memory;
    });
  }

  void fetch() {
    sink->Fetch(lan.hosts[0]->GetServerAddress(),
                [this](const std::optional<UnderstudySnapshot>& result) {
                  ends.push_back({result, Simulator::Now()});
                });
  }

  std::size_t sockets_of(std::size_t host) const {
    ns3::ObjectPtrContainerValue list;
    lan.hosts[host]->GetNode()->GetObject<ns3::TcpL4Protocol>()->GetAttribute("SocketList", list);
    return list.GetN();
  }

  Lan lan{GetParam()};
  Ptr<UnderstudyCopySource> source = lan.hosts[0]->Install<UnderstudyCopySource>();
  Ptr<UnderstudyCopySink> sink = lan.hosts[1]->Install<UnderstudyCopySink>();
  UnderstudySnapshot memory;
  Time taken_at;
  std::vector<End> ends;
};
INSTANTIATE_TEST_SUITE_P(Families, CopyTest, testing::Values(Family::v4, Family::v6), name_of);

TEST_P(CopyTest, CopyIsTheMemoryOfTheInstantOfTheRequest) {
  const UnderstudySnapshot before = memory;
  at(MilliSeconds(10), [this] { fetch(); });
  // Every 10 us somebody writes; the copy takes more than 500 us.
  for (int i = 0; i < 200; ++i) {
    at(MilliSeconds(10) + MicroSeconds(10 * i), [this] {
      ++memory.version;
      for (std::uint8_t& byte : memory.bytes) ++byte;
    });
  }
  run_until(Seconds(1));
  ASSERT_THAT(ends, SizeIs(1));
  ASSERT_TRUE(ends[0].result);
  const std::uint64_t writes = ends[0].result->version - before.version;
  UnderstudySnapshot expected = before;
  expected.version += writes;
  for (std::uint8_t& byte : expected.bytes) byte = static_cast<std::uint8_t>(byte + writes);
  EXPECT_EQ(*ends[0].result, expected);
  // The writes at 10 ms, 10.01 ms and so on, up to the one before the request arrived.
  const auto before_request =
      static_cast<std::uint64_t>((taken_at - MilliSeconds(10)).GetMicroSeconds() / 10 + 1);
  EXPECT_EQ(writes, before_request);
  EXPECT_GT(ends[0].at, taken_at + MicroSeconds(500));
}

// A round trip for the handshake, half of one for the request and half of one for the answer, and
// the bytes at 1 Gbit/s. Headers, a second store and forward and address resolution come on top.
TEST_P(CopyTest, CopyTakesItsSizeOverTheBandwidthAndTwoRoundTrips) {
  at(MilliSeconds(10), [this] { fetch(); });
  run_until(MilliSeconds(20));
  ends.clear();
  at(MilliSeconds(20), [this] { fetch(); });
  run_until(MilliSeconds(30));
  ASSERT_THAT(ends, SizeIs(1));
  ASSERT_TRUE(ends[0].result);
  const Time took = ends[0].at - MilliSeconds(20);
  const Time ideal = ns3::NanoSeconds(8 * size_of_memory) + MicroSeconds(200);
  EXPECT_GE(took, ideal);
  EXPECT_LE(took, ideal + MicroSeconds(60));
}

TEST_P(CopyTest, LargeCopyRunsAtTheRateOfTheWire) {
  memory.bytes.assign(8 * 1024 * 1024, 42);
  at(MilliSeconds(10), [this] { fetch(); });
  run_until(Seconds(1));
  ASSERT_THAT(ends, SizeIs(1));
  ASSERT_TRUE(ends[0].result);
  EXPECT_EQ(*ends[0].result, memory);
  const double seconds = (ends[0].at - MilliSeconds(10)).GetSeconds();
  EXPECT_GT(8.0 * static_cast<double>(memory.bytes.size()) / seconds, 0.94e9);
}

// A window as large as the memory from the start: no slow start on a link with a delay.
TEST_P(CopyTest, CopyOverALongLinkTakesTwoRoundTripsToo) {
  for (std::size_t host : {0U, 1U}) {
    lan.link_of(host)->SetAttribute("PropagationDelay", TimeValue(MilliSeconds(5)));
  }
  at(MilliSeconds(10), [this] { fetch(); });
  run_until(Seconds(1));
  at(Seconds(1), [this] { fetch(); });  // the hardware addresses are known by now
  run_until(Seconds(2));
  ASSERT_THAT(ends, SizeIs(2));
  ASSERT_TRUE(ends[1].result);
  EXPECT_LT(ends[1].at, Seconds(1) + MilliSeconds(2 * 20 + 1));
}

// The whole first window is lost. One segment is sent after TCP's timeout, and 200 ms would pass
// again if its acknowledgement waited for a second one.
TEST_P(CopyTest, CopyGoesOnAtOnceAfterATimeoutOfTcp) {
  int lost = 0;
  lan.link_of(0)->SetFate(
      lan.hosts[0]->GetDevice(), [&](UnderstudyFrame& frame, std::vector<Time>& arrivals) {
        if (frame.payload->GetSize() < 1000 || Simulator::Now() > MilliSeconds(50)) return;
        arrivals.clear();
        ++lost;
      });
  at(MilliSeconds(10), [this] { fetch(); });
  run_until(Seconds(2));
  EXPECT_GT(lost, 40);
  ASSERT_THAT(ends, SizeIs(1));
  EXPECT_EQ(ends[0].result, memory);
  EXPECT_GT(ends[0].at, MilliSeconds(200));
  EXPECT_LT(ends[0].at, MilliSeconds(300));
}

// The last segment is one byte, in IPv4 or in IPv6.
TEST_P(CopyTest, CopyIsNotWholeBeforeItsLastByte) {
  for (std::size_t segment : {1440U, 1460U}) {
    memory.bytes.assign(3 * segment + 1 - 24, 42);
    memory.bytes.back() = 43;
    ends.clear();
    at(Simulator::Now() + MilliSeconds(10), [this] { fetch(); });
    run_until(Simulator::Now() + Seconds(1));
    ASSERT_THAT(ends, SizeIs(1));
    EXPECT_EQ(ends[0].result, memory);
  }
}

TEST_P(CopyTest, EmptyMemoryIsCopiedToo) {
  memory.bytes.clear();
  at(MilliSeconds(10), [this] { fetch(); });
  run_until(Seconds(1));
  ASSERT_THAT(ends, SizeIs(1));
  EXPECT_EQ(ends[0].result, memory);
}

TEST_P(CopyTest, CopySurvivesLostFrames) {
  int count = 0;
  lan.link_of(0)->SetFate(lan.hosts[0]->GetDevice(),
                          [&](UnderstudyFrame& frame, std::vector<Time>& arrivals) {
                            if (frame.payload->GetSize() > 1000 && ++count % 10 == 3)
                              arrivals.clear();
                          });
  at(MilliSeconds(10), [this] { fetch(); });
  run_until(Seconds(5));
  ASSERT_THAT(ends, SizeIs(1));
  EXPECT_EQ(ends[0].result, memory);
}

// At every 50 us of a copy, from its first frame to its last.
TEST_P(CopyTest, CopyCutByACrashOfItsSourceDeliversNothing) {
  int cut = 0;
  for (int i = 0; i < 16; ++i) {
    const Time start = Seconds(10 * (i + 1));
    at(start, [this] { fetch(); });
    at(start + MicroSeconds(50 * i), [this] { lan.hosts[0]->PowerOff(); });
    at(start + Seconds(5), [this] {
      lan.hosts[0]->Boot();
      open();
    });
    run_until(start + Seconds(6));
    ASSERT_THAT(ends, SizeIs(static_cast<std::size_t>(i) + 1));
    const End& end = ends.back();
    if (end.result) {
      EXPECT_EQ(*end.result, memory);
      EXPECT_LT(end.at, start + MicroSeconds(50 * i + 200)) << "sent before the crash";
      continue;
    }
    ++cut;
    EXPECT_EQ(end.at, start + Seconds(2));  // nobody says anything, so the timeout ends it
    EXPECT_FALSE(sink->IsRunning());
  }
  EXPECT_GE(cut, 10);
  run_until(Simulator::Now() + Seconds(1));
  EXPECT_EQ(sockets_of(1), 0U);
  at(Simulator::Now() + Seconds(1), [this] { fetch(); });  // and the next one works
  run_until(Simulator::Now() + Seconds(2));
  EXPECT_TRUE(ends.back().result);
}

TEST_P(CopyTest, CrashOfTheSinkEndsTheCopyWithoutACall) {
  at(MilliSeconds(10), [this] { fetch(); });
  at(MilliSeconds(10) + MicroSeconds(400), [this] {
    EXPECT_EQ(source->GetNConnections(), 1U);
    lan.hosts[1]->PowerOff();
  });
  run_until(Seconds(5));
  EXPECT_THAT(ends, IsEmpty());
  EXPECT_FALSE(sink->IsRunning());
  EXPECT_EQ(sockets_of(1), 0U);
  EXPECT_EQ(source->GetNConnections(), 0U) << "the source's own timeout";
  EXPECT_EQ(sockets_of(0), 1U) << "the listener";
}

TEST_P(CopyTest, CopyFromAHostThatIsOffFailsAfterTheTimeout) {
  sink->SetAttribute("Timeout", TimeValue(MilliSeconds(300)));
  lan.hosts[0]->PowerOff();
  at(MilliSeconds(10), [this] { fetch(); });
  run_until(Seconds(1));
  ASSERT_THAT(ends, SizeIs(1));
  EXPECT_FALSE(ends[0].result);
  EXPECT_EQ(ends[0].at, MilliSeconds(310));
}

TEST_P(CopyTest, CopyFromAHostThatDoesNotListenFailsAtOnce) {
  source->Close();
  at(MilliSeconds(10), [this] { fetch(); });
  run_until(Seconds(1));
  ASSERT_THAT(ends, SizeIs(1));
  EXPECT_FALSE(ends[0].result);
  EXPECT_LT(ends[0].at, MilliSeconds(11));
}

TEST_P(CopyTest, CancelledCopyEndsWithoutACallAndANewOneReplacesIt) {
  at(MilliSeconds(10), [this] { fetch(); });
  at(MilliSeconds(10) + MicroSeconds(400), [this] { sink->Cancel(); });
  at(MilliSeconds(20), [this] { fetch(); });
  at(MilliSeconds(20) + MicroSeconds(400), [this] { fetch(); });
  run_until(Seconds(5));
  ASSERT_THAT(ends, SizeIs(1));
  EXPECT_TRUE(ends[0].result);
  EXPECT_EQ(source->GetNConnections(), 0U);
}

TEST_P(CopyTest, ConnectionThatSaysNonsenseIsDropped) {
  const Ptr<ns3::Socket> stranger =
      ns3::Socket::CreateSocket(lan.hosts[2]->GetNode(), ns3::TcpSocketFactory::GetTypeId());
  stranger->Connect(ns3::MakeSocketAddress(lan.hosts[0]->GetServerAddress(), 8651));
  at(MilliSeconds(10), [&] { stranger->Send(ns3::Create<ns3::Packet>(100)); });
  run_until(Seconds(1));
  EXPECT_EQ(source->GetNConnections(), 0U);
  EXPECT_TRUE(taken_at.IsZero());
}

TEST_P(CopyTest, ThousandCopiesLeaveNoSocketBehind) {
  memory.bytes.resize(3000);
  for (int i = 0; i < 1000; ++i) at(MilliSeconds(10 * (i + 1)), [this] { fetch(); });
  run_until(Seconds(11));
  EXPECT_THAT(ends, SizeIs(1000));
  EXPECT_EQ(sockets_of(0), 1U) << "the listener";
  EXPECT_EQ(sockets_of(1), 0U);
  EXPECT_EQ(source->GetNConnections(), 0U);
}

}  // namespace
}  // namespace understudy::ns3_tests
