// SPDX-License-Identifier: MIT
//
// A program that is run beside the daemon and can do it no harm.
//
// It gets the environment and the input that it is given, its own session, and of the daemon's
// descriptors none. Its input is written before it starts and its output is always taken, so that
// neither waits for the other; what it writes beyond a bound is dropped. When the program ends,
// whatever else lives in its process group is killed: nothing that it started outlives it, unless
// that made a session of its own. Once `Ended` comes, nothing of the group is left.
//
// One must not wait for the daemon's children elsewhere (wait(), SIGCHLD ignored): exits are
// learned from descriptors, each child by itself.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

namespace understudy::live {

struct Program {
  std::vector<std::string> arguments;  // the first is the path of the program, absolute
  std::string input = {};              // its standard input, at most `greatest_input`
  std::vector<std::string> environment = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8"};
  // Takes the standard output as it comes; the standard error alone is kept then. False: no more
  // of it is wanted, the program is killed.
  std::function<bool(std::string_view)> take_output = nullptr;

  // What fits into a pipe of Linux with nobody reading at the other end.
  static constexpr std::size_t greatest_input = 60 * 1024;
};

struct ProgramEnd {
  std::optional<int> exit_code;  // none: it did not start, or a signal ended it
  std::string reason;  // for a log: "exit code 1", "killed by signal 9", "cannot start: …"
  std::string output;  // the last `greatest_output` bytes of what it wrote

  static constexpr std::size_t greatest_output = 4096;
};

class ChildProcess : public std::enable_shared_from_this<ChildProcess> {
 public:
  using Ended = std::function<void(const ProgramEnd&)>;

  // Starts the program. `ended` comes exactly once, from the loop and never from within a call,
  // also if there is no such program.
  static std::shared_ptr<ChildProcess> start(boost::asio::io_context& loop, Program program,
                                             Ended ended);

  // Asks it to end (SIGTERM), and ends it when the grace is over (SIGKILL). `ended` comes.
  void stop(std::chrono::nanoseconds grace);
  // Kills it; `ended` does not come any more.
  void abandon();

  // The end of the loop is the end of the program.
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

 private:
  class Output;

  ChildProcess(boost::asio::io_context& loop, Program program, Ended ended);
  void spawn();
  void read(Output& from);
  void take(const Output& from, std::string_view text);
  void await_exit();
  void leader_ended();
  void await_group();
  void signal_group(int number) const;
  void kill_and_wait();
  void report();

  boost::asio::io_context& loop_;
  Program program_;
  Ended ended_;
  ProgramEnd end_;
  int pid_ = -1;  // -1: none that is still to be waited for
  int group_ = -1;
  boost::asio::posix::stream_descriptor exit_;
  std::unique_ptr<Output> output_;  // null if it goes where the errors go
  std::unique_ptr<Output> errors_;
  boost::asio::steady_timer patience_;
  std::chrono::steady_clock::time_point group_deadline_;
};

}  // namespace understudy::live
