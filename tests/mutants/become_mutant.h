// SPDX-License-Identifier: MIT
//
// A program around the agent stands beside the same program around each mutant of the agent:
// build/tests/check, build/tests/mutants/check_NAME. With --mutant NAME the one becomes the other.
#pragma once

#include <string>

namespace understudy {

// Goes on as the mutant of that name, with the same arguments. Returns only if this process is a
// mutant already; throws std::invalid_argument with one line that lists the mutants if there is
// none of that name.
void become_mutant(const std::string& name, char** argv);

}  // namespace understudy
