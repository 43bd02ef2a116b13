// SPDX-License-Identifier: MIT
//
// Results as text, for machines and for people. All columns come from the table in
// outcome/columns.h.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <span>
#include <string>
#include <string_view>

#include "understudy/cli/jobs.h"

namespace understudy::cli {

struct Results {
  std::string_view scenario;
  std::string_view substrate;
  std::uint64_t seed = 1;
  std::string_view version;
  std::span<const Record> records;  // by run number, at least one
};

// One object: scenario, substrate, seed, version, runs; each run on a line of its own.
void write_json(std::ostream& out, const Results& results);

// A heading and a line a run; lists and records are JSON in their field, null is an empty field.
void write_csv(std::ostream& out, const Results& results);

// At most 100 columns wide. One run: each figure with its meaning. A few: a row a run, and a
// summary. Many: the summary.
void write_table(std::ostream& out, const Results& results);

}  // namespace understudy::cli
