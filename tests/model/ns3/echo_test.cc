// SPDX-License-Identifier: MIT
//
// Signals, and addresses that move under them.

#include "understudy/ns3/echo.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include <ns3/packet.h>

#include "lan.h"

namespace understudy::ns3_tests {
namespace {

using ns3::Address;
using ns3::MicroSeconds;
using ns3::MilliSeconds;
using ns3::Ptr;
using ns3::Seconds;
using ns3::Simulator;
using ns3::Time;
using ns3::UnderstudyEcho;
using ns3::UnderstudyFrame;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

struct Answer {
  Address from;
  std::uint64_t token;
  Time at;
};

// Sends signals from a host and keeps the answers.
class Signaller {
 public:
  explicit Signaller(Ptr<ns3::UnderstudyHost> host) : echo_(host->Install<UnderstudyEcho>()) {
    echo_->SetAnswerCallback([this](const Address& from, std::uint64_t token) {
      answers.push_back({from, token, Simulator::Now()});
    });
  }
  Signaller(const Signaller&) = delete;
  Signaller& operator=(const Signaller&) = delete;

  void send(const Address& to, std::uint64_t token) { echo_->Send(to, token); }

  // Signals 0, 1, ... at `first`, `first` + `interval`, ... before `end`; returns how many.
  std::uint64_t send_every(const Address& to, Time first, Time interval, Time end) {
    std::uint64_t count = 0;
    for (Time t = first; t < end; t += interval, ++count) {
      at(t, [this, to, count] { send(to, count); });
    }
    return count;
  }

  std::vector<Answer> answers;

 private:
  Ptr<UnderstudyEcho> echo_;
};

class EchoTest : public testing::TestWithParam<Family> {
 protected:
  // Changes the ICMP part of each echo reply that host 0 sends.
  void forge_answers(std::function<void(std::span<std::uint8_t>)> change) {
    const std::size_t ip_header = GetParam() == Family::v4 ? 20 : 40;
    const std::uint8_t echo_reply = GetParam() == Family::v4 ? 0 : 129;
    const auto forge = [=, this](UnderstudyFrame& frame, std::vector<Time>&) {
      std::vector<std::uint8_t> bytes(frame.payload->GetSize());
      frame.payload->CopyData(bytes.data(), static_cast<std::uint32_t>(bytes.size()));
      if (bytes.size() != ip_header + 16 || bytes[ip_header] != echo_reply) return;
      change(std::span(bytes).subspan(ip_header));
      frame.payload =
          ns3::Create<ns3::Packet>(bytes.data(), static_cast<std::uint32_t>(bytes.size()));
      ++forged;
    };
    lan.link_of(0)->SetFate(lan.hosts[0]->GetDevice(), forge);
  }

  // Lets nothing through to a host until the filter is taken away.
  void deafen(std::uint32_t host) {
    lan.network->SetFilter(
        [host](ns3::UnderstudySwitch::Way way, const UnderstudyFrame&) { return way.out != host; });
  }

