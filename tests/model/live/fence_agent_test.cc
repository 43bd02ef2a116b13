// SPDX-License-Identifier: MIT
//
// The fence agents of these tests are shell scripts of a few lines, written into a temporary
// folder, which say in files what they were told and did.
#include "understudy/live/fence_agent.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

namespace understudy::live {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

bool is_alive(int pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  const std::string text{std::istreambuf_iterator<char>(stat), {}};
  return !text.empty() && text.find(") Z") == text.npos;
}

std::size_t open_descriptors() {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator()));
}

bool has_children() {
  siginfo_t found{};
  return ::waitid(P_ALL, 0, &found, WEXITED | WNOHANG | WNOWAIT) == 0;
}

class WithFenceAgents : public testing::Test {
 protected:
  WithFenceAgents() {
    std::string name = (fs::temp_directory_path() / "fence-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  ~WithFenceAgents() override { fs::remove_all(folder_); }

  // A script whose folder is $D, and whose input is $IN.
  std::string script(const std::string& body) {
    const fs::path path = folder_ / ("fence_" + std::to_string(++scripts_));
    std::ofstream(path) << "#!/bin/sh\nD=" << folder_.string() << "\nIN=$(cat)\n" << body << '\n';
    fs::permissions(path, fs::perms::owner_all);
    return path.string();
  }

  [[nodiscard]] std::string said(const std::string& file) const {
    std::ifstream in(folder_ / file);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  [[nodiscard]] FenceAgent agent(FenceAgentConfig config) {
    if (kept_) config.holder = UNDERSTUDY_FENCE_HOLDER;
    EXPECT_EQ(mistake_in(config), "");
    return {loop_, std::move(config),
            [this](const FenceReport& report) { reports_.push_back(report); },
            [this](const std::string& line) { log_ += line + '\n'; }};
  }

  void run_until(const std::function<bool()>& done) {
    const auto end = std::chrono::steady_clock::now() + 20s;
    while (!done() && std::chrono::steady_clock::now() < end) {
      loop_.restart();
      loop_.run_one_for(20ms);
    }
    ASSERT_TRUE(done()) << log_;
  }
  void run_until_reports(std::size_t count) {
    run_until([&] { return reports_.size() >= count; });
  }
  // What would still come, comes.
  void run_for(std::chrono::milliseconds span) {
    loop_.restart();
    loop_.run_for(span);
  }
  void run_until_said(const std::string& file) {
    run_until([&] { return said(file).ends_with('\n'); });
  }

  fs::path folder_;
  boost::asio::io_context loop_;
  std::vector<FenceReport> reports_;
  std::string log_;
  bool kept_ = true;  // one has been started before its order

 private:
  int scripts_ = 0;
};

class FenceAgents : public WithFenceAgents, public testing::WithParamInterface<bool> {
 protected:
  FenceAgents() { kept_ = GetParam(); }
};

MATCHER_P2(Reports, token, result, "") { return arg.token == token && arg.result == result; }

TEST_P(FenceAgents, TellsTheProgramItsOptionsAndTheActionOnStandardInput) {
  FenceAgent fence = agent({.program = script("echo \"$IN\" >$D/in; echo \"$# $(env)\" >$D/env"),
                            .options = {{"ip", "10.0.0.9"}, {"password", "a = b"}, {"ip", ""}}});
  fence.order(PowerOrder::off, 7);
  run_until_reports(1);
  EXPECT_EQ(said("in"), "ip=10.0.0.9\npassword=a = b\nip=\naction=off\n");
  EXPECT_THAT(said("env"), Not(HasSubstr("a = b")));
  EXPECT_THAT(said("env"), testing::StartsWith("0 "));
}

TEST_P(FenceAgents, ReportsOffForOffAndRebootAndOnForOn) {
  FenceAgent fence = agent({.program = script("echo \"$IN\" >>$D/in")});
  fence.order(PowerOrder::off, 1);
  run_until_reports(1);
  fence.order(PowerOrder::on, 1);
  run_until_reports(2);
  fence.order(PowerOrder::reboot, 2);
  run_until_reports(3);
  EXPECT_THAT(reports_, ElementsAre(Reports(1U, FenceResult::off), Reports(1U, FenceResult::on),
                                    Reports(2U, FenceResult::off)));
  EXPECT_EQ(said("in"), "action=off\naction=on\naction=reboot\n");
}

TEST_P(FenceAgents, ReportsFromTheLoopAndNeverWithinTheOrder) {
  FenceAgent fence = agent({.program = "/nowhere/fence_none", .attempts = 1});
  fence.order(PowerOrder::off, 1);
  EXPECT_THAT(reports_, IsEmpty());
  run_until_reports(1);
  EXPECT_THAT(reports_, ElementsAre(Reports(1U, FenceResult::refused)));
  EXPECT_THAT(log_,
              HasSubstr("/nowhere/fence_none off: cannot be started: No such file or directory"));
}

TEST_P(FenceAgents, IsRefusedOnceAllAttemptsHaveFailed) {
  FenceAgent fence =
      agent({.program = script("echo no >>$D/tries; echo unreachable >&2; exit 1"), .attempts = 3});
  fence.order(PowerOrder::off, 5);
  run_until_reports(1);
  EXPECT_THAT(reports_, ElementsAre(Reports(5U, FenceResult::refused)));
  EXPECT_EQ(said("tries"), "no\nno\nno\n");
  EXPECT_THAT(log_, HasSubstr("attempt 3 of 3 failed: exit code 1"));
  EXPECT_THAT(log_, HasSubstr("unreachable"));
}

TEST_P(FenceAgents, TriesAgainAfterAFailure) {
  FenceAgent fence =
      agent({.program = script("[ -e $D/once ] && exit 0; touch $D/once; exit 1"), .attempts = 2});
  fence.order(PowerOrder::off, 5);
  run_until_reports(1);
  EXPECT_THAT(reports_, ElementsAre(Reports(5U, FenceResult::off)));
}

TEST_P(FenceAgents, TakesATimeOutForAFailureAndKillsTheWholeGroup) {
  FenceAgent fence = agent(
      {.program = script("sleep 60 & echo $! >$D/pid; wait"), .timeout = 300ms, .attempts = 1});
  fence.order(PowerOrder::off, 5);
  run_until_reports(1);
  EXPECT_THAT(reports_, ElementsAre(Reports(5U, FenceResult::refused)));
  EXPECT_FALSE(is_alive(std::stoi(said("pid"))));
  EXPECT_TRUE(GetParam() || !has_children());
}

TEST_P(FenceAgents, KillsWhatIgnoresTheFriendlySignal) {
  FenceAgent fence = agent({.program = script("trap '' TERM; echo $$ >$D/pid\n"
                                              "while :; do sleep 0.01; done"),
                            .timeout = 300ms,
                            .attempts = 1});
  fence.order(PowerOrder::off, 5);
  run_until_reports(1);
  EXPECT_THAT(reports_, ElementsAre(Reports(5U, FenceResult::refused)));
  EXPECT_FALSE(is_alive(std::stoi(said("pid"))));
}

TEST_P(FenceAgents, LeavesATimeToTheProgramToEndByItself) {
  FenceAgent fence = agent({.program = script("trap 'echo logged out >$D/end; exit 1' TERM\n"
                                              "echo up >$D/up; while :; do sleep 0.01; done"),
                            .grace = 5s});
  fence.order(PowerOrder::off, 1);
  run_until_said("up");
  fence.order(PowerOrder::off, 2);
  run_until_said("end");
  EXPECT_EQ(said("end"), "logged out\n");
}

TEST_P(FenceAgents, NeverCarriesOutAnOvertakenOrder) {
  // An `on` that would be carried out after 300 ms and cannot be talked to.
  FenceAgent fence = agent({.program = script("case $IN in *=on) trap '' TERM; echo up >$D/up\n"
                                              "  sleep 0.3; echo on >>$D/power;;\n"
                                              "*) echo off >>$D/power;; esac"),
                            .grace = 20ms});
  fence.order(PowerOrder::on, 1);
  run_until_said("up");
  fence.order(PowerOrder::off, 2);
  run_until_reports(1);
  run_for(600ms);
  EXPECT_THAT(reports_, ElementsAre(Reports(2U, FenceResult::off)));
  EXPECT_EQ(said("power"), "off\n");
}

TEST_P(FenceAgents, BeginsOnlyWhenTheOvertakenProgramIsGone) {
  // The first is in the middle of things when it is overtaken, and takes its time to end.
  FenceAgent fence = agent(
      {.program = script("case $IN in *=on) trap 'sleep 0.2; echo end >>$D/order; exit' TERM\n"
                         "  echo up >$D/up; while :; do sleep 0.01; done;;\n"
                         "*) echo begin >>$D/order;; esac"),
       .grace = 10s});
  fence.order(PowerOrder::on, 1);
  run_until_said("up");
  fence.order(PowerOrder::off, 2);
  run_until_reports(1);
  EXPECT_EQ(said("order"), "end\nbegin\n");
}

TEST_P(FenceAgents, OfManyOrdersAtOnceTheLastIsCarriedOut) {
  FenceAgent fence = agent({.program = script("echo \"$IN\" >>$D/in; sleep 0.05")});
  for (Token token = 1; token <= 20; ++token) {
    fence.order(token % 2 == 0 ? PowerOrder::off : PowerOrder::on, token);
  }
  run_until_reports(1);
  run_for(300ms);
  EXPECT_THAT(reports_, ElementsAre(Reports(20U, FenceResult::off)));
}

TEST_P(FenceAgents, AnOrderDuringThePauseEndsTheOlderOne) {
  FenceAgent fence =
      agent({.program = script("echo \"$IN\" >>$D/in; case $IN in *=on) exit 1;; esac"),
             .attempts = 3,
             .pause = 200ms});
  fence.order(PowerOrder::on, 1);
  run_until([&] { return log_.find("attempt 1") != log_.npos; });
  fence.order(PowerOrder::off, 2);
  run_until_reports(1);
  run_for(500ms);
  EXPECT_THAT(reports_, ElementsAre(Reports(2U, FenceResult::off)));
  EXPECT_EQ(said("in"), "action=on\naction=off\n");
}

TEST_P(FenceAgents, ConfirmsOffByTheStatus) {
  const std::string liar = script("case $IN in *status) exit $(cat $D/status);; esac; exit 0");
  FenceAgent fence = agent({.program = liar, .attempts = 1, .confirm = true});
  const auto with_status = [&](const std::string& code, PowerOrder order) {
    std::ofstream(folder_ / "status") << code;
    fence.order(order, 1);
    run_until_reports(reports_.size() + 1);
    return reports_.back().result;
  };
  EXPECT_EQ(with_status("2", PowerOrder::off), FenceResult::off);
  EXPECT_EQ(with_status("0", PowerOrder::off), FenceResult::refused);
  EXPECT_EQ(with_status("1", PowerOrder::off), FenceResult::refused);
  EXPECT_EQ(with_status("0", PowerOrder::on), FenceResult::on);
  EXPECT_EQ(with_status("2", PowerOrder::on), FenceResult::refused);
  EXPECT_EQ(with_status("1", PowerOrder::reboot), FenceResult::off);  // is not asked
}

TEST_P(FenceAgents, ABoundedPartOfAFloodIsKeptAndNothingWaitsForIt) {
  FenceAgent fence =
      agent({.program = script("head -c 30000000 /dev/zero | tr '\\0' x; echo last")});
  fence.order(PowerOrder::off, 1);
  run_until_reports(1);
  EXPECT_THAT(reports_, ElementsAre(Reports(1U, FenceResult::off)));

  FenceAgent failing = agent(
      {.program = script("head -c 9000 /dev/zero | tr '\\0' x; echo last; exit 1"), .attempts = 1});
  failing.order(PowerOrder::off, 2);
  run_until_reports(2);
  EXPECT_LT(log_.size(), ProgramEnd::greatest_output + 1000);
  EXPECT_THAT(log_, HasSubstr("xlast\n"));
}

TEST_P(FenceAgents, AnEndlessFloodEndsWithItsTime) {
  FenceAgent fence = agent({.program = "/usr/bin/yes", .timeout = 200ms, .attempts = 1});
  fence.order(PowerOrder::off, 1);
  run_until_reports(1);
  EXPECT_THAT(reports_, ElementsAre(Reports(1U, FenceResult::refused)));
}

TEST_P(FenceAgents, KeepsPasswordsAndControlCharactersOutOfTheLog) {
  FenceAgent fence =
      agent({.program = script("printf 'login \\033[2Jadmin s3cret s3cret\\nbad'; exit 1"),
             .options = {{"passwd", "s3cret"}},
             .attempts = 1});
  fence.order(PowerOrder::off, 1);
  run_until_reports(1);
  EXPECT_THAT(log_, HasSubstr("login  [2Jadmin *** ***|bad"));
}

TEST_P(FenceAgents, AProgramThatReadsNothingAndOneThatClosesEverythingAreNoHarm) {
  FenceAgentConfig config{.program = folder_ / "deaf", .attempts = 1};
  std::ofstream(config.program) << "#!/bin/sh\nexec <&- >&- 2>&-\nsleep 0.1\n";
  fs::permissions(config.program, fs::perms::owner_all);
  for (int i = 0; i < 50; ++i) config.options.push_back({"o", std::string(1000, 'x')});
  FenceAgent fence = agent(config);
  fence.order(PowerOrder::off, 1);
  run_until_reports(1);
  EXPECT_THAT(reports_, ElementsAre(Reports(1U, FenceResult::off)));
}

TEST_P(FenceAgents, WhatTheProgramLeavesBehindIsKilledWithIt) {
  FenceAgent fence = agent({.program = script("sleep 60 & echo $! >$D/pid")});
  fence.order(PowerOrder::off, 1);
  run_until_reports(1);
  EXPECT_THAT(reports_, ElementsAre(Reports(1U, FenceResult::off)));
  EXPECT_FALSE(is_alive(std::stoi(said("pid"))));
}

TEST_P(FenceAgents, GivesTheProgramNoDescriptorOfTheDaemonAndAGroupOfItsOwn) {
  ASSERT_EQ(::dup2(STDOUT_FILENO, 9), 9);  // without close-on-exec
  // From 10 on the shell has descriptors of its own.
  FenceAgent fence =
      agent({.program = script("for n in 3 4 5 6 7 8 9; do\n"
                               "  [ ! -e /proc/$$/fd/$n ] || echo $n >>$D/fds; done\n"
                               "cut -d ' ' -f 1,5,6 /proc/$$/stat >$D/ids")});
  fence.order(PowerOrder::off, 1);
  run_until_reports(1);
  ::close(9);
  EXPECT_EQ(said("fds"), "");
  std::istringstream ids(said("ids"));
  int pid = 0;
  int group = 0;
  int session = 0;
  ids >> pid >> group >> session;
  EXPECT_EQ(group, session);
  EXPECT_NE(session, ::getsid(0));
  EXPECT_TRUE(GetParam() || pid == group);
}

TEST_P(FenceAgents, ChecksTheDeviceWithoutTouchingThePower) {
  std::vector<std::string> results;
  const auto note = [&](const FenceAgent::Check& check) {
    const bool reached = check.answer == FenceAgent::Answer::reached;
    results.push_back((reached ? "well: " : "ill: ") + check.reason);
  };
  FenceAgent fence = agent({.program = script("echo \"$IN\" >>$D/in; exit $(cat $D/code)")});
  for (const char* code : {"0", "2", "1"}) {
    std::ofstream(folder_ / "code") << code;
    fence.check(note);
    run_until([&, before = results.size()] { return results.size() > before; });
  }
  EXPECT_THAT(results, ElementsAre("well: exit code 0", "well: exit code 2", "ill: exit code 1"));
  EXPECT_EQ(said("in"), "action=monitor\naction=monitor\naction=monitor\n");
  EXPECT_THAT(reports_, IsEmpty());
}

TEST_P(FenceAgents, ChecksThatADeviceOfSeveralServersKnowsThisOne) {
  std::string found;
  FenceAgent fence = agent(
      {.program = script("echo \"$IN\" >>$D/in; exit 1"), .options = {{"plug", "of-nobody"}}});
  fence.check([&](const FenceAgent::Check& check) {
    found = check.answer == FenceAgent::Answer::not_reached ? check.reason : "it is reached";
  });
  run_until([&] { return !found.empty(); });
  EXPECT_EQ(found, "exit code 1");
  EXPECT_EQ(said("in"), "plug=of-nobody\naction=status\n");
}

TEST_P(FenceAgents, AnOrderOvertakesACheckAndACheckNeverAnOrder) {
  std::vector<std::string> results;
  const auto note = [&](const FenceAgent::Check& check) {
    EXPECT_EQ(check.answer, FenceAgent::Answer::not_asked);
    results.push_back(check.reason);
  };
  FenceAgent fence = agent({.program = script("case $IN in *monitor) sleep 60;; esac; sleep 0.1")});
  fence.check(note);
  fence.order(PowerOrder::off, 1);
  fence.check(note);
  run_until_reports(1);
  EXPECT_THAT(results, ElementsAre("an order came", "it is at work"));
  EXPECT_THAT(reports_, ElementsAre(Reports(1U, FenceResult::off)));
}

TEST_P(FenceAgents, ItsEndIsTheEndOfItsProgram) {
  {
    FenceAgent fence = agent({.program = script("echo $$ >$D/pid; exec sleep 60")});
    fence.order(PowerOrder::off, 1);
    run_until_said("pid");
  }
  run_for(200ms);
  EXPECT_FALSE(is_alive(std::stoi(said("pid"))));
  EXPECT_FALSE(has_children());
  EXPECT_THAT(reports_, IsEmpty());
}

TEST_P(FenceAgents, TheEndOfTheLoopIsTheEndOfItsPrograms) {
  {
    boost::asio::io_context loop;
    const auto child = ChildProcess::start(
        loop, {.arguments = {script("echo $$ >$D/pid; exec sleep 60")}}, [](const ProgramEnd&) {});
    while (!said("pid").ends_with('\n')) std::this_thread::sleep_for(10ms);
  }
  EXPECT_FALSE(is_alive(std::stoi(said("pid"))));
  EXPECT_FALSE(has_children());
}

TEST_P(FenceAgents, AThousandOrdersLeaveNoDescriptorAndNoChild) {
  const auto give = [&](Token count) {
    FenceAgent fence = agent({.program = "/bin/true"});
    for (Token token = 1; token <= count; ++token) {
      reports_.clear();
      fence.order(PowerOrder::off, 0);
      fence.order(PowerOrder::off, token);  // overtakes the other
      run_until_reports(1);
      ASSERT_EQ(reports_.back().token, token);
    }
  };
  give(1);
  run_for(100ms);
  const std::size_t before = open_descriptors();
  give(1000);
  run_for(100ms);
  EXPECT_EQ(open_descriptors(), before);
  EXPECT_FALSE(has_children());
}

TEST_P(FenceAgents, NeedsAnAbsolutePathAndOptionsThatAreLines) {
  EXPECT_THAT(mistake_in({.program = "fence_ipmilan"}), HasSubstr("absolute path"));
  EXPECT_THAT(mistake_in({.program = "/f", .options = {{"a b", ""}}}), HasSubstr("\"a b\""));
  EXPECT_THAT(mistake_in({.program = "/f", .options = {{"", ""}}}), HasSubstr("name"));
  EXPECT_THAT(mistake_in({.program = "/f", .options = {{"a", "b\naction=on"}}}),
              HasSubstr("one line"));
  EXPECT_THAT(mistake_in({.program = "/f", .options = {{"action", "off"}}}), HasSubstr("action"));
  EXPECT_THAT(mistake_in({.program = "/f", .options = {{"a", std::string(70000, 'x')}}}),
              HasSubstr("too many"));
  EXPECT_THAT(mistake_in({.program = "/f", .attempts = 0}), HasSubstr("attempt"));
}

INSTANTIATE_TEST_SUITE_P(, FenceAgents, testing::Bool(),
                         [](const auto& kept) { return kept.param ? "Kept" : "Started"; });

// ---- the one that waits for its order -----------------------------------------------------------

class KeptFenceAgents : public WithFenceAgents {
 protected:
  // What begins says so, what ends says what it was told; told nothing, it does what the convention
  // has it do then.
  std::string cautious() {
    const fs::path path = folder_ / "cautious";
    std::ofstream(path) << "#!/bin/sh\necho $$ >>" << folder_.string()
                        << "/begun\nIN=$(cat)\necho \"${IN:-action=reboot}\" >>" << folder_.string()
                        << "/done\n";
    fs::permissions(path, fs::perms::owner_all);
    return path.string();
  }

  // The holder alone, and the end of its input.
  struct Held {
    int pid = -1;
    int input = -1;
  };
  Held hold(const std::string& program) {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    const int pid = ::fork();
    if (pid == 0) {
      ::dup2(ends[0], STDIN_FILENO);
      ::execl(UNDERSTUDY_FENCE_HOLDER, "fence_holder", program.c_str(), nullptr);
      ::_exit(127);
    }
    ::close(ends[0]);
    return {.pid = pid, .input = ends[1]};
  }
  static int end_of(const Held& held) {
    int status = 0;
    EXPECT_EQ(::waitpid(held.pid, &status, 0), held.pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }
};

TEST_F(KeptFenceAgents, AreStartedBeforeTheirOrderAndAgainAfterIt) {
  FenceAgent fence = agent({.program = cautious()});
  run_until_said("begun");
  EXPECT_EQ(said("done"), "");
  fence.order(PowerOrder::off, 1);
  run_until_reports(1);
  EXPECT_EQ(said("done"), "action=off\n");
  run_until([&] { return std::ranges::count(said("begun"), '\n') == 2; });
  EXPECT_EQ(said("done"), "action=off\n");
}

TEST_F(KeptFenceAgents, ThatAreAskedIfTheyReachTheirDeviceLeaveOneForAnOrder) {
  FenceAgent fence = agent({.program = cautious()});
  bool checked = false;
  fence.check([&](const FenceAgent::Check&) { checked = true; });
  run_until([&] { return checked; });
  run_until([&] { return std::ranges::count(said("begun"), '\n') == 2; });
  fence.order(PowerOrder::off, 1);
  run_until_reports(1);
  EXPECT_EQ(said("done"), "action=monitor\naction=off\n");
}

TEST_F(KeptFenceAgents, ThatEndedBeforeTheirOrderAreStartedForIt) {
  FenceAgent fence = agent({.program = cautious(), .attempts = 1});
  run_until_said("begun");
  const int waiting = std::stoi(said("begun"));
  ::kill(waiting, SIGKILL);
  while (is_alive(waiting)) std::this_thread::sleep_for(1ms);  // and the loop knows nothing of it
  fence.order(PowerOrder::off, 1);
  run_until_reports(1);
  EXPECT_THAT(reports_, ElementsAre(Reports(1U, FenceResult::off)));
  EXPECT_EQ(said("done"), "action=off\n");
}

TEST_F(KeptFenceAgents, ThatDoNotWaitAreSaidToBeSoAndStartedForEachOrder) {
  FenceAgent fence = agent({.program = "/bin/true", .attempts = 1});
  run_for(200ms);
  EXPECT_EQ(log_, "");
  fence.order(PowerOrder::off, 1);
  run_until_reports(1);
  EXPECT_THAT(log_, HasSubstr("/bin/true off: did not wait for its options"));
  EXPECT_THAT(reports_, ElementsAre(Reports(1U, FenceResult::off)));
}

TEST_F(KeptFenceAgents, WithoutAHolderAreStartedForEachOrder) {
  FenceAgent fence{loop_,
                   {.program = cautious(), .holder = "/nowhere/fence_holder", .attempts = 1},
                   [this](const FenceReport& report) { reports_.push_back(report); },
                   [this](const std::string& line) { log_ += line + '\n'; }};
  fence.order(PowerOrder::off, 1);
  run_until_reports(1);
  EXPECT_THAT(reports_, ElementsAre(Reports(1U, FenceResult::off)));
  EXPECT_EQ(said("done"), "action=off\n");
}

TEST_F(KeptFenceAgents, AreToldNothingByADaemonThatDies) {
  const Held held = hold(cautious());
  run_until_said("begun");
  ::close(held.input);
  EXPECT_EQ(end_of(held), 126);
  EXPECT_FALSE(is_alive(std::stoi(said("begun"))));
  run_for(100ms);
  EXPECT_EQ(said("done"), "");
}

TEST_F(KeptFenceAgents, AreToldNothingByAHolderThatDies) {
  const Held held = hold(cautious());
  run_until_said("begun");
  ::kill(held.pid, SIGKILL);
  EXPECT_EQ(end_of(held), -SIGKILL);
  run_until([&] { return !is_alive(std::stoi(said("begun"))); });
  run_for(100ms);
  ::close(held.input);
  EXPECT_EQ(said("done"), "");
}

TEST_F(KeptFenceAgents, EndAsTheirProgramDoes) {
  const auto told = [&](const std::string& body) {
    const Held held = hold(script(body));
    EXPECT_EQ(::write(held.input, "action=off\n", 11), 11);
    ::close(held.input);
    return end_of(held);
  };
  EXPECT_EQ(told("exit 0"), 0);
  EXPECT_EQ(told("exit 3"), 3);
  EXPECT_EQ(told("kill -9 $$"), -SIGKILL);
}

}  // namespace
}  // namespace understudy::live
