// SPDX-License-Identifier: MIT
//
// Runs, distributed over processes.
//
// Processes, because ns-3 keeps its world in global variables, and because a run that dies must not
// take the others along. Each worker takes the next run number from memory that all share, and
// sends the outcome through a pipe of its own. What a run's outcome is depends on nothing but its
// number, so the records are the same whatever the number of jobs.
#pragma once

#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "understudy/outcome/outcome.h"

namespace understudy::cli {

struct Record {
  std::uint64_t run = 0;
  Outcome outcome;
  bool operator==(const Record&) const = default;
};

struct Batch {
  std::uint64_t first_run = 1;
  std::uint64_t runs = 1;
  std::uint64_t jobs = 1;
};

// A run that could not be finished: it threw, or its process died.
struct RunFailed : std::runtime_error {
  RunFailed(std::uint64_t number, const std::string& why) : std::runtime_error(why), run(number) {}
  std::uint64_t run;
};

// All records, by run number. `progress` is called in this process now and then, with the number of
// runs done. Throws RunFailed; BadInput, if a run threw that; Interrupted (interrupt.h). No worker
// outlives the call.
[[nodiscard]] std::vector<Record> run_batch(const Batch& batch,
                                            const std::function<Outcome(std::uint64_t run)>& run,
                                            const std::function<void(std::uint64_t)>& progress);

// The same for runs whose results are bytes, as packing.h makes them: these, by run number.
[[nodiscard]] std::vector<std::string> run_packed(
    const Batch& batch, const std::function<std::string(std::uint64_t run)>& run,
    const std::function<void(std::uint64_t)>& progress);

}  // namespace understudy::cli
