// SPDX-License-Identifier: MIT

#include "understudy/ns3/switch.h"

#include <utility>

#include <ns3/log.h>
#include <ns3/net-device.h>
#include <ns3/node.h>
#include <ns3/queue.h>
#include <ns3/simple-net-device.h>
#include <ns3/uinteger.h>

namespace ns3 {

NS_LOG_COMPONENT_DEFINE("UnderstudySwitch");
NS_OBJECT_ENSURE_REGISTERED(UnderstudySwitch);

TypeId UnderstudySwitch::GetTypeId() {
  static TypeId tid =
      TypeId("ns3::UnderstudySwitch")
          .SetParent<Object>()
          .SetGroupName("Understudy")
          .AddConstructor<UnderstudySwitch>()
          .AddAttribute("DataRate", "Rate of each cable, in each direction.",
                        DataRateValue(DataRate("1Gbps")),
                        MakeDataRateAccessor(&UnderstudySwitch::rate_), MakeDataRateChecker())
          .AddAttribute("Delay",
                        "One-way propagation delay of each cable; from host to host it counts "
                        "twice.",
                        TimeValue(MicroSeconds(25)), MakeTimeAccessor(&UnderstudySwitch::delay_),
                        MakeTimeChecker(Time(0)))
          .AddAttribute("Mtu", "Largest payload of a frame.", UintegerValue(1500),
                        MakeUintegerAccessor(&UnderstudySwitch::mtu_),
                        MakeUintegerChecker<uint16_t>(576))
          .AddAttribute("QueueSize",
                        "Of each port and of each attached device. It holds what a TCP sender may "
                        "have on the way at once: hosts have no traffic control to wait in.",
                        QueueSizeValue(QueueSize("1000p")),
                        MakeQueueSizeAccessor(&UnderstudySwitch::queue_), MakeQueueSizeChecker());
  return tid;
}

Ptr<UnderstudySwitch> UnderstudySwitch::Install(Ptr<Node> node) {
  Ptr<UnderstudySwitch> self = CreateObject<UnderstudySwitch>();
  self->node_ = node;
  node->AggregateObject(self);
  return self;
}

uint32_t UnderstudySwitch::Attach(Ptr<SimpleNetDevice> device) {
  NS_LOG_FUNCTION(this << device);
  const uint32_t port = AddPort();
  Prepare(device);
  Ptr<UnderstudyLink> link = CreateObject<UnderstudyLink>();
  link->SetAttribute("PropagationDelay", TimeValue(delay_));
  device->SetChannel(link);
  Plug(port, link);
  return port;
}

uint32_t UnderstudySwitch::Attach(Ptr<UnderstudySwitch> other) {
  const uint32_t theirs = other->AddPort();
  const uint32_t ours = Attach(other->ports_[theirs].device);
  Ptr<UnderstudyLink> link = ports_[ours].link;
  other->ports_[theirs].link = link;
  link->SetReceiver(other->ports_[theirs].device,
                    [other = PeekPointer(other), theirs](UnderstudyFrame frame) {
                      other->Receive(theirs, std::move(frame));
                    });
  return ours;
}

uint32_t UnderstudySwitch::AddPort() {
  Ptr<SimpleNetDevice> device = CreateObject<SimpleNetDevice>();
  device->SetAddress(Mac48Address::Allocate());
  node_->AddDevice(device);
  Prepare(device);
  ports_.push_back({device, nullptr, PortState::up});
  return static_cast<uint32_t>(ports_.size() - 1);
}

void UnderstudySwitch::Plug(uint32_t port, Ptr<UnderstudyLink> link) {
  Port& plugged = ports_[port];
  plugged.link = link;
  plugged.device->SetChannel(link);
  link->SetReceiver(plugged.device,
                    [this, port](UnderstudyFrame frame) { Receive(port, std::move(frame)); });
}

void UnderstudySwitch::Prepare(Ptr<SimpleNetDevice> device) const {
  device->SetAttribute("DataRate", DataRateValue(rate_));
  device->SetMtu(mtu_);
  device->GetQueue()->SetMaxSize(queue_);
}

uint32_t UnderstudySwitch::GetNPorts() const { return static_cast<uint32_t>(ports_.size()); }

Ptr<SimpleNetDevice> UnderstudySwitch::GetPort(uint32_t port) const {
  return ports_.at(port).device;
}

Ptr<UnderstudyLink> UnderstudySwitch::GetLink(uint32_t port) const { return ports_.at(port).link; }

void UnderstudySwitch::SetPortState(uint32_t port, PortState state) {
  NS_LOG_FUNCTION(this << port << static_cast<int>(state));
  Port& changed = ports_.at(port);
  changed.state = state;
  const bool up = state == PortState::up;
  changed.link->SetGate(changed.device, up ? UnderstudyGate::open : UnderstudyGate::closed);
  if (up) return;
  changed.device->GetQueue()->Flush();
  std::erase_if(learned_, [port](const auto& entry) { return entry.second == port; });
}

UnderstudySwitch::PortState UnderstudySwitch::GetPortState(uint32_t port) const {
  return ports_.at(port).state;
}

void UnderstudySwitch::SetFilter(FilterCallback filter) { filter_ = filter; }

void UnderstudySwitch::Receive(uint32_t in, UnderstudyFrame frame) {
  if (!frame.from.IsGroup()) learned_.insert_or_assign(frame.from, in);

  if (!frame.to.IsGroup()) {
    const auto known = learned_.find(frame.to);
    if (known != learned_.end()) {
      if (known->second != in) Forward({in, known->second}, frame);
      return;
    }
  }
  for (uint32_t out = 0; out < ports_.size(); ++out) {
    if (out == in) continue;
    UnderstudyFrame copy = frame;
    copy.payload = frame.payload->Copy();
    Forward({in, out}, copy);
  }
}

void UnderstudySwitch::Forward(Way way, const UnderstudyFrame& frame) {
  const Port& out = ports_[way.out];
  if (out.state == PortState::down) return;
  if (!filter_.IsNull() && !filter_(way, frame)) return;
  if (!out.device->SendFrom(frame.payload, frame.from, frame.to, frame.protocol)) {
    NS_LOG_LOGIC("the queue of port " << way.out << " is full");
  }
}

void UnderstudySwitch::DoDispose() {
  ports_.clear();
  learned_.clear();
  filter_.Nullify();
  node_ = nullptr;
  Object::DoDispose();
}

}  // namespace ns3
