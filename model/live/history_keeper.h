// SPDX-License-Identifier: MIT
//
// Keeps the agent's history on the disk without making the agent wait: a thread of its own writes
// and syncs, which takes as long as the disk likes (84 ms were seen).
//
// What the agent does next mostly need not wait for it. What must not get out before the record is
// safe:
//
// - The order that gives the other server its power back (`on`, or `reboot`, which does so too).
// The
//   history is there to end a war of two servers that cannot hear each other: the strikes that are
//   remembered are bounded by `max_boots`. A strike is forgotten if this server loses its power
//   while it is being written. Then the other struck, and this server comes back only by the
//   other's `on`, which the other gave after its own strike was safe. So each strike that is
//   forgotten has one beside it that is not, and the war is at most twice as long. The order `off`,
//   and the takeover when it is done, need not wait.
// - The word to the other server that this one has a new term. A server that forgot a term after
//   others knew of it would use it twice, once for either tenure. That nobody was told of it makes
//   it as good as never begun; what was written in it carries it in the memory's stamp, which is
//   safe before the first write and is recalled too (AgentHost::recall).
//
// A record that cannot be written holds nothing up for ever: that it failed is said, and it counts
// as over.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include <boost/asio/io_context.hpp>

#include "understudy/failover/ports.h"

namespace understudy::live {

class HistoryKeeper {
 public:
  // Writes a history until it is safe; empty, or why that failed. Called by the thread alone.
  using Write = std::function<std::string(const History&)>;
  // All that was to be remembered is settled: safe, or given up as `mistake` says. Or a record that
  // others follow was given up. From the loop.
  using Settled = std::function<void(const std::string& mistake)>;

  HistoryKeeper(boost::asio::io_context& loop, const History& first, Write write, Settled settled);
  // Writes what is left to write.
  ~HistoryKeeper();
  HistoryKeeper(const HistoryKeeper&) = delete;
  HistoryKeeper& operator=(const HistoryKeeper&) = delete;

  // Returns at once.
  void remember(const History& history);
  [[nodiscard]] const History& recall() const { return history_; }
  [[nodiscard]] bool settled() const { return written_ == asked_; }

 private:
  void work();
  void over(std::uint64_t number, const std::string& mistake);

  boost::asio::io_context& loop_;
  Write write_;
  Settled on_settled_;
  History history_;
  std::uint64_t asked_ = 0;
  std::uint64_t written_ = 0;

  // Between the two threads.
  std::mutex mutex_;
  std::condition_variable work_to_do_;
  struct Job {
    History history;
    std::uint64_t number = 0;
  };
  std::optional<Job> next_;  // of several only the latest matters
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace understudy::live
