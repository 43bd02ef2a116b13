// SPDX-License-Identifier: MIT
//
// A column of measured spans: what a drawn span is resampled from, or replayed.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string_view>
#include <vector>

#include "understudy/scenario/distribution.h"

namespace understudy {

// Reads either
//
// - a CSV file of one column: a span a line, as seconds ("0.00012") or with a unit ("120us"); the
//   first line may be a heading; lines that are empty or begin with # are passed over; or
// - what `ping` (also `ping -D`) prints: the "time=0.123 ms" of every answer.
//
// Throws BadInput, led by path and line.
[[nodiscard]] Trace read_trace(const std::filesystem::path& path);
[[nodiscard]] Replay read_replay(const std::filesystem::path& path);

// The same from a text; `path` leads the messages and becomes the trace's.
struct TraceText {
  std::string_view path;
  std::string_view text;
};
[[nodiscard]] Trace parse_trace(const TraceText& source);
[[nodiscard]] Replay parse_replay(const TraceText& source);

}  // namespace understudy
