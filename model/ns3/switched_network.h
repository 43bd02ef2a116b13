// SPDX-License-Identifier: MIT
//
// What topologies of switches have in common: one subnet over all of them, hosts on ports, at most
// one other switch behind an uplink.
//
// A partition is a filter in the switches: it acts at the sender's, so that what is on its way to
// the other switch arrives; frames to all are let over to it as long as they may reach anybody
// there, and are filtered again at the port to each.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include <ns3/mac48-address.h>

#include "understudy/ns3/pair_network.h"
#include "understudy/ns3/switch.h"

namespace understudy::ns3_substrate {

class SwitchedNetwork : public PairNetwork {
 public:
  void settle() override;

 protected:
  using PairNetwork::PairNetwork;

  // A switch, and whom each of its ports leads to: a host or, none, the other switch.
  struct Side {
    ns3::Ptr<ns3::UnderstudySwitch> network;
    std::vector<std::optional<Host>> ports;
  };

  // With cables of half the delay from host to host, if that is fixed; a drawn delay is all spent
  // where it is drawn.
  Side& add_side();
  // Makes a host; it has no cable yet.
  ns3::Ptr<ns3::UnderstudyHost> add_host(Host which);
  void attach(Side& side, Host which);
  // Runs the cable between the two switches.
  void add_uplink();

  [[nodiscard]] std::vector<Side>& sides() { return sides_; }
  [[nodiscard]] const Side& side(std::size_t number) const { return sides_.at(number); }
  [[nodiscard]] static std::uint32_t port_to(const Side& side, std::optional<Host> host);
  void set_port(Side& side, std::optional<Host> host, bool up) const;

  // Whether packets from there to here are judged as they leave that side for the host, or for the
  // other switch. Each has to be judged once; `everybody`: the frame is for all.
  struct Leaving {
    std::size_t side = 0;
    bool by_uplink = false;
    bool everybody = false;
  };
  [[nodiscard]] virtual bool judged(const Path& path, const Leaving& leaving) const = 0;
  // The hosts that frames can get to by the uplink of that side.
  [[nodiscard]] virtual HostSet beyond(std::size_t /*side*/) const { return {}; }
  // Whether the uplink carries what enters it.
  [[nodiscard]] virtual bool uplink_carries() const { return true; }

  void begin_to_part() override;
  void begin_to_judge() override;

 private:
  [[nodiscard]] std::optional<Host> owner(const ns3::Mac48Address& address) const;
  [[nodiscard]] bool passes(std::size_t side, ns3::UnderstudySwitch::Way way,
                            const ns3::UnderstudyFrame& frame) const;
  void carry(std::size_t side, std::uint32_t port, const ns3::UnderstudyFrame& frame,
             std::vector<ns3::Time>& arrivals);

  std::vector<Side> sides_;
  std::map<ns3::Mac48Address, Host> owners_;
};

// Counts the faults that keep the port to each host down.
class PortsDown {
 public:
  // Whether each of the hosts has a port that is up, from now on.
  [[nodiscard]] bool change(Host host, int down) {
    int& count = counts_.at(static_cast<std::size_t>(host));
    count += down;
    return count == 0;
  }

 private:
  std::array<int, host_count> counts_{};
};

}  // namespace understudy::ns3_substrate
