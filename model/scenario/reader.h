// SPDX-License-Identifier: MIT
//
// From a scenario file to a Scenario. Every mistake is a BadInput (bad_input.h) of one line that
// names file, line, key, what was found and what would be right:
//
//   crash.toml:12: pair.ping_timeout: "50" has no unit; write a duration such as "50ms"
//
// It is the first one in the file. What makes no sense only as a whole, such as two values that
// contradict each other, comes last (checks.h, with the warnings too).
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "understudy/scenario/scenario.h"

namespace understudy {

// `name` leads the messages, and becomes the scenario's without its folder and ending. Relative
// paths in the text start from `folder`.
[[nodiscard]] Scenario parse(std::string_view text, const std::string& name,
                             const std::filesystem::path& folder = {});

[[nodiscard]] Scenario load(const std::filesystem::path& path);

}  // namespace understudy
