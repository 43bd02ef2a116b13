// SPDX-License-Identifier: MIT
//
// A cell of a table's columns as CSV.
#pragma once

#include <string>

#include "understudy/outcome/columns.h"

namespace understudy::cli {

// As RFC 4180 has it, with the same digits as in JSON; lists and records are JSON. Null is empty.
[[nodiscard]] std::string csv_field(const Value& value);

}  // namespace understudy::cli
