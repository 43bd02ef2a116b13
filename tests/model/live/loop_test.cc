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
#include "understudy/live/command.h"
#include "understudy/live/echo_packet.h"
#include "understudy/live/power.h"
#include "understudy/live/timers.h"

namespace understudy::live {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

class TimersOfAnAgent : public testing::Test {
 protected:
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

class Programs : public testing::Test {
 protected:
  CommandEnd run(const Command& command) {
    std::optional<CommandEnd> found;
    const CommandRun running(loop, command, [&](const CommandEnd& end) {
      found = end;
      loop.stop();
    });
    loop.run_for(10s);
    loop.restart();
    return found.value_or(CommandEnd{.well = false, .reason = "nothing came"});
  }

  boost::asio::io_context loop;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> waiting{
      loop.get_executor()};
};

TEST_F(Programs, AreWellWhenTheyEndWithZero) {
  EXPECT_TRUE(run({.arguments = {"/bin/true"}, .input = {}, .environment = {}}).well);
  const CommandEnd end = run({.arguments = {"/bin/false"}, .input = {}, .environment = {}});
  EXPECT_FALSE(end.well);
  EXPECT_EQ(end.reason, "exit code 1");
}

TEST_F(Programs, GetTheirInputAndEnvironment) {
  const std::string script = "read word && test \"$word $NAME\" = 'action=off value'";
  EXPECT_TRUE(run({.arguments = {"/bin/sh", "-c", script},
                   .input = "action=off\n",
                   .environment = {"NAME=value"}})
                  .well);
}

TEST_F(Programs, GetNoneOfTheDaemonsDescriptors) {
  const int open = dup(STDERR_FILENO);  // without FD_CLOEXEC, as Asio's sockets are
  ASSERT_GT(open, STDERR_FILENO);
  const std::string script = "test ! -e /proc/self/fd/" + std::to_string(open);
  EXPECT_TRUE(run({.arguments = {"/bin/sh", "-c", script}, .input = {}, .environment = {}}).well);
  close(open);
}

TEST_F(Programs, ThatAreNotThereAreSaidToBeSo) {
  const CommandEnd end = run({.arguments = {"/no/such/program"}, .input = {}, .environment = {}});
  EXPECT_FALSE(end.well);
  EXPECT_EQ(end.reason, "cannot be started: No such file or directory");
}

TEST_F(Programs, ThatTakeTooLongAreKilledWithAllThatTheyStarted) {
  const std::string file = testing::TempDir() + "understudy_child";
  const CommandEnd end =
      run({.arguments = {"/bin/sh", "-c", "sleep 60 & echo $! >" + file + "; wait"},
           .input = {},
           .environment = {},
           .limit = 200ms});
  EXPECT_EQ(end.reason, "killed after 200ms");
  pid_t child = 0;
  std::ifstream(file) >> child;
  ASSERT_GT(child, 0);
  // Killed, though perhaps not reaped yet by whoever inherited it.
  std::string state;
  for (int i = 0; i < 200; ++i) {
    std::ifstream status("/proc/" + std::to_string(child) + "/stat");
    std::string pid;
    std::string name;
    state.clear();
    status >> pid >> name >> state;
    if (state.empty() || state == "Z") break;
    loop.run_for(10ms);
  }
  EXPECT_TRUE(state.empty() || state == "Z") << state;
}

TEST_F(Programs, TheLatestOrderToThePowerChannelCounts) {
  std::vector<FenceReport> reports;
  PowerCommand power(
      loop,
      {.arguments = {"/bin/sh", "-c", "read a; test $a = action=on || sleep 60"},
       .input = {},
       .environment = {}},
      [&](const FenceReport& report) { reports.push_back(report); }, [](const std::string&) {});
  power.order(PowerOrder::off, 1);
  power.order(PowerOrder::on, 2);
  loop.run_for(500ms);
  ASSERT_EQ(reports.size(), 1U);
  EXPECT_EQ(reports[0].token, 2U);
  EXPECT_EQ(reports[0].result, FenceResult::on);
}

TEST_F(Programs, APowerCommandThatFailsOrHangsIsARefusal) {
  std::vector<FenceResult> results;
  PowerCommand power(
      loop,
      {.arguments = {"/bin/sh", "-c", "read a; test $a = action=off || sleep 60; exit 1"},
       .input = {},
       .environment = {},
       .limit = 200ms},
      [&](const FenceReport& report) { results.push_back(report.result); },
      [](const std::string&) {});
  power.order(PowerOrder::off, 1);
  loop.run_for(300ms);
  power.order(PowerOrder::on, 2);
  loop.run_for(600ms);
  EXPECT_THAT(results, ElementsAre(FenceResult::refused, FenceResult::refused));
}

}  // namespace
}  // namespace understudy::live
