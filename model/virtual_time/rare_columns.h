// SPDX-License-Identifier: MIT
//
// An estimate as columns: the one table from which JSON, CSV, the printed table and Python's result
// are made.
#pragma once

#include <span>

#include "understudy/outcome/columns.h"
#include "understudy/virtual_time/rare_events.h"

namespace understudy {

[[nodiscard]] std::span<const Column<RareEstimate>> rare_columns();

}  // namespace understudy
