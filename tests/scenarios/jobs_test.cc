// SPDX-License-Identifier: MIT
#include "understudy/cli/jobs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <string>

#include "understudy/cli/interrupt.h"
#include "understudy/scenario/bad_input.h"

namespace understudy::cli {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

// An outcome that tells its run, with every member at work.
Outcome outcome_of(std::uint64_t run) {
  Outcome outcome;
  FaultOutcome fault;
  fault.number = 3;
  fault.kind = FaultKind::loss;
  fault.server = ServerId::second;
  fault.at = Time{} + std::chrono::seconds(run);
  fault.detection = 1ms;
  fault.takeover = 2ms;
  fault.outage = 3ms;
  fault.censored = true;
  fault.redundancy = 4ms;
  outcome.faults.assign(run % 3, fault);
  outcome.dual_primary = 5ms;
  outcome.no_primary = 6ms;
  outcome.false_failovers = 7;
  outcome.boots = 8;
  outcome.requests = run;
  outcome.lost_requests = 9;
  outcome.lost_writes = 10;
  outcome.fates = {Fate::running, Fate::booting};
  outcome.roles = {Role::primary, Role::monitor};
  return outcome;
}

std::vector<Record> expected(std::uint64_t first, std::uint64_t runs) {
  std::vector<Record> records;
  for (std::uint64_t run = first; run < first + runs; ++run) {
    records.push_back({.run = run, .outcome = outcome_of(run)});
  }
  return records;
}

void no_progress(std::uint64_t /*done*/) {}

bool has_children() { return !(waitpid(-1, nullptr, WNOHANG) < 0 && errno == ECHILD); }

TEST(RunBatch, ReturnsEachRunsOutcomeInOrderWhateverTheNumberOfJobs) {
  for (const std::uint64_t jobs : {1U, 2U, 3U, 7U}) {
    const Batch batch{.first_run = 10, .runs = 200, .jobs = jobs};
    EXPECT_EQ(run_batch(batch, outcome_of, no_progress), expected(10, 200)) << jobs;
    EXPECT_FALSE(has_children()) << jobs;
  }
}

TEST(RunBatch, StartsNoMoreJobsThanThereAreRuns) {
  const Batch batch{.first_run = 1, .runs = 2, .jobs = 64};
  EXPECT_EQ(run_batch(batch, outcome_of, no_progress), expected(1, 2));
}

TEST(RunBatch, TellsHowFarItIs) {
  std::uint64_t latest = 0;
  const Batch batch{.first_run = 1, .runs = 100, .jobs = 2};
  static_cast<void>(run_batch(batch, outcome_of, [&](std::uint64_t done) {
    EXPECT_GE(done, latest);
    latest = done;
  }));
  EXPECT_EQ(latest, 100U);
}

TEST(RunBatch, RunsInOtherProcesses) {
  int touched = 0;
  const Batch batch{.first_run = 1, .runs = 5, .jobs = 1};
  static_cast<void>(run_batch(
      batch,
      [&](std::uint64_t run) {
        ++touched;
        return outcome_of(run);
      },
      no_progress));
  EXPECT_EQ(touched, 0);
}

// Whom a batch with a bad run 7 blames, and what for.
std::string blame(const std::function<void()>& misfortune, std::uint64_t jobs) {
  const auto run = [&](std::uint64_t number) {
    if (number == 7) misfortune();
    return outcome_of(number);
  };
  try {
    static_cast<void>(run_batch({.first_run = 1, .runs = 50, .jobs = jobs}, run, no_progress));
    return "nobody";
  } catch (const RunFailed& failure) {
    EXPECT_FALSE(has_children());
    return std::to_string(failure.run) + ": " + failure.what();
  }
}

TEST(RunBatch, NamesTheRunThatThrew) {
  EXPECT_EQ(blame([] { throw std::runtime_error("no such luck"); }, 2), "7: no such luck");
}

TEST(RunBatch, NamesTheRunWhoseProcessDied) {
  for (const std::uint64_t jobs : {1U, 3U}) {
    EXPECT_THAT(blame([] { std::raise(SIGKILL); }, jobs),
                HasSubstr("7: its process was ended by signal 9"));
    EXPECT_EQ(blame([] { _exit(3); }, jobs), "7: its process ended with status 3");
  }
}

TEST(RunBatch, HandsOnWhatIsBadInput) {
  const auto run = [](std::uint64_t number) {
    if (number == 3) throw BadInput("not on this substrate");
    return outcome_of(number);
  };
  try {
    static_cast<void>(run_batch({.first_run = 1, .runs = 50, .jobs = 2}, run, no_progress));
    FAIL();
  } catch (const BadInput& mistake) {
    EXPECT_STREQ(mistake.what(), "not on this substrate");
  }
  EXPECT_FALSE(has_children());
}

TEST(RunBatch, StopsAtAnInterruptAndLeavesNoProcessBehind) {
  const InterruptWatch watch;
  const auto endless = [](std::uint64_t /*number*/) -> Outcome {
    for (;;) pause();
  };
  EXPECT_THROW(static_cast<void>(run_batch({.first_run = 1, .runs = 50, .jobs = 2}, endless,
                                           [](std::uint64_t) { std::raise(SIGINT); })),
               Interrupted);
  EXPECT_FALSE(has_children());
}

}  // namespace
}  // namespace understudy::cli
