// SPDX-License-Identifier: MIT
//
// A value as somebody wrote it, with the line that it stands on: TOML without the TOML library.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace understudy {

struct Written {
  enum class Type : std::uint8_t {
    text,
    integer,
    real,
    truth,
    list,
    table,
    other,  // dates and times
  };

  Type type = Type::other;
  std::string text;
  std::int64_t integer = 0;
  double real = 0.0;
  bool truth = false;
  std::vector<Written> items;      // of a list or a table, in the order of the file
  std::vector<std::string> names;  // of a table's items
  std::size_t line = 0;            // from 1; 0: in no file
};

// As it would stand in a file, on one line, cut if it is long.
[[nodiscard]] std::string shown(const Written& value);

struct SyntaxMistake {
  std::size_t line = 0;
  std::string text;  // what was found and what would be right
};

// A whole TOML document as a table.
[[nodiscard]] std::variant<Written, SyntaxMistake> read_toml(std::string_view document);

// One value. What is no TOML value is text: 50ms is "50ms".
[[nodiscard]] Written read_toml_value(std::string_view value);

}  // namespace understudy
