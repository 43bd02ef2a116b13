// SPDX-License-Identifier: MIT
//
// The words of a script's line: spans, numbers, and `key=value` settings of the pair.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "understudy/failover/config.h"
#include "understudy/failover/names.h"
#include "understudy/failover/time.h"

namespace understudy::transcript {

// A script says something that makes no sense.
struct BadScript : std::runtime_error {
  using std::runtime_error::runtime_error;
};

[[nodiscard]] std::vector<std::string> split(std::string_view line);

// "250ms", "1.5s", "2min".
[[nodiscard]] Duration parse_span(std::string_view word);
[[nodiscard]] std::uint32_t parse_count(std::string_view word);
[[nodiscard]] ServerId parse_server(std::string_view word);

// What the world around the pair is like: known to the script, not to the agents.
struct Surroundings {
  Duration delay = std::chrono::milliseconds(1);           // of any packet
  Duration boot_time = std::chrono::seconds(10);           // power on -> agent booted
  Duration fence_time = std::chrono::milliseconds(500);    // order -> the other is off
  Duration confirm_time = std::chrono::milliseconds(100);  // off -> the report arrives
  Duration copy_time = std::chrono::milliseconds(5);       // of a copy
  Duration copy_timeout = std::chrono::milliseconds(200);  // start -> a copy has failed
};

// Sets a field of the pair, by the name that it has in scenario files, or one of the surroundings.
void set(std::string_view setting, PairSettings& pair, Surroundings& around);

}  // namespace understudy::transcript
