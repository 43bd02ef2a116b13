// SPDX-License-Identifier: MIT
//
// A whole text file, or one line that says why not.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

namespace understudy {

// Throws BadInput, led by the path, for what is missing, a directory, unreadable or larger than
// `most` bytes (which also ends the reading of what has no end).
[[nodiscard]] std::string read_text_file(const std::filesystem::path& path, std::size_t most);

}  // namespace understudy
