// SPDX-License-Identifier: MIT
//
// What a daemon says of itself: to operators as JSON, to Prometheus as text.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "understudy/live/agent_host.h"
#include "understudy/live/log.h"

namespace understudy::live {

// The state in numbers and words.
[[nodiscard]] nlohmann::json status_of(const AgentHost& host);

// Why it is so, what it waits for, and what happened lately: "lines", for people.
[[nodiscard]] nlohmann::json explanation_of(const AgentHost& host, const Log& log);

// In the text format of Prometheus.
[[nodiscard]] std::string metrics_of(const AgentHost& host);

// One line: "primary, the monitor answers".
[[nodiscard]] std::string summary_of(const AgentHost& host);

}  // namespace understudy::live
