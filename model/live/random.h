// SPDX-License-Identifier: MIT
//
// Numbers that nobody can guess, from the kernel.
#pragma once

#include <cstdint>

namespace understudy::live {

// Not zero.
[[nodiscard]] std::uint64_t random_number();

}  // namespace understudy::live
