// SPDX-License-Identifier: MIT
//
// A program that is run beside the daemon and can do it no harm.
//
// It gets the environment and the input that it is given, its own session, and of the daemon's
// descriptors none but, if it may speak for itself, those of the daemon's log. Its input is written
// before it starts and its output is always taken, so that neither waits for the other; what it
// writes beyond a bound is dropped. When the program ends, whatever else lives in its process group
// is killed: nothing that it started outlives it, unless that made a session of its own (a service
// that is to stay does, or is started by systemd). Once `Ended` comes, nothing of the group is
// left.
//
// Whoever starts a program is held up until it has been loaded, which on a busy machine takes some
// hundred milliseconds. So a thread of its own does it, and the loop goes on.
//
// One must not wait for the daemon's children elsewhere (wait(), SIGCHLD ignored): exits are
// learned from descriptors, each child by itself.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "understudy/failover/time.h"

namespace understudy::live {

struct Program {
  std::vector<std::string> arguments;  // the first is the path of the program, absolute
  std::string input = {};              // its standard input, at most `greatest_input`
  bool told_later = false;             // its input is not this one, but what tell() brings
  std::vector<std::string> environment = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8"};
  std::optional<Duration> limit = {};  // it is killed then
  // Whether what it writes goes where the daemon's own words go, or into ProgramEnd::output.
  enum class Words : std::uint8_t { kept, its_own } words = Words::kept;
  // What a real-time priority of the daemon means to the program: nothing, or that it has it too,
  // with all that it starts (from then on).
  enum class Priority : std::uint8_t { normal, the_daemons } priority = Priority::normal;
  // Takes the standard output as it comes; the standard error alone is kept then. False: no more
  // of it is wanted, the program is killed.
  std::function<bool(std::string_view)> take_output = nullptr;

  // What fits into a pipe of Linux with nobody reading at the other end.
  static constexpr std::size_t greatest_input = std::size_t{60} * 1024;
};

struct ProgramEnd {
  bool started = true;
  std::optional<int> exit_code;  // none: it did not start, or a signal ended it
  // For a log: "exit code 1", "killed by signal 9", "killed after 30s", "cannot be started: …".
  std::string reason;
  std::string output;  // the last `greatest_output` bytes of what it wrote

  [[nodiscard]] bool well() const { return exit_code == 0; }

  static constexpr std::size_t greatest_output = 4096;
};

class ChildProcess : public std::enable_shared_from_this<ChildProcess> {
 public:
  using Ended = std::function<void(const ProgramEnd&)>;

  // Starts the program. `ended` comes exactly once, from the loop and never from within a call,
  // also if there is no such program.
  static std::shared_ptr<ChildProcess> start(boost::asio::io_context& loop, Program program,
                                             Ended ended);

  // Gives a program that is told later its input, and the end of it; `ended` comes in place of the
  // one before. A program that has ended already has ended: it is not told.
  void tell(std::string input, Program::Priority priority, Ended ended);
  // Asks it to end (SIGTERM), and ends it when the grace is over (SIGKILL). `ended` comes.
  void stop(Duration grace);
  // Kills it; `ended` does not come any more.
  void abandon();

  // The end of the loop is the end of the program.
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

 private:
  class Output;
  struct Launch;
  struct Pipe;

  ChildProcess(boost::asio::io_context& loop, Program program, Ended ended);
  void launch();
  void launched(Launch& launch);
  void write_input();
  void watch(Launch& launch);
  void not_started(const std::string& reason);
  void read(Output& from);
  void take(const Output& from, std::string_view text);
  void await_exit();
  void await_limit();
  void leader_ended();
  void await_group();
  void signal_group(int number) const;
  void kill_and_wait();
  void report();

  boost::asio::io_context& loop_;
  Program program_;
  Ended ended_;
  ProgramEnd end_;
  std::shared_ptr<Launch> launch_;  // while it is being started
  std::thread starter_;
  std::optional<Duration> stopped_with_;  // what stop() was told meanwhile
  std::unique_ptr<Pipe> input_;           // of one that is told later, until it is told
  bool told_ = false;
  bool abandoned_ = false;
  int pid_ = -1;  // -1: none that is still to be waited for
  int group_ = -1;
  boost::asio::posix::stream_descriptor exit_;
  std::unique_ptr<Output> output_;  // null if it goes where the errors go
  std::unique_ptr<Output> errors_;
  boost::asio::steady_timer limit_;
  boost::asio::steady_timer patience_;
  std::chrono::steady_clock::time_point group_deadline_;
};

}  // namespace understudy::live
