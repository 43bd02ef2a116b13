// SPDX-License-Identifier: MIT
//
// The extension module understudy._virtual: scenarios, the tables of their keys and of the
// outcome's columns, and runs in virtual time. What a Python user sees is made of this in
// understudy/*.py; here is only what has to be C++.
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include "batch.h"
#include "timelines.h"
#include "understudy/code_version.h"
#include "understudy/scenario/bad_input.h"
#include "understudy/scenario/checks.h"
#include "understudy/scenario/keys.h"
#include "understudy/scenario/printing.h"
#include "understudy/scenario/reader.h"
#include "understudy/version.h"
#include "understudy/virtual_time/lone_detector.h"
#include "understudy/virtual_time/rare_columns.h"
#include "understudy/virtual_time/rare_events.h"
#include "understudy/virtual_time/run.h"
#include "values.h"

namespace understudy::python {
namespace {

namespace py = pybind11;

py::tuple state_of(const Scenario& scenario) {
  return py::make_tuple(scenario.name, to_toml(scenario));
}

Scenario from_state(const py::tuple& state) {
  Scenario scenario = parse(state[1].cast<std::string>(), "pickled scenario");
  scenario.name = state[0].cast<std::string>();
  return scenario;
}

const Key* key_of(const Scenario& scenario, const std::string& dotted) {
  return find_place(scenario, dotted).key;
}

void bind_tables(py::module_& m) {
  py::class_<Key>(m, "Key", "A key of scenario files.")
      .def_property_readonly("table", [](const Key& key) { return key.table; })
      .def_property_readonly("name", [](const Key& key) { return key.name; })
      .def_property_readonly("type", [](const Key& key) { return to_text(key.type); })
      .def_property_readonly("python_type", [](const Key& key) { return python_type(key.type); })
      .def_property_readonly("unit", [](const Key& key) { return python_unit(key.type); })
      .def_property_readonly("range", [](const Key& key) { return key.range.text; })
      .def_property_readonly("words", &words_of)
      .def_property_readonly("default", &default_of)
      .def_property_readonly("meaning", [](const Key& key) { return key.meaning; });
  py::class_<Table>(m, "Table", "A table of scenario files.")
      .def_property_readonly("name", [](const Table& table) { return table.name; })
      .def_property_readonly("is_list", [](const Table& table) { return table.list; })
      .def_property_readonly("meaning", [](const Table& table) { return table.meaning; });
  using OutcomeColumn = Column<Outcome>;
  py::class_<OutcomeColumn>(m, "Column", "A column of the outcome.")
      .def_property_readonly("name", [](const OutcomeColumn& column) { return column.name; })
      .def_property_readonly("unit", [](const OutcomeColumn& column) { return column.unit; })
      .def_property_readonly("meaning", [](const OutcomeColumn& column) { return column.meaning; })
      .def_property_readonly("kind", &kind_of);

  m.def("keys", [] { return to_list(keys()); });
  m.def("tables", [] { return to_list(tables()); });
  m.def("columns", [] { return to_list(columns()); });
  m.def("unknown_table", &unknown_table, py::arg("name"));
  m.def("unknown_key", &unknown_key, py::arg("table"), py::arg("name"));
}

void bind_scenario(py::module_& m) {
  py::class_<Scenario>(m, "Scenario")
      .def(py::init<>())
      .def(py::init<const Scenario&>())
      .def_readwrite("name", &Scenario::name)
      .def_property_readonly("faults", [](const Scenario& s) { return s.faults.size(); })
      .def("written", &get, "The value of a key as TOML; empty if it is not said.")
      .def("key", &key_of, py::return_value_policy::reference)
      .def("value", &value_of, "The value of a key, said or derived, as Python has it.")
      .def("set", &set, "Takes a TOML value; an empty one makes the key unsaid.")
      .def(
          "check", [](const Scenario& s) { check(s); }, "Raises BadInput for the first error.")
      .def("warnings", [](const Scenario& s) { return warnings(s); })
      .def("to_toml", [](const Scenario& s) { return to_toml(s); })
      .def("__eq__", [](const Scenario& a, const Scenario& b) { return a == b; })
      .def(py::pickle(&state_of, &from_state));
}

void bind_distribution(py::module_& m) {
  const auto in_seconds = [](Duration (Distribution::*member)() const) {
    return [member](const Distribution& d) { return to_seconds((d.*member)()); };
  };
  py::class_<Distribution>(m, "Distribution")
      .def(py::init(&distribution_from_toml), py::arg("toml"))
      .def("mean", in_seconds(&Distribution::mean))
      .def("least", in_seconds(&Distribution::least))
      .def("greatest", in_seconds(&Distribution::greatest))
      .def("quantile", [](const Distribution& d, double p) { return to_seconds(d.quantile(p)); })
      .def("spans", &spans_of, "Of a trace, sorted, or of a replay, in its order; in seconds.");
}

// When each mistake of a detector alone begins, and how long it lasts, in seconds. The scenario is
// a copy: Python may change its own while the GIL is released.
// NOLINTNEXTLINE(performance-unnecessary-value-param)
py::tuple mistakes(Scenario scenario, const Run& run, std::uint64_t pings) {
  std::vector<Mistake> made;
  {
    const py::gil_scoped_release unlocked;
    made = mistakes_alone(scenario, run, pings);
  }
  py::array_t<double> begins(static_cast<py::ssize_t>(made.size()));
  py::array_t<double> lasts(static_cast<py::ssize_t>(made.size()));
  for (std::size_t i = 0; i < made.size(); ++i) {
    begins.mutable_data()[i] = to_seconds(made[i].begins - Time{});
    lasts.mutable_data()[i] = to_seconds(made[i].lasts);
  }
  return py::make_tuple(begins, lasts);
}

void bind_rare(py::module_& m) {
  const py::class_<RareSample> sample(m, "RareSample", "What one run says about a rare event.");
  py::class_<RarePlan>(m, "RarePlan", "What has to be known before the first run.")
      // A copy of the scenario, as above. NOLINTNEXTLINE(performance-unnecessary-value-param)
      .def(py::init([](Scenario scenario, const std::string& event, const std::string& method,
                       std::uint64_t seed) {
             const py::gil_scoped_release unlocked;
             return RarePlan(scenario, {.event = rare_event_named(event),
                                        .method = rare_method_named(method),
                                        .seed = seed});
           }),
           py::arg("scenario"), py::arg("event"), py::arg("method"), py::arg("seed"))
      .def("sample", &RarePlan::sample, py::arg("run"), py::call_guard<py::gil_scoped_release>());
  m.def(
      "rare_estimate",
      [](const RarePlan& plan, const std::vector<RareSample>& samples, double confidence) {
        const RareEstimate found = estimate(plan, samples, confidence);
        py::dict columns;
        for (const auto& column : rare_columns()) {
          columns[py::str(std::string(column.name))] = to_python(column.value(found));
        }
        return columns;
      },
      py::arg("plan"), py::arg("samples"), py::arg("confidence"));
  m.attr("LEAST_RARE_RUNS") = least_rare_runs;
}

}  // namespace

PYBIND11_MODULE(_virtual, m) {
  m.doc() = "Scenarios, and runs in virtual time: the part of understudy that is C++.";
  m.attr("__version__") = std::string(version);
  m.attr("code_version") = std::string(code_version);
  py::register_exception<BadInput>(m, "BadInput", PyExc_ValueError).doc() =
      "What was asked for makes no sense. One line: where, what was found, what would be right.";

  bind_tables(m);
  bind_scenario(m);
  bind_distribution(m);
  bind_rare(m);

  m.def("parse",
        [](const std::string& text, const std::string& name) { return parse(text, name); });
  m.def("load", [](const std::string& path) { return load(path); });
  m.def("duration_to_toml", &duration_to_toml, py::arg("seconds"));
  m.def(
      "run_batch",
      [](const Scenario& scenario, std::uint64_t seed, std::uint64_t first_run, std::uint64_t runs,
         double budget_s) {
        const Stretch stretch{seed, first_run, runs, std::chrono::duration<double>(budget_s)};
        return run_batch(scenario, stretch, [](const Scenario& s, const Run& run) {
          return virtual_time::run(s, run);
        });
      },
      py::arg("scenario"), py::arg("seed"), py::arg("first_run"), py::arg("runs"),
      py::arg("budget_s"));
  m.def(
      "timeline",
      [](const Scenario& scenario, std::uint64_t seed, std::uint64_t run) {
        return to_python(
            scenario, virtual_time::run(scenario, {.seed = seed, .number = run}, Detail::packets));
      },
      py::arg("scenario"), py::arg("seed"), py::arg("run"));
  m.def(
      "mistakes_alone",
      [](const Scenario& scenario, std::uint64_t seed, std::uint64_t run, std::uint64_t pings) {
        return mistakes(scenario, {.seed = seed, .number = run}, pings);
      },
      py::arg("scenario"), py::arg("seed"), py::arg("run"), py::arg("pings"));
}

}  // namespace understudy::python
