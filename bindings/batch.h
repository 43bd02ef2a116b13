// SPDX-License-Identifier: MIT
//
// A stretch of runs in one call from Python, and its outcomes column by column, so that what Python
// costs is paid by the batch and not by the run.
#pragma once

#include <chrono>
#include <cstdint>
#include <utility>
#include <vector>

#include <pybind11/pybind11.h>

#include "understudy/failover/time.h"
#include "understudy/outcome/columns.h"
#include "understudy/outcome/outcome.h"
#include "understudy/outcome/timeline.h"
#include "understudy/scenario/draws.h"
#include "understudy/scenario/scenario.h"

namespace understudy::python {

// Consecutive runs of one seed, and the time after which the rest is left to another call. At
// least one of them is made.
struct Stretch {
  std::uint64_t seed = 1;
  std::uint64_t first_run = 1;
  std::uint64_t runs = 1;
  std::chrono::duration<double> budget{};
};

// Null becomes None.
[[nodiscard]] pybind11::object to_python(const Value& value);

// The outcomes by column: {"run": array, "detection_s": array, "faults": list, ...}. Lists and
// records are JSON: a store keeps them so, and most are never looked into. Needs the GIL.
[[nodiscard]] pybind11::dict to_batch(const Stretch& stretch, const std::vector<Outcome>& outcomes);

// What kind of thing a column holds, for tables that have to be laid out before there is a run:
// "seconds", "count", "flag", "text" or "nested".
[[nodiscard]] std::string_view kind_of(const Column<Outcome>& column);

// Makes runs with `substrate`, a Timeline(const Scenario&, const Run&), without the GIL. The
// scenario is a copy: Python may change its own meanwhile.
template <class Substrate>
pybind11::dict run_batch(Scenario scenario, const Stretch& stretch, const Substrate& substrate) {
  std::vector<Outcome> outcomes;
  {
    const pybind11::gil_scoped_release unlocked;
    const auto deadline = std::chrono::steady_clock::now() + stretch.budget;
    for (std::uint64_t i = 0; i < stretch.runs; ++i) {
      const Run run{.seed = stretch.seed, .number = stretch.first_run + i};
      outcomes.push_back(measure(scenario, substrate(std::as_const(scenario), run)));
      if (std::chrono::steady_clock::now() >= deadline) break;
    }
  }
  return to_batch(stretch, outcomes);
}

}  // namespace understudy::python
