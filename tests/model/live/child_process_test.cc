// SPDX-License-Identifier: MIT
#include "understudy/live/child_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <optional>
#include <string>
#include <utility>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

namespace understudy::live {
namespace {

using namespace std::chrono_literals;

struct Programs : testing::Test {
  ProgramEnd run(Program program) {
    std::optional<ProgramEnd> found;
    const auto running = ChildProcess::start(loop, std::move(program), [&](const ProgramEnd& end) {
      found = end;
      loop.stop();
    });
    loop.run_for(10s);
    loop.restart();
    return found.value_or(ProgramEnd{.exit_code = {}, .reason = "nothing came", .output = {}});
  }

  boost::asio::io_context loop;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> waiting{
      loop.get_executor()};
};

TEST_F(Programs, AreWellWhenTheyEndWithZero) {
  EXPECT_TRUE(run({.arguments = {"/bin/true"}}).well());
  const ProgramEnd end = run({.arguments = {"/bin/false"}});
  EXPECT_FALSE(end.well());
  EXPECT_EQ(end.reason, "exit code 1");
}

TEST_F(Programs, GetTheirInputAndEnvironment) {
  const std::string script = "read word && test \"$word $NAME\" = 'action=off value'";
  EXPECT_TRUE(run({.arguments = {"/bin/sh", "-c", script},
                   .input = "action=off\n",
                   .environment = {"NAME=value"}})
                  .well());
}

TEST_F(Programs, GetNoneOfTheDaemonsDescriptors) {
  const int open = dup(STDERR_FILENO);  // without FD_CLOEXEC, as Asio's sockets are
  ASSERT_GT(open, STDERR_FILENO);
  const std::string script = "test ! -e /proc/self/fd/" + std::to_string(open);
  EXPECT_TRUE(run({.arguments = {"/bin/sh", "-c", script}}).well());
  close(open);
}

TEST_F(Programs, ThatAreNotThereAreSaidToBeSo) {
  const ProgramEnd end = run({.arguments = {"/no/such/program"}});
  EXPECT_FALSE(end.well());
  EXPECT_EQ(end.reason, "cannot be started: No such file or directory");
}

TEST_F(Programs, ThatTakeTooLongAreKilledWithAllThatTheyStarted) {
  const std::string file = testing::TempDir() + "understudy_child";
  const ProgramEnd end =
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

}  // namespace
}  // namespace understudy::live
