// SPDX-License-Identifier: MIT
//
// A server of the lab as a machine that can be switched on and off. While it has power, what runs
// on it has a process namespace (whose end is the end of all of them), a mount namespace (in which
// /run/understudy is its disk) and a network namespace of its own. The disk and the cable outlive
// the power; processes, addresses, neighbours and open sockets do not.
//
// A process of the lab beside it, its mainboard, does what may take a while; calls here return at
// once and are carried out in their order.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <string>

#include "understudy/lab/addresses.h"
#include "understudy/lab/host_network.h"

namespace understudy::lab {

// Of each server, as it sees itself.
inline constexpr const char* disk_on_server = "/run/understudy";

// How a daemon ended that nobody has killed.
enum class DaemonEnd : char {
  broke = 'b',          // a signal, or an exit that has no meaning
  could_not_run = 'c',  // something stands in its way, which may be over later
};

class Machine {
 public:
  struct Parts {
    Host host = Host::first;
    Addresses addresses;
    std::filesystem::path daemon;  // the program
    std::filesystem::path disk;    // as the lab sees it
  };

  Machine(Parts parts, const HostNetwork& network);
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  void power_on() const { tell('U'); }  // the kernel runs, and the service
  void power_off() const { tell('X'); }
  void start_daemon() const { tell('D'); }
  void kill_daemon() const { tell('K'); }
  void stop_everything() const { tell('S'); }  // SIGSTOP
  void continue_everything() const { tell('C'); }
  void stop_service() const { tell('s'); }
  void continue_service() const { tell('c'); }

  // Readable once the daemon has ended, though nobody has killed it.
  [[nodiscard]] int daemon_ended() const { return line_.number(); }
  [[nodiscard]] DaemonEnd hear_daemon_end() const;
  [[nodiscard]] const std::filesystem::path& disk() const { return parts_.disk; }
  // The last line that its daemon wrote into its log.
  [[nodiscard]] std::string last_words() const;

 private:
  void tell(char command) const;

  Parts parts_;
  live::Descriptor line_;  // to the mainboard
};

}  // namespace understudy::lab
