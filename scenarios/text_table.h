// SPDX-License-Identifier: MIT
//
// Columns of text, set for people.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <string>
#include <vector>

namespace understudy::cli {

struct TextColumn {
  std::string heading;
  std::vector<std::string> cells;  // as many as every other column has
  enum class Align : std::uint8_t { left, right };
  Align align = Align::right;
};

// Where the columns do not fit side by side, the first is repeated before each further block. No
// line for headings, if all are empty.
void print_columns(std::ostream& out, const std::vector<TextColumn>& table, std::size_t width);

}  // namespace understudy::cli
