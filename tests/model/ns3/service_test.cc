// SPDX-License-Identifier: MIT
//
// The service at the primary address and a client that measures it; messages between servers.

#include "understudy/ns3/service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <ns3/node.h>
#include <ns3/packet.h>

#include "lan.h"
#include "understudy/ns3/client.h"
#include "understudy/ns3/datagrams.h"

namespace understudy::ns3_tests {
namespace {

using ns3::Address;
using ns3::AddressValue;
using ns3::MicroSeconds;
using ns3::MilliSeconds;
using ns3::Ptr;
using ns3::Seconds;
using ns3::Simulator;
using ns3::Time;
using ns3::TimeValue;
using ns3::UnderstudyClient;
using ns3::UnderstudyDatagrams;
using ns3::UnderstudyFrame;
using ns3::UnderstudyHost;
using ns3::UnderstudyService;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;

class ServiceTest : public testing::TestWithParam<Family> {
 protected:
  struct Answered {
    std::uint64_t request;
    Time sent;
    Time at;
  };
  struct Lost {
    std::uint64_t request;
    Time sent;
    Time at;
  };

  ServiceTest() {
    for (std::size_t i : {0U, 1U}) services.push_back(lan.hosts[i]->Install<UnderstudyService>());
    client->SetAttribute("Remote", AddressValue(lan.primary));
    client->SetStartTime(MilliSeconds(100));
    client->SetStopTime(MilliSeconds(100) + MilliSeconds(990) + MicroSeconds(1));  // 100 requests
    client->TraceConnectWithoutContext("Answered",
                                       ns3::Callback<void, std::uint64_t, Time, Time>(
                                           [this](std::uint64_t request, Time sent, Time at) {
                                             answered.push_back({request, sent, at});
                                           }));
    client->TraceConnectWithoutContext(
        "Lost", ns3::Callback<void, std::uint64_t, Time>([this](std::uint64_t request, Time sent) {
          lost.push_back({request, sent, Simulator::Now()});
        }));
    lan.hosts[2]->GetNode()->AddApplication(client);
    serve(0);
  }

  void serve(std::size_t host) {
    lan.hosts[host]->Claim(lan.primary);
    services[host]->Serve(lan.primary);
  }
  void rest(std::size_t host) {
    services[host]->Rest();
    lan.hosts[host]->Release(lan.primary);
  }

  Lan lan{GetParam()};
  std::vector<Ptr<UnderstudyService>> services;
  Ptr<UnderstudyClient> client = ns3::CreateObject<UnderstudyClient>();
  std::vector<Answered> answered;
  std::vector<Lost> lost;
};
INSTANTIATE_TEST_SUITE_P(Families, ServiceTest, testing::Values(Family::v4, Family::v6), name_of);

TEST_P(ServiceTest, RequestKLeavesAtStartPlusKIntervalsAndIsAnsweredInARoundTrip) {
  run_until(Seconds(2));
  ASSERT_THAT(answered, SizeIs(100));
  EXPECT_THAT(lost, IsEmpty());
  for (std::uint64_t k = 0; k < 100; ++k) {
    EXPECT_EQ(answered[k].request, k);
    EXPECT_EQ(answered[k].sent, MilliSeconds(100 + 10 * static_cast<std::int64_t>(k)));
    EXPECT_LT(answered[k].at, answered[k].sent + MicroSeconds(230));
  }
}

TEST_P(ServiceTest, NoRequestIsLostWhenTheServiceMovesBetweenTwoRequests) {
  at(MilliSeconds(505), [this] {
    rest(0);
    serve(1);
  });
  run_until(Seconds(2));
  EXPECT_THAT(answered, SizeIs(100));
  EXPECT_THAT(lost, IsEmpty());
}

// Requests 41 to 60, at 510 to 700 ms.
TEST_P(ServiceTest, RequestsToACrashedServerAreLostAtTheirTimeout) {
  at(MilliSeconds(505), [this] { lan.hosts[0]->PowerOff(); });
  at(MilliSeconds(705), [this] { serve(1); });
  run_until(Seconds(2));
  EXPECT_THAT(answered, SizeIs(80));
  ASSERT_THAT(lost, SizeIs(20));
  for (std::uint64_t i = 0; i < 20; ++i) {
    EXPECT_EQ(lost[i].request, 41 + i);
    EXPECT_EQ(lost[i].at, lost[i].sent + MilliSeconds(50));
  }
}

TEST_P(ServiceTest, HolderThatDoesNotServeAnswersNoRequest) {
  at(MilliSeconds(505), [this] { services[0]->Rest(); });
  at(MilliSeconds(705), [this] { services[0]->Serve(lan.primary); });
  run_until(Seconds(2));
  EXPECT_THAT(answered, SizeIs(80));
  EXPECT_THAT(lost, SizeIs(20));
}

TEST_P(ServiceTest, LateAnswerIsNone) {
  lan.link_of(0)->SetFate(lan.hosts[0]->GetDevice(),
                          [](UnderstudyFrame&, std::vector<Time>& arrivals) {
                            if (Simulator::Now() > MilliSeconds(505))
                              arrivals[0] += MilliSeconds(60);
                          });
  run_until(Seconds(2));
  EXPECT_THAT(answered, SizeIs(41));
  EXPECT_THAT(lost, SizeIs(59));
}

// Also while an older request waits for an answer that never comes.
TEST_P(ServiceTest, DuplicateAnswerCountsOnce) {
  const auto lose_one_double_the_rest = [](UnderstudyFrame& frame, std::vector<Time>& arrivals) {
    const bool is_answer = frame.payload->GetSize() >= 36 && !frame.to.IsGroup();
    if (is_answer && Simulator::Now() > MilliSeconds(505) && Simulator::Now() < MilliSeconds(515)) {
      arrivals.clear();
    } else {
      arrivals.push_back(arrivals[0] + MicroSeconds(10));
    }
  };
  lan.link_of(0)->SetFate(lan.hosts[0]->GetDevice(), lose_one_double_the_rest);
  run_until(Seconds(2));
  EXPECT_THAT(answered, SizeIs(99));
  ASSERT_THAT(lost, SizeIs(1));
  EXPECT_EQ(lost[0].request, 41U);
}

// ---- messages between servers

class DatagramsTest : public testing::TestWithParam<Family> {
 protected:
  using Message = std::pair<Address, std::string>;

