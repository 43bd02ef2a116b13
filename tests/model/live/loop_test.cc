// SPDX-License-Identifier: MIT
//
// What runs on the loop and needs no rights: timers and programs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include "../failover/support/allocations.h"
#include "understudy/live/boot_clock.h"
#include "understudy/live/echo_packet.h"
#include "understudy/live/timers.h"

namespace understudy::live {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

struct TimersOfAnAgent : testing::Test {
  boost::asio::io_context loop;
  std::vector<Timer> expired;
  Timers timers{loop, [this] {
                  while (const auto timer = timers.take_due(boot_now())) expired.push_back(*timer);
                }};
};

TEST_F(TimersOfAnAgent, ExpireInTheOrderOfTheirDeadlinesAndNotBefore) {
  const Time start = boot_now();
  timers.arm(Timer::grace, start + 30ms);
  timers.arm(Timer::ping, start + 10ms);
  timers.arm(Timer::fence, start + 20ms);
  loop.run_for(15ms);
  EXPECT_THAT(expired, ElementsAre(Timer::ping));
  loop.run_for(200ms);
  EXPECT_THAT(expired, ElementsAre(Timer::ping, Timer::fence, Timer::grace));
}

TEST_F(TimersOfAnAgent, ThatAreMovedExpireOnceAtTheNewInstant) {
  const Time start = boot_now();
  timers.arm(Timer::ping, start + 10ms);
  timers.arm(Timer::ping, start + 60ms);
  loop.run_for(40ms);
  EXPECT_THAT(expired, ElementsAre());
  loop.run_for(100ms);
  EXPECT_THAT(expired, ElementsAre(Timer::ping));
}

TEST_F(TimersOfAnAgent, ThatAreDisarmedDoNotExpire) {
  timers.arm(Timer::ping, boot_now() + 10ms);
  timers.disarm(Timer::ping);
  timers.arm(Timer::grace, boot_now() + 20ms);
  loop.run_for(100ms);
  EXPECT_THAT(expired, ElementsAre(Timer::grace));
}

TEST_F(TimersOfAnAgent, WhoseDeadlineIsOverAlreadyExpireAtOnce) {
  timers.arm(Timer::ping, Time{} - 5s);
  loop.run_for(100ms);
  EXPECT_THAT(expired, ElementsAre(Timer::ping));
}

// A ping is a timer, a packet out, a packet in and the timer again.
TEST(TheLoop, TakesNothingFromTheHeapForWhatComesAgainAndAgain) {
  boost::asio::io_context loop;
  std::array<int, 2> ends{};
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends.data()), 0);
  const Descriptor far(ends[1]);
  int rounds = 0;
  std::size_t before = 0;
  std::optional<Timers> timers;
  timers.emplace(loop, [&] {
    if (!timers->take_due(boot_now())) return;
    const EchoBytes request = encode_request(IpFamily::v4, {.token = 7});
    ASSERT_GT(send(far.number(), request.data(), request.size(), 0), 0);
  });
  std::optional<Readable> near;
  near.emplace(loop, Descriptor(ends[0]), [&] {
    EchoBytes bytes{};
    ASSERT_GT(recv(near->number(), bytes.data(), bytes.size(), 0), 0);
    if (++rounds == 100) before = allocations();
    if (rounds == 1100) return loop.stop();
    timers->arm(Timer::ping, boot_now() + 10us);
  });
  timers->arm(Timer::ping, boot_now());
  loop.run_for(10s);
  ASSERT_EQ(rounds, 1100);
  EXPECT_EQ(allocations() - before, 0U);
}

}  // namespace
}  // namespace understudy::live
