// SPDX-License-Identifier: MIT
//
// What a daemon says of itself: to operators as JSON, to Prometheus as text.
#pragma once

#include <cstdint>
#include <string>

#include <nlohmann/json.hpp>

#include "understudy/live/agent_host.h"
#include "understudy/live/log.h"

namespace understudy::live {

// What a daemon knows besides its agent.
struct Surroundings {
  // The power channel: whether the fence agent reached its device when last asked.
  enum class Power : std::uint8_t { none, not_asked, reached, not_reached } power = Power::none;
  std::uint64_t bytes_received = 0;  // by whole copies
};

// The state in numbers and words.
[[nodiscard]] nlohmann::json status_of(const AgentHost& host, const Surroundings& around);

// Why it is so, what it waits for, and what happened lately: "lines", for people.
[[nodiscard]] nlohmann::json explanation_of(const AgentHost& host, const Log& log);

// In the text format of Prometheus.
[[nodiscard]] std::string metrics_of(const AgentHost& host, const Surroundings& around);

// One line: "primary, the monitor answers".
[[nodiscard]] std::string summary_of(const AgentHost& host);

}  // namespace understudy::live
