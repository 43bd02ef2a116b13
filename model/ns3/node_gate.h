// SPDX-License-Identifier: MIT
//
// Cuts a node of any make off from all of its networks at once, and lets it back on.
//
// Nothing is taken down: interfaces, routes and addresses stay as they are, which ns-3's own
// SetDown would lose. What the node sends stops where its stacks hand it to traffic control; what
// arrives is taken for damaged by the device. Devices in question are those with an attribute
// ReceiveErrorModel (CSMA, point-to-point, Simple), whose own model goes on to work while the gate
// is open, and Wi-Fi.
//
// Faithful: from the instant that it closes, no packet of the node's stacks gets out and none
// arrives. FlushQueues empties queue discs and device queues.
// Left out: the one frame that a device is sending or backing off for gets out, as do those in the
// queues of a Wi-Fi MAC (some milliseconds' worth); a Wi-Fi station stays associated. What arrives
// at a gate that holds is lost, as at a closed one. Whoever sends past the stacks (PacketSocket, a
// bridge) is not held back.
#pragma once

#include <vector>

#include <ns3/error-model.h>
#include <ns3/net-device.h>
#include <ns3/node.h>
#include <ns3/object.h>
#include <ns3/ptr.h>

#include "understudy/ns3/link.h"

namespace ns3 {

class UnderstudyNodeGate : public Object {
 public:
  static TypeId GetTypeId();

  /// For all devices and interfaces that the node has by now.
  static Ptr<UnderstudyNodeGate> Install(Ptr<Node> node);

  void Set(UnderstudyGate gate);
  UnderstudyGate Get() const;

  void FlushQueues();

 protected:
  void DoDispose() override;

 private:
  class Sender;
  class Receiver;

  void CloseIn(Ptr<NetDevice> device);

  Ptr<Node> node_;
  UnderstudyGate gate_ = UnderstudyGate::open;
};

}  // namespace ns3
