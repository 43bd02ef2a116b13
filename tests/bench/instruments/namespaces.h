// SPDX-License-Identifier: MIT
//
// What the instruments of bench/peers.py share: mistakes that end them, and sockets that are made
// in a network namespace with a name.
#pragma once

#include <fcntl.h>
#include <sched.h>

#include <cerrno>
#include <string>
#include <system_error>

#include "understudy/live/descriptor.h"

namespace understudy::bench {

using live::Descriptor;

inline int require(int result, const std::string& what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
  return result;
}

inline void enter(const std::string& network) {
  const std::string path = "/run/netns/" + network;
  const Descriptor there(require(::open(path.c_str(), O_RDONLY | O_CLOEXEC), path));
  require(::setns(there.number(), CLONE_NEWNET), "setns");
}

// Above all that is measured, so that the instruments are late for nothing.
inline void be_first() {
  const sched_param priority{.sched_priority = 80};
  require(::sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &priority), "SCHED_FIFO");
}

}  // namespace understudy::bench
