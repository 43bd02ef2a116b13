// SPDX-License-Identifier: MIT
//
// A scenario as the text that it could have been read from, and the reference of all keys.
#pragma once

#include <cstdint>
#include <string>

#include "understudy/scenario/keys.h"
#include "understudy/scenario/scenario.h"

namespace understudy {

// What [pair] does not say.
enum class Unsaid : std::uint8_t {
  left_out,
  as_comment,  // "# misses = 3", the value that follows from the others
};

// One text for all scenarios that are equal: every key in the order of the table, the values in one
// spelling. parse(to_toml(s), s.name + ".toml") == s (reader.h).
// With comments it throws BadInput for what Scenario::config() does.
[[nodiscard]] std::string to_toml(const Scenario& scenario, Unsaid unsaid = Unsaid::left_out);

// What a reference says of a key, in whatever form; what is `in backticks` is code.
struct KeyInWords {
  std::string table;
  std::string name;
  std::string type;
  std::string standard;  // the default; empty: none
  std::string range;
  std::string meaning;
};
[[nodiscard]] KeyInWords in_words(const Key& key);

// The reference in Markdown: for each table each key with type, default, range and meaning.
[[nodiscard]] std::string reference();

}  // namespace understudy
