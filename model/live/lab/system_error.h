// SPDX-License-Identifier: MIT
//
// What the kernel refuses in the midst of a run: the run has failed.
#pragma once

#include <cerrno>
#include <string>
#include <system_error>

namespace understudy::lab {

// "the lab cannot mount its folder: Operation not permitted", from errno.
[[noreturn]] inline void fail(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), "the lab cannot " + what);
}

// The result of a system call, if it is one.
inline int checked(int result, const std::string& what) {
  if (result < 0) fail(what);
  return result;
}

}  // namespace understudy::lab