  Lan lan{GetParam()};
  int forged = 0;
};
INSTANTIATE_TEST_SUITE_P(Families, EchoTest, testing::Values(Family::v4, Family::v6), name_of);

constexpr std::uint64_t token = 0xfedcba9876543210;

TEST_P(EchoTest, AnswerComesFromTheAddressThatWasAskedWithTheWholeToken) {
  Signaller client(lan.hosts[2]);
  lan.hosts[0]->Claim(lan.primary);
  at(MilliSeconds(1), [&] { client.send(lan.primary, token); });
  run_until(Seconds(1));
  ASSERT_THAT(client.answers, SizeIs(1));
  EXPECT_EQ(client.answers[0].from, lan.primary);
  EXPECT_EQ(client.answers[0].token, token);
}

// Two cables each way, and the bytes put on a wire twice each way at 1 Gbit/s.
TEST_P(EchoTest, RoundTripIsFourDelaysAndFourTimesTheBytes) {
  Signaller client(lan.hosts[2]);
  lan.hosts[0]->Claim(lan.primary);
  lan.hosts[2]->Claim(lan.monitor);  // makes the client's own address known to nobody
  at(MilliSeconds(1), [&] { client.send(lan.primary, 1); });
  at(MilliSeconds(2), [&] { client.send(lan.primary, 2); });
  run_until(Seconds(1));
  ASSERT_THAT(client.answers, SizeIs(2));
  const std::int64_t bytes = (GetParam() == Family::v4 ? 20 : 40) + 16;
  const Time expected = MicroSeconds(4 * 25) + ns3::NanoSeconds(4 * 8 * bytes);
  EXPECT_EQ(client.answers[1].at - MilliSeconds(2), expected);
}

TEST_P(EchoTest, NobodyAnswersForAnAddressThatNobodyHolds) {
  Signaller client(lan.hosts[2]);
  client.send_every(lan.primary, MilliSeconds(1), MilliSeconds(100), Seconds(10));
  run_until(Seconds(10));
  EXPECT_THAT(client.answers, IsEmpty());
}

TEST_P(EchoTest, EachSignallerHearsItsOwnAnswersOnly) {
  Signaller one(lan.hosts[1]);
  Signaller other(lan.hosts[2]);
  lan.hosts[0]->Claim(lan.primary);
  lan.hosts[1]->Claim(lan.monitor);
  at(MilliSeconds(1), [&] {
    one.send(lan.primary, 1);
    other.send(lan.primary, 2);
    other.send(lan.monitor, 3);  // the first signaller's host sees this request
  });
  run_until(Seconds(1));
  ASSERT_THAT(one.answers, SizeIs(1));
  EXPECT_EQ(one.answers[0].token, 1U);
  EXPECT_THAT(other.answers, SizeIs(2));
}

TEST_P(EchoTest, CorruptedAnswerIsNone) {
  Signaller client(lan.hosts[2]);
  lan.hosts[0]->Claim(lan.primary);
  forge_answers([](std::span<std::uint8_t> icmp) { icmp[11] ^= 1; });  // in the token
  at(MilliSeconds(1), [&] { client.send(lan.primary, token); });
  run_until(Seconds(1));
  EXPECT_EQ(forged, 1);
  EXPECT_THAT(client.answers, IsEmpty());
}

// One more here and one less there leaves the checksum right.
TEST_P(EchoTest, AnswerWhoseNumbersDoNotFitItsTokenIsNone) {
  Signaller client(lan.hosts[2]);
  lan.hosts[0]->Claim(lan.primary);
  constexpr std::size_t identifier = 5;
  constexpr std::size_t sequence = 7;
  constexpr std::size_t middle_of_token = 11;
  std::size_t wrong = identifier;
  forge_answers([&](std::span<std::uint8_t> icmp) {
    ++icmp[wrong];
    --icmp[middle_of_token];
  });
  at(MilliSeconds(1), [&] { client.send(lan.primary, token); });
  at(MilliSeconds(2), [&] {
    wrong = sequence;
    client.send(lan.primary, token);
  });
  run_until(Seconds(1));
  EXPECT_EQ(forged, 2);
  EXPECT_THAT(client.answers, IsEmpty());
}

TEST_P(EchoTest, EverySignalSurvivesAnAddressThatMoves) {
  Signaller client(lan.hosts[2]);
  lan.hosts[0]->Claim(lan.primary);
  const std::uint64_t sent =
      client.send_every(lan.primary, MilliSeconds(1), MilliSeconds(1), Seconds(4));
  // Back and forth; half a millisecond after a signal, so that none is on its way.
  for (int i = 1; i < 8; ++i) {
    at(MilliSeconds(500 * i) + MicroSeconds(500), [this, i] {
      const auto to = static_cast<std::size_t>(i % 2);
      lan.hosts[1 - to]->Release(lan.primary);
      lan.hosts[to]->Claim(lan.primary);
    });
  }
  run_until(Seconds(5));
  ASSERT_THAT(client.answers, SizeIs(sent));
  for (std::uint64_t i = 0; i < sent; ++i) EXPECT_EQ(client.answers[i].token, i);
}

// Which has long been given up, and is being asked for again.
TEST_P(EchoTest, AnnouncementRevivesAnAddressThatWasGivenUp) {
  Signaller client(lan.hosts[2]);
  client.send_every(lan.primary, MilliSeconds(1), MilliSeconds(100), Seconds(30));
  at(Seconds(20), [&] { lan.hosts[1]->Claim(lan.primary); });
  run_until(Seconds(31));
  ASSERT_THAT(client.answers, testing::Not(IsEmpty()));
  EXPECT_LT(client.answers[0].at, Seconds(20) + MilliSeconds(102));
  EXPECT_GE(client.answers.size(), 100U);
}

// As real hosts are, every second, while there is something to send; ns-3 takes one that did not
// answer for dead, for 100 s.
TEST_P(EchoTest, WhoDidNotAnswerIsAskedAgain) {
  Signaller client(lan.hosts[2]);
  lan.hosts[0]->Hang();
  client.send_every(lan.hosts[0]->GetServerAddress(), MilliSeconds(1), MilliSeconds(100),
                    Seconds(13));
  at(Seconds(10), [&] { lan.hosts[0]->Thaw(); });
  run_until(Seconds(14));
  ASSERT_THAT(client.answers, testing::Not(IsEmpty()));
  EXPECT_LT(client.answers[0].at, Seconds(11) + MilliSeconds(102));
}

TEST_P(EchoTest, WhatWaitedForAnAddressGoesOutAtItsAnnouncement) {
  Signaller client(lan.hosts[2]);
  at(MilliSeconds(10), [&] { client.send(lan.primary, 1); });
  at(MilliSeconds(20), [&] { client.send(lan.primary, 2); });
  at(MilliSeconds(500), [&] { lan.hosts[0]->Claim(lan.primary); });
  run_until(MilliSeconds(501));
  ASSERT_THAT(client.answers, SizeIs(2));
  EXPECT_EQ(client.answers[0].token, 1U);
  EXPECT_EQ(client.answers[1].token, 2U);
}

TEST_P(EchoTest, NobodyHasToAskForAnAddressThatWasAnnounced) {
  Signaller client(lan.hosts[2]);
  for (std::size_t i : {0U, 1U, 2U}) lan.hosts[i]->Announce(lan.hosts[i]->GetServerAddress());
  lan.hosts[0]->Claim(lan.primary);
  run_until(MilliSeconds(10));
  int frames = 0;
  const auto count = [&](Ptr<const ns3::NetDevice>, const UnderstudyFrame&) { ++frames; };
  lan.link_of(2)->TraceConnectWithoutContext(
      "Sent", ns3::Callback<void, Ptr<const ns3::NetDevice>, const UnderstudyFrame&>(count));
  at(MilliSeconds(20), [&] { client.send(lan.primary, 1); });
  run_until(MilliSeconds(30));
  EXPECT_THAT(client.answers, SizeIs(1));
  EXPECT_EQ(frames, 2);  // the request and the answer, nothing else
}

// Both look for the other's hardware address at once.
TEST_P(EchoTest, NoSignalIsLostWhenTwoHostsLookForEachOther) {
  Signaller one(lan.hosts[0]);
  Signaller other(lan.hosts[1]);
  at(MilliSeconds(10), [&] {
    one.send(lan.hosts[1]->GetServerAddress(), 1);
    other.send(lan.hosts[0]->GetServerAddress(), 2);
  });
  run_until(MilliSeconds(20));
  EXPECT_THAT(one.answers, SizeIs(1));
  EXPECT_THAT(other.answers, SizeIs(1));
}

// Nothing but the announcement: no probe, no solicitation.
TEST_P(EchoTest, ClaimIsOneFrame) {
  run_until(MilliSeconds(10));
  std::vector<UnderstudyFrame> frames;
  lan.link_of(0)->TraceConnectWithoutContext(
      "Sent", ns3::Callback<void, Ptr<const ns3::NetDevice>, const UnderstudyFrame&>(
                  [&](Ptr<const ns3::NetDevice>, const UnderstudyFrame& frame) {
                    frames.push_back(frame);
                  }));
  at(MilliSeconds(20), [&] { lan.hosts[0]->Claim(lan.primary); });
  run_until(Seconds(10));
  ASSERT_THAT(frames, SizeIs(1));
  EXPECT_TRUE(frames[0].to.IsGroup());
}

// Whoever announced last is asked, and answers, though the other holds the address as well.
TEST_P(EchoTest, SecondHolderAnswersToo) {
  Signaller client(lan.hosts[2]);
  lan.hosts[0]->Claim(lan.primary);
  at(MilliSeconds(10), [&] { lan.hosts[1]->Claim(lan.primary); });
  at(MilliSeconds(20), [&] { client.send(lan.primary, 1); });
  at(Seconds(2), [&] { client.send(lan.primary, 2); });
  at(Seconds(3), [&] { lan.hosts[0]->PowerOff(); });
  at(Seconds(4), [&] { client.send(lan.primary, 3); });
  run_until(Seconds(5));
  EXPECT_THAT(client.answers, SizeIs(3));
}

// A host that gave an address up must not remember its former self or former holders.
TEST_P(EchoTest, FormerHolderFindsTheNewOne) {
  Signaller former(lan.hosts[0]);
  lan.hosts[1]->Claim(lan.primary);
  at(MilliSeconds(10), [&] {
    lan.hosts[1]->Release(lan.primary);
    lan.hosts[0]->Claim(lan.primary);
  });
  at(MilliSeconds(20), [&] {
    lan.hosts[0]->Release(lan.primary);
    lan.hosts[2]->Claim(lan.primary);
  });
  at(MilliSeconds(30), [&] { former.send(lan.primary, 7); });
  run_until(Seconds(1));
  ASSERT_THAT(former.answers, SizeIs(1));
  EXPECT_EQ(former.answers[0].from, lan.primary);
}

// The same without the announcement: it has to ask.
TEST_P(EchoTest, FormerHolderThatMissedTheAnnouncementAsksForTheNewOne) {
  Signaller former(lan.hosts[0]);
  lan.hosts[1]->Claim(lan.primary);
  at(MilliSeconds(10), [&] {
    lan.hosts[1]->Release(lan.primary);
    lan.hosts[0]->Claim(lan.primary);
  });
  at(MilliSeconds(20), [&] {
    lan.hosts[0]->Release(lan.primary);
    deafen(0);
    lan.hosts[2]->Claim(lan.primary);
  });
  at(MilliSeconds(25), [&] { lan.network->SetFilter({}); });
  at(MilliSeconds(30), [&] { former.send(lan.primary, 7); });
  run_until(Seconds(1));
  EXPECT_THAT(former.answers, SizeIs(1));
}

// A host that forwarded would hide from its neighbours that they missed an announcement.
TEST_P(EchoTest, FormerHolderDoesNotForwardToTheNewOne) {
  Signaller client(lan.hosts[2]);
  lan.hosts[0]->Claim(lan.primary);
  at(MilliSeconds(10), [&] { client.send(lan.primary, 1); });
  at(MilliSeconds(20), [&] {
    deafen(2);
    lan.hosts[0]->Release(lan.primary);
    lan.hosts[1]->Claim(lan.primary);
  });
  at(MilliSeconds(25), [&] { lan.network->SetFilter({}); });
  at(MilliSeconds(30), [&] { client.send(lan.primary, 2); });
  run_until(MilliSeconds(100));
  ASSERT_THAT(client.answers, SizeIs(1));
  EXPECT_EQ(client.answers[0].token, 1U);
}

// A shared address is never chosen as the source: signals come from the server's own address.
TEST_P(EchoTest, SignalsComeFromTheServerAddress) {
  Signaller monitor(lan.hosts[1]);
  lan.hosts[0]->Claim(lan.primary);
  lan.hosts[1]->Claim(lan.monitor);
  std::vector<Address> sources;
  lan.link_of(1)->TraceConnectWithoutContext(
      "Sent",
      ns3::Callback<void, Ptr<const ns3::NetDevice>, const UnderstudyFrame&>(
          [&](Ptr<const ns3::NetDevice> end, const UnderstudyFrame& frame) {
            if (end != lan.hosts[1]->GetDevice()) return;
            std::vector<std::uint8_t> bytes(frame.payload->GetSize());
            frame.payload->CopyData(bytes.data(), static_cast<std::uint32_t>(bytes.size()));
            if (frame.protocol == 0x0800 && bytes.at(9) == 1) {
              sources.push_back(ns3::Ipv4Address::Deserialize(&bytes.at(12)));
            } else if (frame.protocol == 0x86dd && bytes.at(6) == 58 && bytes.at(40) == 128) {
              sources.push_back(ns3::Ipv6Address::Deserialize(&bytes.at(8)));
            }
          }));
  at(MilliSeconds(10), [&] { monitor.send(lan.primary, 1); });
  at(MilliSeconds(20), [&] { monitor.send(lan.hosts[2]->GetServerAddress(), 2); });
  run_until(MilliSeconds(30));
  EXPECT_THAT(sources,
              ElementsAre(lan.hosts[1]->GetServerAddress(), lan.hosts[1]->GetServerAddress()));
  EXPECT_THAT(monitor.answers, SizeIs(2));
}

}  // namespace
}  // namespace understudy::ns3_tests
