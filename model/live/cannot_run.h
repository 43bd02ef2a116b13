// SPDX-License-Identifier: MIT
//
// The one error for a machine that the daemon cannot work on: one line that names what is missing
// and what to do about it. Programs print it and exit with 1. (What is wrong in a file that
// somebody wrote is a BadInput, exit code 2.)
#pragma once

#include <cerrno>
#include <stdexcept>
#include <string>
#include <system_error>

namespace understudy::live {

class CannotRun : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// "cannot open a raw socket (Operation not permitted); run as root or with CAP_NET_RAW".
[[noreturn]] inline void cannot(const std::string& what, int error, const std::string& remedy) {
  throw CannotRun("cannot " + what + " (" + std::generic_category().message(error) + "); " +
                  remedy);
}

}  // namespace understudy::live
