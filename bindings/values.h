// SPDX-License-Identifier: MIT
//
// The values of a scenario's keys as Python has them.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <pybind11/pybind11.h>

#include "understudy/failover/time.h"
#include "understudy/scenario/distribution.h"
#include "understudy/scenario/keys.h"
#include "understudy/scenario/scenario.h"

namespace understudy::python {

// Seconds; infinity for `forever`.
[[nodiscard]] double to_seconds(Duration span);
// And back to a quoted TOML value, to the nearest nanosecond.
[[nodiscard]] std::string duration_to_toml(double seconds);

// The type that a key's values have in Python, and the unit of those that are numbers.
[[nodiscard]] std::string_view python_type(ValueType type);
[[nodiscard]] std::string_view python_unit(ValueType type);

// What holds for a key, said or derived; a distribution as (shape, parameters); None for what there
// is not, such as the end of a fault that does not end.
[[nodiscard]] pybind11::object value_of(const Scenario& scenario, const std::string& dotted);

// The words that a key can be; empty if it is no enumeration.
[[nodiscard]] std::vector<std::string> words_of(const Key& key);

[[nodiscard]] Distribution distribution_from_toml(const std::string& toml);
// Of a trace, sorted, or a replay, in its order, in seconds; empty for other shapes.
[[nodiscard]] std::vector<double> spans_of(const Distribution& distribution);

// References to the rows of a table that lives for ever.
template <class Row>
pybind11::list to_list(std::span<const Row> table) {
  pybind11::list rows(table.size());
  for (std::size_t i = 0; i < table.size(); ++i) {
    rows[i] = pybind11::cast(&table[i], pybind11::return_value_policy::reference);
  }
  return rows;
}

}  // namespace understudy::python
