// SPDX-License-Identifier: MIT
//
// The topology `lan` in ns-3: the two servers, the client and the witness, each on a port of one
// switch, in either address family.
//
//      first     second    client    witness
//     .1 │       .2 │      .11 │     .12 │        10.0.0.0/24, 2001:db8::/64
//     ┌──┴──────────┴──────────┴─────────┴──┐     primary address .100, monitor address .101
//     └──────────────── switch ─────────────┘
//
// The scenario's one-way delay is split evenly over the two cables of a path, if it is fixed; if it
// is drawn, it is all spent on the cable to the receiver, and each packet draws its own. Packets
// can overtake each other then, as in a real network.
#pragma once

#include <array>
#include <filesystem>
#include <map>
#include <memory>
#include <vector>

#include <ns3/address.h>
#include <ns3/mac48-address.h>
#include <ns3/ptr.h>

#include "understudy/ns3/capture.h"
#include "understudy/ns3/cross_traffic.h"
#include "understudy/ns3/host.h"
#include "understudy/ns3/packets.h"
#include "understudy/ns3/switch.h"
#include "understudy/ns3/understudy_agent.h"
#include "understudy/scenario/draws.h"
#include "understudy/scenario/impairments.h"
#include "understudy/scenario/links.h"
#include "understudy/scenario/scenario.h"

namespace understudy::ns3_substrate {

class PairLan {
 public:
  PairLan(const Topology& topology, const Run& run);
  PairLan(const PairLan&) = delete;
  PairLan& operator=(const PairLan&) = delete;
  ~PairLan();

  [[nodiscard]] ns3::Ptr<ns3::UnderstudyHost> host(Host host) const {
    return hosts_[static_cast<std::size_t>(host)];
  }
  [[nodiscard]] ns3::UnderstudyAgent::Addresses addresses_for(ServerId id) const;

  // A fault of the network begins or ends; one of another kind is passed over. Cables and the
  // switch go down as such, a partition is a filter in the switch, and what befalls packets one by
  // one befalls them on the cable to the receiver.
  void begin_fault(std::size_t number, const Fault& fault, const Struck& struck);
  void end_fault(std::size_t number, const Fault& fault, const Struck& struck);

  // Called with each ping that reaches a host.
  using PingHeard = std::function<void(Host host, const PacketFacts& facts)>;
  void watch_pings(PingHeard heard);

  // Captures at each host: DIRECTORY/first.pcap and so on.
  void capture(const std::filesystem::path& directory);

 private:
  void change_ports(HostSet hosts, int down);
  void congest(std::size_t number, const Fault& fault, const Struck& struck);
  void change_cuts(const Fault& fault, const Struck& struck, int cuts);
  void decide_about_frames();
  void carry(Host to, const ns3::UnderstudyFrame& frame, std::vector<ns3::Time>& arrivals);
  Stream& delay_stream_of(const Path& path);
  void hear(Host host, const ns3::UnderstudyFrame& frame);

  Topology topology_;
  Run run_;
  Impairments impairments_;
  std::array<int, host_count> ports_down_{};                    // faults that keep a port down
  std::array<std::array<int, host_count>, host_count> cuts_{};  // faults that part two hosts
  std::map<std::size_t, std::vector<std::unique_ptr<CrossTraffic>>> traffic_;  // by fault
  bool deciding_ = false;                                                      // about each frame
  ns3::Ptr<ns3::UnderstudySwitch> switch_;
  std::array<ns3::Ptr<ns3::UnderstudyHost>, host_count> hosts_;
  std::map<ns3::Mac48Address, Host> owners_;
  std::map<std::size_t, Stream> delay_streams_;  // by path
  std::vector<ns3::Ptr<ns3::UnderstudyCapture>> captures_;
  PingHeard ping_heard_;
};

}  // namespace understudy::ns3_substrate
