// SPDX-License-Identifier: MIT
#include "understudy/cli/text_table.h"

#include <algorithm>
#include <ostream>
#include <span>
#include <string_view>

namespace understudy::cli {
namespace {

constexpr std::string_view gap = "  ";

std::size_t width_of(const TextColumn& column) {
  std::size_t width = column.heading.size();
  for (const std::string& cell : column.cells) width = std::max(width, cell.size());
  return width;
}

std::string padded(const TextColumn& column, std::string_view text) {
  const std::string space(width_of(column) - text.size(), ' ');
  return column.align == TextColumn::Align::right ? space + std::string(text)
                                                  : std::string(text) + space;
}

void print_line(std::ostream& out, std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  out << line << '\n';
}

void print_block(std::ostream& out, const std::vector<const TextColumn*>& block) {
  std::string line;
  for (const TextColumn* column : block) line += padded(*column, column->heading) += gap;
  if (line.find_first_not_of(' ') != std::string::npos) print_line(out, line);
  for (std::size_t row = 0; row < block.front()->cells.size(); ++row) {
    line.clear();
    for (const TextColumn* column : block) line += padded(*column, column->cells[row]) += gap;
    print_line(out, line);
  }
}

}  // namespace

void print_columns(std::ostream& out, const std::vector<TextColumn>& table, std::size_t width) {
  std::vector<const TextColumn*> block = {&table.front()};
  std::size_t used = width_of(table.front());
  for (const TextColumn& column : std::span(table).subspan(1)) {
    const std::size_t more = gap.size() + width_of(column);
    if (block.size() > 1 && used + more > width) {
      print_block(out, block);
      out << '\n';
      block = {&table.front()};
      used = width_of(table.front());
    }
    block.push_back(&column);
    used += more;
  }
  print_block(out, block);
}

}  // namespace understudy::cli
