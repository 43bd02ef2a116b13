// SPDX-License-Identifier: MIT
//
// An outcome as bytes, for the way from one process to another of the same program.
#pragma once

#include <string>
#include <string_view>

#include "understudy/outcome/outcome.h"

namespace understudy::cli {

[[nodiscard]] std::string packed(const Outcome& outcome);
// Bytes that packed() made.
[[nodiscard]] Outcome unpacked(std::string_view bytes);

}  // namespace understudy::cli
