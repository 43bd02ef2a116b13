// SPDX-License-Identifier: MIT
//
// What every scenario program does.
#pragma once

#include <span>
#include <string>

namespace understudy::cli {

// The scenario that is compiled into a program.
struct Embedded {
  std::string name;  // of the file, without folder and ending
  std::string text;
};

// The exit status: 0 done, 1 a run failed or its results went nowhere, 2 bad input; 128 and the
// signal's number, if it was interrupted. Throws nothing.
[[nodiscard]] int run_program(const Embedded& embedded, std::span<const char* const> arguments);

}  // namespace understudy::cli
