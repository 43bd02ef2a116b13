// SPDX-License-Identifier: MIT
//
// The outcome as columns: the one table from which JSON, CSV, the printed table and the DataFrame
// are made, and with it the reference of what each column means.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "understudy/outcome/outcome.h"

namespace understudy {

// What stands in a cell. Spans and instants of time are seconds as the double next to them, whose
// shortest text has the nanoseconds that they were made of (up to 104 days). Texts live for ever.
struct Value {
  struct Member;
  using List = std::vector<Value>;
  using Record = std::vector<Member>;
  // std::monostate: null, there is nothing to be said.
  std::variant<std::monostate, bool, std::uint64_t, double, std::string_view, List, Record> is;

  [[nodiscard]] bool null() const { return std::holds_alternative<std::monostate>(is); }
  bool operator==(const Value&) const = default;
};

struct Value::Member {
  std::string_view name;
  Value value;
  bool operator==(const Member&) const = default;
};

template <class Subject>
struct Column {
  std::string_view name;     // ends in the unit, if there is one
  std::string_view unit;     // "s", or empty
  std::string_view meaning;  // one line, as in a reference
  Value (*value)(const Subject&);
};

// Of a run. What is said of each fault is said of the first one here, under the same name; null, if
// there was none.
[[nodiscard]] std::span<const Column<Outcome>> columns();

// Of each fault of a run: the members of the records that the column `faults` lists.
[[nodiscard]] std::span<const Column<FaultOutcome>> fault_columns();

// What a server is at the end of a run: its role, or booting, or off.
[[nodiscard]] std::string_view state_text(Fate fate, Role role);

}  // namespace understudy
