// SPDX-License-Identifier: MIT
//
// From what was written to a typed value and back, for each type that a key can have.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "understudy/failover/time.h"
#include "understudy/scenario/distribution.h"
#include "understudy/scenario/words.h"
#include "understudy/scenario/written.h"

namespace understudy {

enum class ValueType : std::uint8_t {
  word,          // one of a few
  truth,         // true, false
  count,         // 3
  number,        // 0.001
  duration,      // "50ms"
  distribution,  // "20s", { uniform = ["30s", "31s"] } ...
  size,          // "64KiB"
  rate,          // "200/s"
  bandwidth,     // "1Gbps"
  hosts,         // ["first", "client"]
};
[[nodiscard]] std::string_view to_text(ValueType type);
// A value of the type, as TOML.
[[nodiscard]] std::string_view example_of(ValueType type);

// Least and greatest value, both allowed, in nanoseconds, bytes, 1/s, bit/s. No duration is longer
// than `longest_span` (units.h) anyway.
struct Range {
  double least = 0.0;
  double greatest = 0.0;
  std::string_view text;                                   // in words
  std::optional<std::string_view> forever = std::nullopt;  // what "forever" means, if allowed
};

struct Reading {
  const Written& value;
  ValueType type;
  const Range& range;
  const std::filesystem::path& folder;  // that relative paths start from
};

// These throw BadInput that says what was found and what would be right, but not where.
void read_value(const Reading& reading, bool& value);
void read_value(const Reading& reading, std::uint32_t& value);
void read_value(const Reading& reading, std::uint64_t& value);  // size
void read_value(const Reading& reading, double& value);         // number, rate, bandwidth
void read_value(const Reading& reading, Duration& value);
void read_value(const Reading& reading, Distribution& value);
void read_value(const Reading& reading, Side& value);

// The words of an enumeration, by their places in its table.
[[nodiscard]] std::size_t read_word(const Written& value, const std::vector<std::string_view>& all);

template <HasWords E>
[[nodiscard]] std::vector<std::string_view> all_words() {
  std::vector<std::string_view> texts;
  texts.reserve(words<E>.size());
  for (const Word<E>& word : words<E>) texts.push_back(word.text);
  return texts;
}

template <HasWords E>
void read_value(const Reading& reading, E& value) {
  value = words<E>[read_word(reading.value, all_words<E>())].value;
}

template <class T>
void read_value(const Reading& reading, std::optional<T>& value) {
  T read{};
  read_value(reading, read);
  value = std::move(read);
}

// As TOML; nothing for an absent value.
[[nodiscard]] std::string write_value(bool value, ValueType type);
[[nodiscard]] std::string write_value(std::uint32_t value, ValueType type);
[[nodiscard]] std::string write_value(std::uint64_t value, ValueType type);
[[nodiscard]] std::string write_value(double value, ValueType type);
[[nodiscard]] std::string write_value(Duration value, ValueType type);
[[nodiscard]] std::string write_value(const Distribution& value, ValueType type);
[[nodiscard]] std::string write_value(Side value, ValueType type);

template <HasWords E>
[[nodiscard]] std::string write_value(E value, ValueType /*type*/) {
  return '"' + std::string(to_text(value)) + '"';
}

template <class T>
[[nodiscard]] std::string write_value(const std::optional<T>& value, ValueType type) {
  return value ? write_value(*value, type) : std::string();
}

}  // namespace understudy
