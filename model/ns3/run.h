// SPDX-License-Identifier: MIT
//
// The ns-3 substrate: a scenario's run with real packets.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "understudy/outcome/timeline.h"
#include "understudy/scenario/draws.h"
#include "understudy/scenario/scenario.h"

namespace understudy::ns3_substrate {

struct Options {
  std::filesystem::path pcap_directory;  // empty: no captures
  std::filesystem::path animation;       // for NetAnim; empty: none
  // Defaults of ns-3 attributes and global values, by name: {"ns3::TcpSocket::SegmentSize", "536"}.
  std::vector<std::pair<std::string, std::string>> attributes;
};

// Runs in this process, which must have no other ns-3 simulation under way. Throws BadInput for an
// attribute that ns-3 does not know, and std::runtime_error for a capture
// or an animation that cannot be written.
[[nodiscard]] Timeline run(const Scenario& scenario, const Run& run, const Options& options = {},
                           Detail detail = Detail::changes);

// Throws BadInput if ns-3 knows no such attribute or global value, or refuses the value. One that
// it cannot read may end the program: that is its way.
void try_attribute(const std::string& name, const std::string& value);

}  // namespace understudy::ns3_substrate
