// SPDX-License-Identifier: MIT
#include "understudy/live/history_keeper.h"

#include <csignal>
#include <utility>

#include <boost/asio/post.hpp>

namespace understudy::live {

HistoryKeeper::HistoryKeeper(boost::asio::io_context& loop, const History& first, Write write,
                             Settled settled)
    : loop_(loop),
      write_(std::move(write)),
      on_settled_(std::move(settled)),
      history_(first),
      thread_([this] { work(); }) {}

HistoryKeeper::~HistoryKeeper() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  work_to_do_.notify_one();
  thread_.join();
}

void HistoryKeeper::remember(const History& history) {
  history_ = history;
  ++asked_;
  {
    const std::lock_guard lock(mutex_);
    next_ = {.history = history, .number = asked_};
  }
  work_to_do_.notify_one();
}

void HistoryKeeper::work() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);  // signals are the loop's
  std::unique_lock lock(mutex_);
  for (;;) {
    work_to_do_.wait(lock, [this] { return next_.has_value() || ending_; });
    if (!next_) return;
    const Job job = *std::exchange(next_, std::nullopt);
    lock.unlock();
    std::string mistake = write_(job.history);
    boost::asio::post(loop_, [this, number = job.number, mistake = std::move(mistake)] {
      over(number, mistake);
    });
    lock.lock();
  }
}

void HistoryKeeper::over(std::uint64_t number, const std::string& mistake) {
  written_ = number;
  if (settled() || !mistake.empty()) on_settled_(mistake);
}

}  // namespace understudy::live
