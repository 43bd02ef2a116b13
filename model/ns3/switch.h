// SPDX-License-Identifier: MIT
//
// A learning Ethernet switch, full duplex, each port at the end of a cable of its own.
//
//        host      host      host
//         |         |         |         UnderstudyLink: delay, gates, fates
//     +---+---------+---------+---+
//     |  0         1         2    |     ports: SimpleNetDevices with a queue and a rate
//     |      UnderstudySwitch     |
//     +---------------------------+
//
// From host to host a frame takes two propagation delays and is put on a wire twice (the switch
// stores and forwards; deciding where takes no time).
//
// Faithful: learning, flooding, queueing at the way out, a port that goes down and takes with it
// what was learned there. The filter cuts any two ports apart, in one direction or both.
// Left out: entries do not age (a port that goes down or an address that shows up elsewhere is how
// they change here), the table is never full, and there is no spanning tree: keep one port of a
// loop down. ns-3's BridgeNetDevice would keep entries of a port that went down for 300 s, copies
// each frame twice and works with half-duplex CSMA or with devices in promiscuous mode.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include <ns3/callback.h>
#include <ns3/data-rate.h>
#include <ns3/mac48-address.h>
#include <ns3/node.h>
#include <ns3/nstime.h>
#include <ns3/object.h>
#include <ns3/queue-size.h>

#include "understudy/ns3/frame.h"
#include "understudy/ns3/link.h"

namespace ns3 {

class SimpleNetDevice;

class UnderstudySwitch : public Object {
 public:
  static TypeId GetTypeId();

  /// Which way a frame would go through the switch.
  struct Way {
    uint32_t in;
    uint32_t out;
  };
  /// Whether a frame may go that way.
  using FilterCallback = Callback<bool, Way, const UnderstudyFrame&>;

  enum class PortState : uint8_t { up, down };

  /// Makes a switch of this node.
  static Ptr<UnderstudySwitch> Install(Ptr<Node> node);

  /// Runs a cable from a new port to `device`, which takes on the rate, MTU and queue of the port,
  /// and returns the number of the port. Works for a host's device and for another switch's port.
  uint32_t Attach(Ptr<SimpleNetDevice> device);
  /// Runs a cable from a new port to a new port of `other`, and returns the number of ours.
  uint32_t Attach(Ptr<UnderstudySwitch> other);

  /// Gives a device the rate, MTU and queue of a port.
  void Prepare(Ptr<SimpleNetDevice> device) const;

  uint32_t GetNPorts() const;
  Ptr<SimpleNetDevice> GetPort(uint32_t port) const;
  Ptr<UnderstudyLink> GetLink(uint32_t port) const;

  /// A port that goes down loses what is queued there and forgets the addresses learned there.
  void SetPortState(uint32_t port, PortState state);
  PortState GetPortState(uint32_t port) const;

  /// A null callback lets everything pass.
  void SetFilter(FilterCallback filter);

 protected:
  void DoDispose() override;

 private:
  struct Port {
    Ptr<SimpleNetDevice> device;
    Ptr<UnderstudyLink> link;
    PortState state = PortState::up;
  };

  uint32_t AddPort();
  void Plug(uint32_t port, Ptr<UnderstudyLink> link);
  void Receive(uint32_t in, UnderstudyFrame frame);
  void Forward(Way way, const UnderstudyFrame& frame);

  Ptr<Node> node_;
  std::vector<Port> ports_;
  std::map<Mac48Address, uint32_t> learned_;
  FilterCallback filter_;
  DataRate rate_;
  Time delay_;
  uint16_t mtu_ = 0;
  QueueSize queue_;
};

}  // namespace ns3
