// SPDX-License-Identifier: MIT
//
// The one error for what a user wrote wrongly: one line that names the place, the key, what was
// found and what would be right. Programs print it and exit with 2.
#pragma once

#include <stdexcept>
#include <string>

namespace understudy {

class BadInput : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace understudy
