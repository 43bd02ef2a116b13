// SPDX-License-Identifier: MIT
//
// Ctrl-C and its like, as something that can be asked for.
#pragma once

#include <array>
#include <csignal>
#include <stdexcept>

namespace understudy::cli {

// While one of these exists, SIGINT, SIGTERM and SIGHUP end nothing by themselves.
class InterruptWatch {
 public:
  InterruptWatch();
  ~InterruptWatch();
  InterruptWatch(const InterruptWatch&) = delete;
  InterruptWatch& operator=(const InterruptWatch&) = delete;

  static constexpr std::array signals = {SIGINT, SIGTERM, SIGHUP};

 private:
  std::array<struct sigaction, signals.size()> former_{};
};

struct Interrupted : std::runtime_error {
  explicit Interrupted(int by) : std::runtime_error("interrupted"), signal(by) {}
  int signal;
};

// Throws Interrupted if one of the signals has come since the watch began.
void throw_if_interrupted();

}  // namespace understudy::cli
