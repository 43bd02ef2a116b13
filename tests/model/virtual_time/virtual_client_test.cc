// SPDX-License-Identifier: MIT
//
// The client that costs no events, held against one that simulates request by request.
#include "understudy/virtual_time/virtual_client.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>
#include <vector>

namespace understudy {
namespace {

using namespace std::chrono_literals;

constexpr Time at(Duration since_start) { return Time{} + since_start; }

// What requests meet with from an instant on, until the next change.
struct Change {
  Time at{};
  VirtualClient::Service service{};
};

// A change of this very instant comes after the requests that arrive at this instant …
const VirtualClient::Service& met_at(const std::vector<Change>& changes, Time when) {
  const auto later = std::ranges::lower_bound(changes, when, {}, &Change::at);
  return (later - 1)->service;
}

// … and before those that are sent.
const VirtualClient::Service& sent_at(const std::vector<Change>& changes, Time when) {
  const auto later = std::ranges::upper_bound(changes, when, {}, &Change::at);
  return (later - 1)->service;
}

struct Load {
  ServiceLoad service{};
  Topology topology{};
  Time end{};
};

// Who has a request for `target`; none: it is lost.
std::optional<ServerId> reached(const std::optional<ServerId>& target,
                                const VirtualClient::Service& service) {
  for (const ServerId id : {ServerId::first, ServerId::second}) {
    if (service.serving[index(id)] && target.value_or(id) == id) return id;
  }
  return std::nullopt;
}

// The obvious client: each request looks up what it met with, and at a paused server again after
// each change.
Timeline request_by_request(const Load& load, const std::vector<Change>& changes) {
  ClientLog log;
  log.count_from(at(0s));
  log.count_until(load.end - load.service.request_timeout);
  VirtualLinks links(load.topology, {});
  const Duration delay = load.topology.delay.mean();
  for (Time sent = at(0s); sent < load.end; sent += load.service.request_interval) {
    const auto believed = sent_at(changes, sent).believed;
    Time arrival = sent + delay;
    auto met = met_at(changes, arrival);
    auto server = reached(believed, met);
    auto next = std::ranges::lower_bound(changes, arrival, {}, &Change::at);
    for (; server && met.paused[index(*server)]; ++next) {
      if (next == changes.end()) {
        server.reset();
        break;
      }
      arrival = next->at;
      met = next->service;
      server = reached(believed, met);
    }
    const ClientLog::Stretch alone{.first_sent = sent, .interval = load.service.request_interval};
    const Duration round_trip = arrival - sent + delay;
    if (server && arrival <= load.end && round_trip <= load.service.request_timeout) {
      log.answered(alone, round_trip);
    } else {
      log.lost(alone);
    }
  }
  Timeline timeline;
  log.finish(timeline);
  return timeline;
}

Timeline all_at_once(const Load& load, const std::vector<Change>& changes) {
  VirtualClient client(load.service, load.end);
  client.first_primary(at(0s));
  VirtualLinks links(load.topology, {});
  for (std::size_t i = 1; i < changes.size(); ++i) {
    client.settle(changes[i].at, changes[i - 1].service, links);
  }
  client.settle(load.end, changes.back().service, links);
  Timeline timeline;
  client.finish(timeline);
  return timeline;
}

std::vector<Change> draw_changes(std::uint64_t number, Time end, Duration mean_gap) {
  Stream stream({.seed = 1, .number = number}, "changes");
  const Distribution gap = Exponential{mean_gap};
  std::vector<Change> changes{{.at = at(-1ns), .service = {}}};
  for (Time when = at(gap.draw(stream)); when < end; when += gap.draw(stream)) {
    VirtualClient::Service service;
    service.serving = {stream.chance(0.6), stream.chance(0.3)};
    service.paused = {stream.chance(0.3), stream.chance(0.3)};
    if (stream.chance(0.9)) {
      service.believed = stream.chance(0.5) ? ServerId::first : ServerId::second;
    }
    changes.push_back({.at = when, .service = service});
  }
  return changes;
}

class VirtualClientAgainstReference : public testing::TestWithParam<Duration> {};

TEST_P(VirtualClientAgainstReference, GivesTheSameGapsForAnyChanges) {
  Load load{.end = at(20s)};
  load.topology.delay = GetParam();
  std::uint64_t gaps = 0;
  for (std::uint64_t number = 1; number <= 50; ++number) {
    for (const Duration mean_gap : {Duration(3ms), Duration(40ms), Duration(700ms)}) {
      const auto changes = draw_changes(number, load.end, mean_gap);
      const Timeline expected = request_by_request(load, changes);
      const Timeline actual = all_at_once(load, changes);
      ASSERT_EQ(actual.gaps, expected.gaps) << "run " << number;
      ASSERT_EQ(actual.ending, expected.ending) << "run " << number;
      gaps += actual.gaps.size();
    }
  }
  EXPECT_GE(gaps, 150U);
}

// Short of an interval, several intervals, beyond half the timeout.
INSTANTIATE_TEST_SUITE_P(Delays, VirtualClientAgainstReference,
                         testing::Values(Duration(50us), Duration(17ms), Duration(25ms),
                                         Duration(40ms)));

TEST(VirtualClient, LosesRequestsAtTheRateOfTheNetwork) {
  Load load{.end = at(1000s)};
  VirtualClient client(load.service, load.end);
  client.first_primary(at(0s));
  VirtualLinks links(load.topology, {.seed = 1, .number = 1});
  Fault loss{.kind = FaultKind::loss, .target = FaultTarget::network};
  loss.probability = 0.1;
  links.begin(0, loss, struck_by(loss, Topology{}, {}));
  client.settle(load.end, {.believed = ServerId::first, .serving = {true, false}}, links);
  Timeline timeline;
  client.finish(timeline);
  // 1 - 0.9^2 of 99,996 requests, within 4 standard deviations.
  const double n = static_cast<double>(timeline.ending.requests);
  const double lost = static_cast<double>(timeline.ending.lost_requests);
  EXPECT_NEAR(lost / n, 0.19, 4 * std::sqrt(0.19 * 0.81 / n));
}

// Those that the network lets overtake each other are answered in the order of their arrival, so
// each answer meets with what the same answer meets with on a substrate of packets.
TEST(VirtualClient, IsToldTheSameByHoweverManySettlements) {
  Load load{.end = at(100s)};
  const auto timeline_of = [&](Duration step) {
    VirtualClient client(load.service, load.end);
    client.first_primary(at(0s));
    VirtualLinks links(load.topology, {.seed = 1, .number = 1});
    Fault loss{.kind = FaultKind::loss, .target = FaultTarget::network};
    loss.probability = 0.1;
    Fault jitter{.kind = FaultKind::jitter, .target = FaultTarget::network};
    jitter.delay = Uniform{0ms, 20ms};
    links.begin(0, loss, struck_by(loss, Topology{}, {}));
    links.begin(1, jitter, struck_by(jitter, Topology{}, {}));
    for (Time now = at(step); now <= load.end; now += step) {
      client.settle(now, {.believed = ServerId::first, .serving = {true, false}}, links);
    }
    Timeline timeline;
    client.finish(timeline);
    return timeline;
  };
  const Timeline often = timeline_of(1ms);
  EXPECT_GT(often.gaps.size(), 1000U);
  EXPECT_EQ(timeline_of(1s).gaps, often.gaps);
  EXPECT_EQ(timeline_of(100s).gaps, often.gaps);
}

}  // namespace
}  // namespace understudy
