// SPDX-License-Identifier: MIT
//
// Why a copy comes to nothing: the peer, the network, the disk, the source. One line for the log.
#pragma once

#include <stdexcept>
#include <string>

namespace understudy::copying {

class CopyFailed : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// "WHAT: " and what errno says.
[[noreturn]] void fail_with_errno(const std::string& what);

}  // namespace understudy::copying
