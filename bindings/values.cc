// SPDX-License-Identifier: MIT
#include "values.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <ratio>
#include <type_traits>
#include <variant>

#include "understudy/failover/derive.h"
#include "understudy/failover/time_text.h"
#include "understudy/scenario/units.h"
#include "understudy/scenario/values.h"
#include "understudy/scenario/written.h"

namespace understudy::python {
namespace {

namespace py = pybind11;

constexpr auto longest = static_cast<double>(longest_span.count());

template <class T>
T read(const std::string& toml, ValueType type) {
  // It is in a scenario, so it is in range; "forever" may be among what is.
  static constexpr Range any{-longest, longest, "", "forever"};
  static const std::filesystem::path here;
  const Written written = read_toml_value(toml);
  T value{};
  read_value(Reading{.value = written, .type = type, .range = any, .folder = here}, value);
  return value;
}

py::tuple to_python(const Distribution& distribution) {
  const auto shape = [](const char* name, auto... parameters) {
    return py::make_tuple(name, py::make_tuple(parameters...));
  };
  struct Visitor {
    decltype(shape)& make;
    py::tuple operator()(const Fixed& d) const { return make("fixed", to_seconds(d.value)); }
    py::tuple operator()(const Uniform& d) const {
      return make("uniform", to_seconds(d.from), to_seconds(d.to));
    }
    py::tuple operator()(const Normal& d) const {
      return make("normal", to_seconds(d.mean), to_seconds(d.deviation));
    }
    py::tuple operator()(const Exponential& d) const {
      return make("exponential", to_seconds(d.mean));
    }
    py::tuple operator()(const Trace& d) const { return make("trace", d.path); }
    py::tuple operator()(const Replay& d) const { return make("replay", d.trace.path); }
  };
  return std::visit(Visitor{shape}, distribution.shape());
}

py::object to_python(const std::string& toml, ValueType type) {
  switch (type) {
    case ValueType::word: return py::cast(read_toml_value(toml).text);
    case ValueType::truth: return py::bool_(read<bool>(toml, type));
    case ValueType::count: return py::int_(read<std::uint32_t>(toml, type));
    case ValueType::size: return py::int_(read<std::uint64_t>(toml, type));
    case ValueType::duration: return py::float_(to_seconds(read<Duration>(toml, type)));
    case ValueType::distribution: return to_python(read<Distribution>(toml, type));
    case ValueType::hosts: {
      py::list names;
      for (const Written& host : read_toml_value(toml).items) names.append(host.text);
      return names;
    }
    case ValueType::number:
    case ValueType::rate:
    case ValueType::bandwidth: return py::float_(read<double>(toml, type));
  }
  return py::none();
}

}  // namespace

double to_seconds(Duration span) {
  if (span == forever) return std::numeric_limits<double>::infinity();
  return static_cast<double>(span.count()) / static_cast<double>(std::nano::den);
}

std::string duration_to_toml(double seconds) {
  const double nanoseconds = seconds * static_cast<double>(std::nano::den);
  if (std::isinf(seconds) && seconds > 0) return "\"forever\"";
  // Longer than any that is allowed, or no number: for the reader to refuse.
  if (!(std::abs(nanoseconds) <= longest)) return '"' + number_to_text(seconds) + "s\"";
  return '"' + to_text(Duration(std::llround(nanoseconds))) + '"';
}

std::string_view python_type(ValueType type) {
  switch (type) {
    case ValueType::word: return "str";
    case ValueType::truth: return "bool";
    case ValueType::count:
    case ValueType::size: return "int";
    case ValueType::distribution: return "Distribution";
    case ValueType::hosts: return "list";
    case ValueType::number:
    case ValueType::duration:
    case ValueType::rate:
    case ValueType::bandwidth: return "float";
  }
  return "?";
}

std::string_view python_unit(ValueType type) {
  switch (type) {
    case ValueType::duration:
    case ValueType::distribution: return "s";
    case ValueType::size: return "B";
    case ValueType::rate: return "1/s";
    case ValueType::bandwidth: return "bit/s";
    default: return "";
  }
}

py::object value_of(const Scenario& scenario, const std::string& dotted) {
  const Place place = find_place(scenario, dotted);
  std::string toml = get(scenario, dotted);
  if (toml.empty() && place.key->table == "pair") {
    Scenario all_said = scenario;
    all_said.pair = settings(scenario.config());
    toml = get(all_said, dotted);
  }
  return toml.empty() ? py::none() : to_python(toml, place.key->type);
}

std::vector<std::string> words_of(const Key& key) {
  if (key.access.words == nullptr) return {};
  const std::vector<std::string_view> words = key.access.words();
  return {words.begin(), words.end()};
}

Distribution distribution_from_toml(const std::string& toml) {
  return read<Distribution>(toml, ValueType::distribution);
}

std::vector<double> spans_of(const Distribution& distribution) {
  const std::vector<Duration>* spans = nullptr;
  if (const auto* trace = std::get_if<Trace>(&distribution.shape())) spans = trace->spans.get();
  if (const auto* replay = std::get_if<Replay>(&distribution.shape())) {
    spans = replay->recorded.get();
  }
  std::vector<double> seconds;
  if (spans == nullptr) return seconds;
  for (const Duration span : *spans) seconds.push_back(to_seconds(span));
  return seconds;
}

}  // namespace understudy::python
