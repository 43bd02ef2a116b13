// SPDX-License-Identifier: MIT

#include "understudy/ns3/node_gate.h"

#include <ns3/abort.h>
#include <ns3/arp-l3-protocol.h>
#include <ns3/ipv4-interface.h>
#include <ns3/ipv4-l3-protocol.h>
#include <ns3/ipv6-interface.h>
#include <ns3/ipv6-l3-protocol.h>
#include <ns3/log.h>
#include <ns3/loopback-net-device.h>
#include <ns3/pointer.h>
#include <ns3/queue-disc.h>
#include <ns3/queue.h>
#include <ns3/traffic-control-layer.h>

namespace ns3 {

NS_LOG_COMPONENT_DEFINE("UnderstudyNodeGate");
NS_OBJECT_ENSURE_REGISTERED(UnderstudyNodeGate);

namespace {

void drain(QueueDisc& discipline) {
  if (discipline.GetWakeMode() == QueueDisc::WAKE_CHILD) {  // it only spreads over its children
    for (std::size_t i = 0; i < discipline.GetNQueueDiscClasses(); ++i) {
      drain(*discipline.GetQueueDiscClass(i)->GetQueueDisc());
    }
    return;
  }
  while (discipline.Dequeue()) {
  }
}

}  // namespace

// Stands between the stacks of a node and its traffic control.
class UnderstudyNodeGate::Sender final : public TrafficControlLayer {
 public:
  Sender(Ptr<const UnderstudyNodeGate> gate, Ptr<TrafficControlLayer> below)
      : gate_(gate), below_(below) {}

  void Send(Ptr<NetDevice> device, Ptr<QueueDiscItem> item) override {
    if (gate_->Get() == UnderstudyGate::open) return below_->Send(device, item);
    NS_LOG_LOGIC("a closed gate held back " << *item->GetPacket());
  }
  // What an interface sends to itself comes back this way, and leaves the node in no case.
  void Receive(Ptr<NetDevice> device, Ptr<const Packet> packet, uint16_t protocol,
               const Address& from, const Address& to, NetDevice::PacketType type) override {
    below_->Receive(device, packet, protocol, from, to, type);
  }

 private:
  Ptr<const UnderstudyNodeGate> gate_;
  Ptr<TrafficControlLayer> below_;
};

// Damages what arrives while the gate is closed, and leaves the rest to the device's own model.
class UnderstudyNodeGate::Receiver final : public ErrorModel {
 public:
  Receiver(Ptr<const UnderstudyNodeGate> gate, Ptr<ErrorModel> own) : gate_(gate), own_(own) {}

 private:
  bool DoCorrupt(Ptr<Packet> packet) override {
    return gate_->Get() != UnderstudyGate::open || (own_ && own_->IsCorrupt(packet));
  }
  void DoReset() override {
    if (own_) own_->Reset();
  }

  Ptr<const UnderstudyNodeGate> gate_;
  Ptr<ErrorModel> own_;
};

TypeId UnderstudyNodeGate::GetTypeId() {
  static TypeId tid = TypeId("ns3::UnderstudyNodeGate")
                          .SetParent<Object>()
                          .SetGroupName("Understudy")
                          .AddConstructor<UnderstudyNodeGate>();
  return tid;
}

Ptr<UnderstudyNodeGate> UnderstudyNodeGate::Install(Ptr<Node> node) {
  Ptr<UnderstudyNodeGate> self = CreateObject<UnderstudyNodeGate>();
  self->node_ = node;
  for (uint32_t i = 0; i < node->GetNDevices(); ++i) self->CloseIn(node->GetDevice(i));

  const Ptr<Sender> sender = Create<Sender>(self, node->GetObject<TrafficControlLayer>());
  if (const auto ipv4 = node->GetObject<Ipv4L3Protocol>()) {
    for (uint32_t i = 0; i < ipv4->GetNInterfaces(); ++i) {
      ipv4->GetInterface(i)->SetTrafficControl(sender);
    }
    node->GetObject<ArpL3Protocol>()->SetTrafficControl(sender);
  }
  if (const auto ipv6 = node->GetObject<Ipv6L3Protocol>()) {
    for (uint32_t i = 0; i < ipv6->GetNInterfaces(); ++i) {
      ipv6->GetInterface(i)->SetTrafficControl(sender);
    }
  }
  return self;
}

// By attributes, so that this needs no module but those whose devices there are.
void UnderstudyNodeGate::CloseIn(Ptr<NetDevice> device) {
  if (DynamicCast<LoopbackNetDevice>(device)) return;
  Ptr<Object> receiver = device;
  std::string attribute = "ReceiveErrorModel";
  PointerValue found;
  if (device->GetAttributeFailSafe("Phy", found)) {
    receiver = found.GetObject();
    attribute = "PostReceptionErrorModel";
  }
  NS_ABORT_MSG_IF(!receiver || !receiver->GetAttributeFailSafe(attribute, found),
                  "a " << device->GetInstanceTypeId().GetName()
                       << " cannot be cut off: it takes no error model");
  const Ptr<ErrorModel> own = found.Get<ErrorModel>();
  receiver->SetAttribute(attribute, PointerValue(Create<Receiver>(this, own)));
}

void UnderstudyNodeGate::Set(UnderstudyGate gate) {
  NS_LOG_FUNCTION(this << node_->GetId() << static_cast<int>(gate));
  gate_ = gate;
}

UnderstudyGate UnderstudyNodeGate::Get() const { return gate_; }

void UnderstudyNodeGate::FlushQueues() {
  const Ptr<TrafficControlLayer> layer = node_->GetObject<TrafficControlLayer>();
  for (uint32_t i = 0; i < node_->GetNDevices(); ++i) {
    const Ptr<NetDevice> device = node_->GetDevice(i);
    if (const auto discipline = layer->GetRootQueueDiscOnDevice(device)) drain(*discipline);
    PointerValue queue;
    if (!device->GetAttributeFailSafe("TxQueue", queue)) continue;
    if (const auto packets = queue.Get<Queue<Packet>>()) packets->Flush();
  }
}

void UnderstudyNodeGate::DoDispose() {
  node_ = nullptr;
  Object::DoDispose();
}

}  // namespace ns3
