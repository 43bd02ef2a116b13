// SPDX-License-Identifier: MIT
//
// Every key of a scenario file, in one table: what it is called, what it means, what it may be and
// where in a Scenario it is kept. Reader, --set, messages, printing, attributes of other languages
// and the reference all come from it. A daemon's [pair] is the same.
//
// A key has a dotted name, "pair.ping_interval"; a list's number stands in between, "fault.0.at".
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "understudy/scenario/scenario.h"
#include "understudy/scenario/values.h"

namespace understudy {

// The way from a key to its field, `item` being the number in a list.
struct Access {
  void (*read)(Scenario&, std::size_t item, const Reading&);
  std::string (*write)(const Scenario&, std::size_t item, ValueType);  // empty: not said
  void (*reset)(Scenario&, std::size_t item);                          // to the default
  std::vector<std::string_view> (*words)();                            // null: no enumeration
};

struct Key {
  std::string_view table;
  std::string_view name;
  ValueType type;
  Range range;                       // of numbers and quantities
  std::span<const FaultKind> kinds;  // of fault that have it; none: all
  std::string_view formula;          // the default, where it depends on other keys
  std::string_view meaning;          // one sentence
  Access access;
  std::span<const TopologyKind> topologies{};  // that have it; none: all
};

// In the order of the tables and of their keys. Keys that others follow from come first.
[[nodiscard]] std::span<const Key> keys();

struct Table {
  std::string_view name;
  bool list = false;  // [[name]], any number of times
  std::string_view meaning;
};
[[nodiscard]] std::span<const Table> tables();

[[nodiscard]] const Table* find_table(std::string_view name);
[[nodiscard]] const Key* find_key(std::string_view table, std::string_view name);

// One value of a scenario: a key, and the number in its list.
struct Place {
  const Key* key = nullptr;
  std::size_t item = 0;
};
[[nodiscard]] std::string dotted(const Place& place);
// Throws BadInput, with the nearest known name, if there is no such place in this scenario.
[[nodiscard]] Place find_place(const Scenario& scenario, std::string_view dotted);

// The value as TOML, `"100ms"` with its quotes. Empty for what is not said (an absent field of
// [pair], a key that this kind of fault does not have).
[[nodiscard]] std::string get(const Scenario& scenario, std::string_view dotted);

// Takes a TOML value; bare text is a string, so both 50ms and "50ms" are one. An empty value makes
// it unsaid, the default again. set(s, key, get(s, key)) changes nothing. Throws BadInput, led by
// the key, for what the value by itself is wrong; see check() in checks.h for the rest.
void set(Scenario& scenario, std::string_view dotted, std::string_view value);

// What the value of a key is if nothing is said, in words: a TOML value or a formula.
[[nodiscard]] std::string default_of(const Key& key);

// Puts a value read from a file into its place. Throws BadInput without saying where.
void read_key(Scenario& scenario, const Place& place, const Written& value,
              const std::filesystem::path& folder);

// The words for an unknown table or key, "no such key; did you mean ping_interval?".
[[nodiscard]] std::string unknown_table(std::string_view name);
[[nodiscard]] std::string unknown_key(std::string_view table, std::string_view name);

}  // namespace understudy
