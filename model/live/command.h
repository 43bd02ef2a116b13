// SPDX-License-Identifier: MIT
//
// A program that is started without waiting for it: hooks, health checks, the power command. It
// gets a process group of its own, and of the daemon's descriptors those of its output alone; when
// its time is over the whole group is killed. Its end is learned from a descriptor of the process,
// not from a signal. When the program ends, what it started in its group is killed too: a service
// that is to stay makes a session of its own (or is started by systemd).
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "understudy/failover/time.h"

namespace understudy::live {

struct Command {
  std::vector<std::string> arguments;    // the first is the path of the program
  std::string input;                     // its standard input; short enough for a pipe
  std::vector<std::string> environment;  // "NAME=value", besides the daemon's own
  Duration limit = std::chrono::seconds(30);
};

struct CommandEnd {
  bool well = false;     // it ended by itself, with exit code 0
  std::string reason{};  // otherwise: "exit code 1", "killed after 30s", "cannot be started: …"
};

// A run of a command. Destroyed before the end, it kills the program, and `ended` does not come.
class CommandRun {
 public:
  using Ended = std::function<void(const CommandEnd&)>;
  // `ended` comes once, from the loop. Whoever is called may destroy the run.
  CommandRun(boost::asio::io_context& loop, const Command& command, Ended ended);
  ~CommandRun();
  CommandRun(const CommandRun&) = delete;
  CommandRun& operator=(const CommandRun&) = delete;

 private:
  struct Process;
  std::shared_ptr<Process> process_;
};

}  // namespace understudy::live
