// SPDX-License-Identifier: MIT
#include "understudy/live/history_keeper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <string>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>

namespace understudy::live {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

// A disk on which each record waits until the test lets it through.
struct SlowDisk : testing::Test {
  std::string write(const History& history) {
    std::string mistake = allowed.get_future().get();
    allowed = {};
    written.push_back(history.term);
    gone_through.set_value();
    return mistake;
  }
  void let_one_through(const std::string& mistake = "") {
    auto through = gone_through.get_future();
    allowed.set_value(mistake);
    through.get();
    gone_through = {};
  }

  boost::asio::io_context loop{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> waiting{
      loop.get_executor()};
  std::promise<std::string> allowed;
  std::promise<void> gone_through;
  std::vector<Term> written;
  std::vector<std::string> settled;
  std::optional<HistoryKeeper> keeper{
      std::in_place, loop, History{.term = 7},
      [this](const History& history) { return write(history); },
      [this](const std::string& mistake) { settled.push_back(mistake); }};
};

TEST_F(SlowDisk, IsNotWaitedForAndWhatWasRememberedIsRecalledAtOnce) {
  EXPECT_EQ(keeper->recall().term, 7U);
  keeper->remember({.term = 8});
  EXPECT_EQ(keeper->recall().term, 8U);
  loop.run_for(20ms);
  EXPECT_FALSE(keeper->settled());
  EXPECT_THAT(settled, ElementsAre());
  let_one_through();
  loop.run_for(50ms);
  EXPECT_TRUE(keeper->settled());
  EXPECT_THAT(settled, ElementsAre(""));
}

TEST_F(SlowDisk, SettlesWithTheLatestOfSeveralRecords) {
  keeper->remember({.term = 8});
  loop.run_for(20ms);  // the thread has begun with it
  keeper->remember({.term = 9});
  keeper->remember({.term = 10});
  let_one_through();
  loop.run_for(50ms);
  EXPECT_FALSE(keeper->settled());
  let_one_through();
  loop.run_for(50ms);
  EXPECT_TRUE(keeper->settled());
  EXPECT_THAT(written, ElementsAre(8U, 10U));
}

TEST_F(SlowDisk, ThatFailsHoldsNothingUp) {
  keeper->remember({.term = 8});
  let_one_through("no space");
  loop.run_for(50ms);
  EXPECT_TRUE(keeper->settled());
  EXPECT_THAT(settled, ElementsAre("no space"));
}

TEST_F(SlowDisk, HasTheLastRecordWhenTheKeeperEnds) {
  keeper->remember({.term = 8});
  auto ending = std::async(std::launch::async, [this] { keeper.reset(); });
  let_one_through();
  ending.get();
  EXPECT_THAT(written, ElementsAre(8U));
}

}  // namespace
}  // namespace understudy::live
