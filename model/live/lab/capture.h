// SPDX-License-Identifier: MIT
//
// Writes what passes one end of a cable to a pcap file, as tcpdump on the interface there would;
// its instants are those of the run, as in the captures of ns-3.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "understudy/failover/time.h"
#include "understudy/lab/frames.h"
#include "understudy/live/descriptor.h"

namespace understudy::lab {

class Capture {
 public:
  explicit Capture(live::Descriptor file);

  // What comes is kept until there is much of it: a disk would hold up the frames after it. Throws
  // std::runtime_error if it cannot be written.
  void add(Time at, const Frame& frame);
  void write_all();

 private:
  live::Descriptor file_;
  std::string kept_;
};

// The files FOLDER/first.pcap and so on, by host. Throws std::runtime_error if one cannot be
// written.
[[nodiscard]] std::vector<live::Descriptor> open_captures(const std::filesystem::path& folder);

}  // namespace understudy::lab
