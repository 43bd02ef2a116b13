// SPDX-License-Identifier: MIT
//
// Brings the memory of the other server here. The work is done in a thread of its own, so that the
// daemon's loop never waits for a disk; only the last step, the rename that makes the new memory
// the current one, is taken by the loop, between two inputs of the agent. So a copy that was
// stopped changes nothing, without exception: not even a service that starts the instant after
// finds its memory exchanged.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "understudy/copying/channel.h"
#include "understudy/copying/store.h"
#include "understudy/failover/ports.h"

namespace understudy::copying {

using Log = std::function<void(const std::string&)>;  // called in the loop's thread

// What a copy cost.
struct Traffic {
  std::uint64_t sent = 0;
  std::uint64_t received = 0;
};

// One copy: connects, compares, and makes a generation of what it gets. Throws CopyFailed.
class Reception {
 public:
  // Called before each step, with its name: there tests break off.
  using Step = std::function<void(const char*)>;

  Reception(Store& store, const Limits& limits, Channel& channel, Step step);
  // The finished draft, or nothing if what is here is as new.
  [[nodiscard]] std::optional<Draft> run();

 private:
  [[nodiscard]] Manifest receive_manifest(const Offer& offer);
  void build(const Manifest& manifest);
  void make_file(const Entry& entry, std::uint64_t number);
  [[nodiscard]] bool link_from_current(const Entry& entry);
  void receive_file(const Entry& entry, std::uint64_t number, const Descriptor& file);
  [[nodiscard]] std::uint64_t send_signature(const std::optional<Descriptor>& basis,
                                             std::uint64_t number);
  void make_link(const Entry& entry);
  void dress_folders(const Manifest& manifest);

  Store& store_;
  Limits limits_;
  Channel& channel_;
  Step step_;
  Draft draft_;
  Descriptor old_;   // the data folder of the current generation
  Descriptor data_;  // that of the draft
};

struct ReceiverConfig {
  Keys keys;
  boost::asio::ip::tcp::endpoint here;  // the server's own address; port 0
  boost::asio::ip::tcp::endpoint peer;
  Limits limits;
};

class Receiver {
 public:
  using Copied = std::function<void(CopyResult, const Traffic&)>;

  Receiver(boost::asio::io_context& loop, Store& store, ReceiverConfig config, Copied copied,
           Log log, Reception::Step step = {});
  ~Receiver();
  Receiver(const Receiver&) = delete;
  Receiver& operator=(const Receiver&) = delete;

  // One at a time: a copy that is under way is stopped.
  void start();
  // `copied` does not come for it any more, and nothing is changed from here on.
  void stop();
  // Where the other server listens, from the next copy on.
  void set_peer(const boost::asio::ip::tcp::endpoint& peer) { config_.peer = peer; }

 private:
  struct Task;

  void work(const std::shared_ptr<Task>& task);
  void received(const std::shared_ptr<Task>& task, const Draft& draft);
  void conclude(const std::shared_ptr<Task>& task, CopyResult result, const std::string& reason);
  void in_loop(std::function<void()> what);

  boost::asio::io_context& loop_;
  Store& store_;
  ReceiverConfig config_;
  Copied copied_;
  Log log_;
  Reception::Step step_;
  std::shared_ptr<Task> task_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // for what is posted to the loop
  boost::asio::io_context jobs_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> more_jobs_;
  std::thread thread_;
};

}  // namespace understudy::copying
