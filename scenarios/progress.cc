// SPDX-License-Identifier: MIT
#include "understudy/cli/progress.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace understudy::cli {
namespace {

constexpr std::size_t bar_width = 24;
constexpr std::chrono::milliseconds between_two(100);
// A bar that is gone before it can be read is only a flicker.
constexpr std::chrono::milliseconds before_the_first(300);

std::string time_left(double seconds) {
  const auto left = static_cast<long long>(std::ceil(seconds));
  if (left < 120) return std::to_string(left) + " s";
  if (left < 7200) return std::to_string(left / 60) + " min";
  return std::to_string(left / 3600) + " h";
}

std::string rate_text(double per_s) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), per_s < 10 ? "%.1f a second" : "%.0f a second", per_s);
  return text.data();
}

}  // namespace

std::string progress_text(const ProgressState& state) {
  const double part = static_cast<double>(state.done) / static_cast<double>(state.total);
  const auto full = static_cast<std::size_t>(part * static_cast<double>(bar_width));
  std::string text = std::to_string(state.done) + " of " + std::to_string(state.total) + " runs [" +
                     std::string(full, '#') + std::string(bar_width - full, ' ') + "]";
  if (state.done == 0 || state.elapsed.count() <= 0.0) return text;
  const double per_s = static_cast<double>(state.done) / state.elapsed.count();
  text += " " + rate_text(per_s);
  const double left_s = static_cast<double>(state.total - state.done) / per_s;
  return text + ", " + time_left(left_s) + " left";
}

Progress::Progress(std::uint64_t total) : total_(total), terminal_(isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
  if (shown_ != Clock::time_point{}) std::fputs("\r\033[K", stderr);
}

void Progress::show(std::uint64_t done) {
  const Clock::time_point now = Clock::now();
  if (!terminal_ || now - begun_ < before_the_first || now - shown_ < between_two) return;
  shown_ = now;
  const std::string text = progress_text({.done = done, .total = total_, .elapsed = now - begun_});
  std::fprintf(stderr, "\r%s\033[K", text.c_str());
}

}  // namespace understudy::cli
