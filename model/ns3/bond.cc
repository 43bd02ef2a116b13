// SPDX-License-Identifier: MIT

#include "understudy/ns3/bond.h"

#include <utility>

#include <ns3/log.h>
#include <ns3/node.h>
#include <ns3/simulator.h>
#include <ns3/trace-source-accessor.h>

namespace ns3 {

NS_LOG_COMPONENT_DEFINE("UnderstudyBond");
NS_OBJECT_ENSURE_REGISTERED(UnderstudyBond);

namespace {

Ptr<SimpleNetDevice> new_device(Ptr<Node> node, const Address& address) {
  Ptr<SimpleNetDevice> device = CreateObject<SimpleNetDevice>();
  device->SetAddress(address);
  node->AddDevice(device);
  return device;
}

Ptr<UnderstudyLink> link_of(Ptr<const SimpleNetDevice> device) {
  return DynamicCast<UnderstudyLink>(device->GetChannel());
}

}  // namespace

TypeId UnderstudyBond::GetTypeId() {
  static TypeId tid =
      TypeId("ns3::UnderstudyBond")
          .SetParent<Object>()
          .SetGroupName("Understudy")
          .AddConstructor<UnderstudyBond>()
          .AddAttribute("FailoverDelay",
                        "From a port's loss or return of its carrier until the bond looks.",
                        TimeValue(MilliSeconds(100)),
                        MakeTimeAccessor(&UnderstudyBond::failoverDelay_), MakeTimeChecker(Time(0)))
          .AddTraceSource("Active", "The port that is used from now on.",
                          MakeTraceSourceAccessor(&UnderstudyBond::activated_),
                          "ns3::UnderstudyBond::PortTracedCallback");
  return tid;
}

Ptr<UnderstudyBond> UnderstudyBond::Install(Ptr<UnderstudyHost> host, Ptr<UnderstudySwitch> first,
                                            Ptr<UnderstudySwitch> second) {
  Ptr<UnderstudyBond> self = CreateObject<UnderstudyBond>();
  self->host_ = PeekPointer(host);
  const Ptr<SimpleNetDevice> device = host->GetDevice();
  first->Prepare(device);

  self->jack_ = new_device(host->GetNode(), device->GetAddress());
  Ptr<UnderstudyLink> inner = CreateObject<UnderstudyLink>();
  inner->SetAttribute("PropagationDelay", TimeValue(Time(0)));
  device->SetChannel(inner);
  self->jack_->SetChannel(inner);
  inner->SetReceiver(self->jack_, MakeCallback(&UnderstudyBond::Send, PeekPointer(self)));

  self->AddPort(0, first);
  self->AddPort(1, second);
  host->AggregateObject(self);
  return self;
}

void UnderstudyBond::AddPort(uint32_t port, Ptr<UnderstudySwitch> network) {
  ports_[port] = new_device(host_->GetNode(), jack_->GetAddress());
  network->Attach(ports_[port]);
  const Ptr<UnderstudyLink> link = link_of(ports_[port]);
  link->SetReceiver(ports_[port],
                    [this, port](UnderstudyFrame frame) { Receive(port, std::move(frame)); });
  link->SetCarrierCallback(ports_[port], MakeCallback(&UnderstudyBond::PlanLook, this));
}

void UnderstudyBond::SetDelayCallback(DelayCallback delay) { delay_ = delay; }

uint32_t UnderstudyBond::GetActivePort() const { return active_; }

bool UnderstudyBond::HasCarrier(uint32_t port) const {
  return link_of(ports_.at(port))->HasCarrier(ports_.at(port));
}

// Past the queue of the port: the host's device has put the frame on the wire already.
void UnderstudyBond::Send(UnderstudyFrame frame) {
  const Ptr<SimpleNetDevice> port = ports_[active_];
  link_of(port)->Send(frame.payload, frame.protocol, frame.to, frame.from, port);
}

void UnderstudyBond::Receive(uint32_t port, UnderstudyFrame frame) {
  if (port != active_) {
    NS_LOG_LOGIC("a frame of " << frame.from << " arrived at the backup port");
    return;
  }
  link_of(jack_)->Send(frame.payload, frame.protocol, frame.to, frame.from, jack_);
}

void UnderstudyBond::PlanLook() {
  const Time delay = delay_.IsNull() ? failoverDelay_ : delay_();
  Simulator::ScheduleWithContext(host_->GetNode()->GetId(), delay, &UnderstudyBond::Look, this);
}

void UnderstudyBond::Look() {
  const uint32_t other = 1 - active_;
  if (!host_ || HasCarrier(active_) || !HasCarrier(other)) return;
  NS_LOG_INFO("port " << active_ << " has no carrier, port " << other << " takes over");
  active_ = other;
  activated_(active_);
  host_->AnnounceAll();
}

void UnderstudyBond::DoDispose() {
  host_ = nullptr;
  jack_ = nullptr;
  ports_ = {};
  delay_.Nullify();
  Object::DoDispose();
}

}  // namespace ns3
