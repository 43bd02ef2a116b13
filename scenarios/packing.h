// SPDX-License-Identifier: MIT
//
// Results of runs as bytes, for the way from one process to another of the same program.
#pragma once

#include <string>
#include <string_view>

#include "understudy/outcome/outcome.h"
#include "understudy/virtual_time/rare_sample.h"

namespace understudy::cli {

[[nodiscard]] std::string packed(const Outcome& outcome);
// Bytes that packed() made.
[[nodiscard]] Outcome unpacked(std::string_view bytes);

[[nodiscard]] std::string packed(const RareSample& sample);
[[nodiscard]] RareSample unpacked_sample(std::string_view bytes);

}  // namespace understudy::cli
