// SPDX-License-Identifier: MIT
#include "fuzz.h"

#include <array>
#include <cstdio>
#include <cstdlib>

namespace understudy::fuzz {
namespace {

// libFuzzer watches what lies in this section, beside the code that is run.
[[gnu::section("__libfuzzer_extra_counters")]] std::array<std::uint8_t, landmark_count> counters;

}  // namespace

void require(bool kept, const char* promise) {
  if (kept) return;
  static_cast<void>(std::fprintf(stderr, "broken promise: %s\n", promise));
  std::abort();
}

void require(bool kept, const std::string& promise) { require(kept, promise.c_str()); }

void reached(std::size_t landmark) { counters[landmark % landmark_count] = 1; }

std::span<std::uint8_t> landmarks() { return counters; }

}  // namespace understudy::fuzz
