// SPDX-License-Identifier: MIT
//
// Whether ns-3 takes the attributes of the command line. Some values that it cannot read end the
// program, with words of its own; so they are tried in a process that may end.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace understudy::cli {

// Throws BadInput, of one line, for the first that ns-3 does not take.
void check_attributes(const std::vector<std::pair<std::string, std::string>>& attributes);

}  // namespace understudy::cli
