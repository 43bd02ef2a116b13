// SPDX-License-Identifier: MIT
//
// Where the programs are that belong to the running one, in a build as in an installation.
#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

namespace understudy::live {

// Beside the running program, or in `sbin` or `libexec/understudy` of where that is installed.
[[nodiscard]] std::optional<std::filesystem::path> own_program(std::string_view name);

}  // namespace understudy::live
