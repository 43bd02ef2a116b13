// SPDX-License-Identifier: MIT
#include "batch.h"

#include <array>
#include <charconv>
#include <cstddef>
#include <limits>
#include <string>
#include <string_view>
#include <system_error>
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

template <class Number>
void append_number(std::string& json, Number number) {
  std::array<char, 32> digits{};
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  if (error == std::errc{}) json.append(digits.data(), end);
}

// Appends the JSON of a value, as the command line writes it.
struct AppendJson {
  std::string& json;

  void operator()(std::monostate) const { json += "null"; }
  void operator()(bool flag) const { json += flag ? "true" : "false"; }
  void operator()(std::uint64_t count) const { append_number(json, count); }
  void operator()(double number) const {
    const std::size_t begin = json.size();
    append_number(json, number);
    // Without a point it would be read as a whole number.
    if (json.find_first_of(".e", begin) == std::string::npos) json += ".0";
  }
  // The texts of outcomes are words of ours, with nothing in them that JSON would have escaped.
  void operator()(std::string_view text) const { json.append("\"").append(text).append("\""); }
  void operator()(const Value::List& list) const {
    json += '[';
    std::string_view separator;
    for (const Value& item : list) {
      json += separator;
      std::visit(*this, item.is);
      separator = ",";
    }
    json += ']';
  }
  void operator()(const Value::Record& record) const {
    json += '{';
    std::string_view separator;
    for (const auto& [name, member] : record) {
      json += separator;
      (*this)(name);
      json += ':';
      std::visit(*this, member.is);
      separator = ",";
    }
    json += '}';
  }
};

py::str to_json(const Value& value) {
  std::string json;
  std::visit(AppendJson{json}, value.is);
  return text_of(json);
}

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
  const auto to_cell = [nested = kind == "nested"](const Value& value) {
    return nested ? py::object(to_json(value)) : to_python(value);
  };
  py::list list(outcomes.size());
  for (std::size_t i = 0; i < outcomes.size(); ++i) list[i] = to_cell(column.value(outcomes[i]));
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
