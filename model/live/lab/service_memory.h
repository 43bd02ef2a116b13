// SPDX-License-Identifier: MIT
//
// The memory that the service of a server works in: a file in the folder that its daemon copies, of
// the size that the scenario says. It begins with the number of writes that it contains; write
// number n puts that number at a place that depends on it. The lab writes in the service's stead:
// the writes whose instants have passed, together, as a database commits them. (A file that changes
// again and again within the 20 ms that file systems may not tell apart cannot be copied at all.)
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>

#include "understudy/failover/time.h"

namespace understudy::lab {

class ServiceMemory {
 public:
  static constexpr Duration commit_interval = std::chrono::milliseconds(50);

  ServiceMemory(std::filesystem::path folder, std::uint64_t size_bytes)
      : folder_(std::move(folder)), size_bytes_(size_bytes) {}

  // So many more. False: there is no such folder, and nothing was accepted.
  bool write(std::uint64_t count) const;
  // How many it contains.
  [[nodiscard]] std::uint64_t writes() const;

 private:
  std::filesystem::path folder_;
  std::uint64_t size_bytes_;
};

}  // namespace understudy::lab
