// SPDX-License-Identifier: MIT
//
// What --rare found, as text. All columns come from the table in virtual_time/rare_columns.h.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string_view>

#include "understudy/cli/command_line.h"
#include "understudy/failover/time.h"
#include "understudy/virtual_time/rare_events.h"

namespace understudy::cli {

struct RareResults {
  std::string_view scenario;
  Duration duration{};  // of a run
  std::uint64_t seed = 1;
  std::uint64_t first_run = 1;
  std::string_view version;
  const RareEstimate& estimate;
};

// JSON: one object, in which `rare` is an object with the columns. CSV: a heading and a line; the
// levels are JSON in their field. The table is for people, at most 100 columns wide.
void write_rare(std::ostream& out, Format format, const RareResults& results);

}  // namespace understudy::cli
