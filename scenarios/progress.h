// SPDX-License-Identifier: MIT
//
// A bar on a terminal while runs are under way; elsewhere nothing.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace understudy::cli {

// "  120 of 1000 runs [####                ] 330 a second, 3 s left", for a given time since the
// beginning.
struct ProgressState {
  std::uint64_t done = 0;
  std::uint64_t total = 0;
  std::chrono::duration<double> elapsed{};
};
[[nodiscard]] std::string progress_text(const ProgressState& state);

class Progress {
 public:
  explicit Progress(std::uint64_t total);
  // Wipes the bar away.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void show(std::uint64_t done);

 private:
  using Clock = std::chrono::steady_clock;

  std::uint64_t total_;
  bool terminal_;
  Clock::time_point begun_ = Clock::now();
  Clock::time_point shown_{};  // last
};

}  // namespace understudy::cli
