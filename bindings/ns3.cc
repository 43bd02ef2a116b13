// SPDX-License-Identifier: MIT
//
// The extension module understudy._ns3: runs in ns-3. ns-3 keeps its simulation in global
// variables, so a process makes one run at a time; understudy/work.py gives it processes of its
// own.
#include <chrono>
#include <cstdint>

#include <pybind11/pybind11.h>

#include "batch.h"
#include "timelines.h"
#include "understudy/ns3/run.h"

namespace py = pybind11;

PYBIND11_MODULE(_ns3, m) {
  using understudy::Run;
  using understudy::Scenario;

  m.doc() =
      "Runs in ns-3. Programs that load this are under ns-3's licence, the GPL-2.0, as a whole.";
  py::module_::import("understudy._virtual");  // knows what a Scenario is
  m.def(
      "run_batch",
      [](const Scenario& scenario, std::uint64_t seed, std::uint64_t first_run, std::uint64_t runs,
         double budget_s) {
        const understudy::python::Stretch stretch{seed, first_run, runs,
                                                  std::chrono::duration<double>(budget_s)};
        return understudy::python::run_batch(scenario, stretch,
                                             [](const Scenario& s, const Run& run) {
                                               return understudy::ns3_substrate::run(s, run, {});
                                             });
      },
      py::arg("scenario"), py::arg("seed"), py::arg("first_run"), py::arg("runs"),
      py::arg("budget_s"));
  m.def(
      "timeline",
      [](const Scenario& scenario, std::uint64_t seed, std::uint64_t run) {
        return understudy::python::to_python(
            scenario, understudy::ns3_substrate::run(scenario, {.seed = seed, .number = run}, {},
                                                     understudy::Detail::packets));
      },
      py::arg("scenario"), py::arg("seed"), py::arg("run"));
}
