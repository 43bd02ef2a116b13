// SPDX-License-Identifier: MIT
#include "batch.h"

#include <cstddef>
#include <limits>
#include <string_view>
#include <variant>

#include <pybind11/numpy.h>

namespace understudy::python {

namespace py = pybind11;

namespace {

py::str text_of(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace

py::object to_python(const Value& value) {
  struct Visitor {
    py::object operator()(std::monostate) const { return py::none(); }
    py::object operator()(bool flag) const { return py::bool_(flag); }
    py::object operator()(std::uint64_t count) const { return py::int_(count); }
    py::object operator()(double number) const { return py::float_(number); }
    py::object operator()(std::string_view text) const { return text_of(text); }
    py::object operator()(const Value::List& list) const {
      py::list result(list.size());
      for (std::size_t i = 0; i < list.size(); ++i) result[i] = to_python(list[i]);
      return result;
    }
    py::object operator()(const Value::Record& record) const {
      py::dict result;
      for (const auto& [name, member] : record) result[text_of(name)] = to_python(member);
      return result;
    }
  };
  return std::visit(Visitor{}, value.is);
}

namespace {

// Null becomes NaN.
double to_number(const Value& value) {
  return value.null() ? std::numeric_limits<double>::quiet_NaN() : std::get<double>(value.is);
}

std::int64_t to_count(const Value& value) {
  return static_cast<std::int64_t>(std::get<std::uint64_t>(value.is));
}

template <class Cell, class Convert>
py::array_t<Cell> to_array(const Column<Outcome>& column, const std::vector<Outcome>& outcomes,
                           Convert convert) {
  py::array_t<Cell> array(static_cast<py::ssize_t>(outcomes.size()));
  Cell* cell = array.mutable_data();
  for (const Outcome& outcome : outcomes) *cell++ = convert(column.value(outcome));
  return array;
}

py::object cells_of(const Column<Outcome>& column, const std::vector<Outcome>& outcomes) {
  const std::string_view kind = kind_of(column);
  if (kind == "seconds") return to_array<double>(column, outcomes, to_number);
  if (kind == "count") return to_array<std::int64_t>(column, outcomes, to_count);
  py::list list(outcomes.size());
  for (std::size_t i = 0; i < outcomes.size(); ++i) list[i] = to_python(column.value(outcomes[i]));
  return list;
}

}  // namespace

std::string_view kind_of(const Column<Outcome>& column) {
  // What it says of a run with a fault: whatever can be null has a value then.
  struct Visitor {
    std::string_view operator()(std::monostate) const { return "seconds"; }
    std::string_view operator()(double) const { return "seconds"; }
    std::string_view operator()(bool) const { return "flag"; }
    std::string_view operator()(std::uint64_t) const { return "count"; }
    std::string_view operator()(std::string_view) const { return "text"; }
    std::string_view operator()(const Value::List&) const { return "nested"; }
    std::string_view operator()(const Value::Record&) const { return "nested"; }
  };
  if (column.unit == "s") return "seconds";
  static const Outcome with_a_fault{.faults = {FaultOutcome{}}};
  return std::visit(Visitor{}, column.value(with_a_fault).is);
}

py::dict to_batch(const Stretch& stretch, const std::vector<Outcome>& outcomes) {
  py::array_t<std::int64_t> runs(static_cast<py::ssize_t>(outcomes.size()));
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    runs.mutable_at(static_cast<py::ssize_t>(i)) = static_cast<std::int64_t>(stretch.first_run + i);
  }
  py::dict batch;
  batch["run"] = runs;
  for (const Column<Outcome>& column : columns()) {
    batch[text_of(column.name)] = cells_of(column, outcomes);
  }
  return batch;
}

}  // namespace understudy::python
