// SPDX-License-Identifier: MIT
//
// One run as an animation for NetAnim, in the XML that ns-3 3.37's own AnimationInterface writes
// (netanim-3.108). That class watches no SimpleNetDevice, so this one listens to the cables.
//
//      first ──┐              ┌── second      hosts at the corners, switches and routers in the
//              ├── switches ──┤               middle of what they connect
//     client ──┘              └── witness
//
// Each frame is drawn on each cable that it crosses, with what it is to the pair (ping, answer,
// copy and so on). Servers have the colour of their role, which changes with it: orange holds the
// primary address, blue the monitor address, red has declared a failure, yellow arbitrates, grey is
// off or boots, violet stands still.
//
// Listening changes nothing in the run. Left out: frames that are lost on their way, and links that
// are no UnderstudyLink.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <ns3/net-device.h>
#include <ns3/node.h>
#include <ns3/ptr.h>

#include "understudy/ns3/frame.h"
#include "understudy/ns3/link.h"
#include "understudy/outcome/timeline.h"
#include "understudy/scenario/links.h"

namespace understudy::ns3_substrate {

class Animation {
 public:
  using Hosts = std::array<ns3::Ptr<ns3::Node>, host_count>;

  // Of all nodes that there are by now, from now on. Throws std::runtime_error if the file cannot
  // be written, as finish() does.
  Animation(const std::filesystem::path& file, const Hosts& hosts);
  Animation(const Animation&) = delete;
  Animation& operator=(const Animation&) = delete;
  ~Animation();

  // Adds how the servers fared, and ends.
  void finish(const Timeline& timeline);

 private:
  using Cable = ns3::Ptr<ns3::UnderstudyLink>;

  void write_nodes(const Hosts& hosts, const std::vector<Cable>& cables);
  struct Look;
  void write_look(std::uint32_t node, Time at, const Look& look);
  void listen(const Cable& cable);
  void arrived(const ns3::UnderstudyLink& cable, ns3::Ptr<const ns3::NetDevice> end,
               const ns3::UnderstudyFrame& frame);
  void check();

  std::filesystem::path path_;
  std::ofstream out_;
  std::array<std::uint32_t, host_count> node_of_{};
  // When a frame left an end. Kept, since one that is doubled on its way arrives twice.
  std::map<std::pair<const ns3::NetDevice*, std::uint64_t>, Time> departures_;
};

}  // namespace understudy::ns3_substrate
