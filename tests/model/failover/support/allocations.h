// SPDX-License-Identifier: MIT
//
// Counts what the program takes from the heap: linking this replaces the global operator new.
#pragma once

#include <cstddef>

namespace understudy {

// How often anybody in this program has allocated so far.
[[nodiscard]] std::size_t allocations();

}  // namespace understudy
