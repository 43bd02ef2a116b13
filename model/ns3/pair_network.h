// SPDX-License-Identifier: MIT
//
// A topology in ns-3: the two servers, the client and the witness, and what lies between them, in
// either address family. Each kind has a file of its own, with its picture: pair_lan.h,
// pair_dual_switch.h, pair_wan.h, pair_routed.h.
//
// What befalls packets one by one (loss, delay …) befalls them on one cable of their way, where
// impairments.h judges about each of them once. Cables, switches and routers go down as such.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include <ns3/address.h>
#include <ns3/nstime.h>
#include <ns3/ptr.h>
#include <ns3/simple-net-device.h>

#include "understudy/ns3/capture.h"
#include "understudy/ns3/cross_traffic.h"
#include "understudy/ns3/host.h"
#include "understudy/ns3/packets.h"
#include "understudy/ns3/understudy_agent.h"
#include "understudy/scenario/draws.h"
#include "understudy/scenario/dual_switch.h"
#include "understudy/scenario/impairments.h"
#include "understudy/scenario/links.h"
#include "understudy/scenario/scenario.h"

namespace understudy::ns3_substrate {

class PairNetwork {
 public:
  // Of the kind that the topology says.
  [[nodiscard]] static std::unique_ptr<PairNetwork> make(const Topology& topology, const Run& run);
  PairNetwork(const PairNetwork&) = delete;
  PairNetwork& operator=(const PairNetwork&) = delete;
  virtual ~PairNetwork() = default;

  [[nodiscard]] ns3::Ptr<ns3::UnderstudyHost> host(Host host) const {
    return hosts_[static_cast<std::size_t>(host)];
  }
  [[nodiscard]] ns3::UnderstudyAgent::Addresses addresses_for(ServerId id) const;

  // All is settled: what the hosts and the network would have learned of each other by now, they
  // know. `first` is primary, and both servers have been asked and have answered.
  virtual void settle() = 0;

  // A fault of the network begins or ends; one of another kind is passed over.
  void begin_fault(std::size_t number, const Fault& fault, const Struck& struck);
  void end_fault(std::size_t number, const Fault& fault, const Struck& struck);

  // Called with each ping that reaches a host.
  using PingHeard = std::function<void(Host host, const PacketFacts& facts)>;
  void watch_pings(PingHeard heard);

  // Called when a host goes over to another port, before it announces anything.
  using PortMoved = std::function<void(Host host, Port port)>;
  void watch_ports(PortMoved moved) { port_moved_ = std::move(moved); }

  // The state of a dual-switch; none: it is none.
  [[nodiscard]] virtual const DualSwitch* bonds() const { return nullptr; }

  // Captures at each host: DIRECTORY/first.pcap and so on.
  void capture(const std::filesystem::path& directory);

 protected:
  PairNetwork(const Topology& topology, const Run& run);

  static constexpr int primary_number = 100;
  static constexpr int monitor_number = 101;
  // 10.0.SUBNET.NUMBER, 2001:db8:0:SUBNET::NUMBER (routed: fd00:0:0:SUBNET::NUMBER).
  [[nodiscard]] ns3::Address address(int subnet, int number) const;
  [[nodiscard]] std::uint8_t prefix_length() const;
  [[nodiscard]] static int number_of(Host host);

  void set_host(Host which, ns3::Ptr<ns3::UnderstudyHost> host) {
    hosts_[static_cast<std::size_t>(which)] = host;
  }

  enum class Change : std::uint8_t { breaks, heals };
  // Cables, switches and routers.
  virtual void change_parts(std::size_t number, const Fault& fault, const Struck& struck,
                            Change change) = 0;
  // The device whose queue is in front of a host now.
  [[nodiscard]] virtual ns3::Ptr<ns3::SimpleNetDevice> last_hop(Host host) const = 0;
  // There is a partition, for the first time: from now on `parted` counts.
  virtual void begin_to_part() = 0;
  // There is something to judge about each packet, for the first time: `judge` from now on.
  virtual void begin_to_judge() = 0;

  [[nodiscard]] bool parted(Host from, Host to) const {
    return cuts_[static_cast<std::size_t>(from)][static_cast<std::size_t>(to)] > 0;
  }
  // What becomes of the next packet of its kind: `arrivals` as in UnderstudyLink::FateCallback.
  void judge(const Path& path, std::vector<ns3::Time>& arrivals);
  // Whether delays are drawn, so that there is something to judge from the start.
  [[nodiscard]] bool draws_delays() const;
  void decide_about_frames();

  [[nodiscard]] const Topology& topology() const { return topology_; }
  [[nodiscard]] const Run& run() const { return run_; }
  void port_moved(Host host, Port port) const {
    if (port_moved_) port_moved_(host, port);
  }

 private:
  void change_cuts(const Fault& fault, const Struck& struck, int cuts);
  void congest(std::size_t number, const Fault& fault, const Struck& struck);
  void hear(Host host, const ns3::UnderstudyFrame& frame);

  Topology topology_;
  Run run_;
  Impairments impairments_;
  std::array<std::array<int, host_count>, host_count> cuts_{};  // faults that part two hosts
  std::map<std::size_t, std::vector<std::unique_ptr<CrossTraffic>>> traffic_;  // by fault
  bool parting_ = false;
  bool judging_ = false;
  std::array<ns3::Ptr<ns3::UnderstudyHost>, host_count> hosts_;
  std::map<std::size_t, Stream> delay_streams_;  // by path
  std::map<std::size_t, Stream> wan_streams_;    // by path
  std::vector<ns3::Ptr<ns3::UnderstudyCapture>> captures_;
  PingHeard ping_heard_;
  PortMoved port_moved_;
};

}  // namespace understudy::ns3_substrate