  DatagramsTest() {
    for (std::size_t i : {0U, 1U}) {
      parts.push_back(lan.hosts[i]->Install<UnderstudyDatagrams>());
      parts[i]->SetReceiveCallback(
          [this, i](const Address& from, std::span<const std::uint8_t> bytes) {
            heard[i].emplace_back(from, std::string(bytes.begin(), bytes.end()));
          });
      parts[i]->Open();
    }
  }

  void send(std::size_t from, std::size_t to, const std::string& text) {
    const std::vector<std::uint8_t> bytes(text.begin(), text.end());
    parts[from]->Send(lan.hosts[to]->GetServerAddress(), bytes);
  }

  Lan lan{GetParam()};
  std::vector<Ptr<UnderstudyDatagrams>> parts;
  std::vector<Message> heard[2];
};
INSTANTIATE_TEST_SUITE_P(Families, DatagramsTest, testing::Values(Family::v4, Family::v6), name_of);

TEST_P(DatagramsTest, MessageArrivesWithItsSendersServerAddress) {
  lan.hosts[0]->Claim(lan.primary);
  at(MilliSeconds(1), [this] { send(0, 1, "hello"); });
  at(MilliSeconds(2), [this] { send(1, 0, "good day"); });
  run_until(MilliSeconds(10));
  EXPECT_THAT(heard[1], ElementsAre(Pair(lan.hosts[0]->GetServerAddress(), "hello")));
  EXPECT_THAT(heard[0], ElementsAre(Pair(lan.hosts[1]->GetServerAddress(), "good day")));
}

TEST_P(DatagramsTest, MessagesEndWithThePowerAndStartWithTheNextOpen) {
  send(0, 1, "heard");  // and both know each other's hardware address from then on
  at(MilliSeconds(1), [this] { lan.hosts[1]->PowerOff(); });
  at(MilliSeconds(2), [this] {
    EXPECT_FALSE(parts[1]->IsOpen());
    send(0, 1, "lost");
    send(1, 0, "not sent");
  });
  at(MilliSeconds(3), [this] { lan.hosts[1]->Boot(); });
  at(MilliSeconds(4), [this] { send(0, 1, "not heard"); });
  at(MilliSeconds(5), [this] { parts[1]->Open(); });
  at(MilliSeconds(6), [this] { send(0, 1, "heard again"); });
  run_until(Seconds(5));
  EXPECT_THAT(heard[0], IsEmpty());
  EXPECT_THAT(heard[1], ElementsAre(Pair(lan.hosts[0]->GetServerAddress(), "heard"),
                                    Pair(lan.hosts[0]->GetServerAddress(), "heard again")));
}

}  // namespace
}  // namespace understudy::ns3_tests
