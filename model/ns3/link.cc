// SPDX-License-Identifier: MIT

#include "understudy/ns3/link.h"

#include <cassert>
#include <utility>

#include <ns3/log.h>
#include <ns3/node.h>
#include <ns3/simple-net-device.h>
#include <ns3/simulator.h>
#include <ns3/trace-source-accessor.h>

namespace ns3 {

NS_LOG_COMPONENT_DEFINE("UnderstudyLink");
NS_OBJECT_ENSURE_REGISTERED(UnderstudyLink);

TypeId UnderstudyLink::GetTypeId() {
  static TypeId tid =
      TypeId("ns3::UnderstudyLink")
          .SetParent<SimpleChannel>()
          .SetGroupName("Understudy")
          .AddConstructor<UnderstudyLink>()
          .AddAttribute("PropagationDelay",
                        "From the last bit sent to the last bit received. (SimpleChannel's Delay "
                        "has no effect here.)",
                        TimeValue(MicroSeconds(25)), MakeTimeAccessor(&UnderstudyLink::delay_),
                        MakeTimeChecker(Time(0)))
          .AddTraceSource("Sent", "The last bit of a frame has left this end.",
                          MakeTraceSourceAccessor(&UnderstudyLink::sent_),
                          "ns3::UnderstudyLink::FrameTracedCallback")
          .AddTraceSource("Received", "A frame has arrived at this end.",
                          MakeTraceSourceAccessor(&UnderstudyLink::received_),
                          "ns3::UnderstudyLink::FrameTracedCallback")
          .AddTraceSource("Dropped", "A frame met a closed gate at this end, or its fate.",
                          MakeTraceSourceAccessor(&UnderstudyLink::dropped_),
                          "ns3::UnderstudyLink::FrameTracedCallback");
  return tid;
}

void UnderstudyLink::SetGate(Ptr<const NetDevice> end, UnderstudyGate gate) {
  NS_LOG_FUNCTION(this << end << static_cast<int>(gate));
  const std::size_t index = IndexOf(end);
  const bool was = ends_[index].gate != UnderstudyGate::closed;
  const bool is = gate != UnderstudyGate::closed;
  ends_[index].gate = gate;
  const CarrierCallback& changed = ends_[1 - index].carrierChanged;
  if (was != is && !changed.IsNull()) changed();
  if (gate == UnderstudyGate::holding) return;
  std::vector<UnderstudyFrame> waited;
  waited.swap(ends_[index].waiting);
  for (UnderstudyFrame& frame : waited) {  // if the gate is closed, to be dropped there
    Simulator::ScheduleWithContext(ends_[index].node, Time(0), &UnderstudyLink::Deliver, this,
                                   index, std::move(frame));
  }
}

UnderstudyGate UnderstudyLink::GetGate(Ptr<const NetDevice> end) const {
  return ends_[IndexOf(end)].gate;
}

void UnderstudyLink::SetFate(Ptr<const NetDevice> from, FateCallback fate) {
  ends_[IndexOf(from)].fate = fate;
}

void UnderstudyLink::SetDelay(Ptr<const NetDevice> from, Time delay) {
  ends_[IndexOf(from)].delay = delay;
}

bool UnderstudyLink::HasCarrier(Ptr<const NetDevice> end) const {
  return ends_[1 - IndexOf(end)].gate != UnderstudyGate::closed;
}

void UnderstudyLink::SetCarrierCallback(Ptr<const NetDevice> end, CarrierCallback changed) {
  ends_[IndexOf(end)].carrierChanged = changed;
}

void UnderstudyLink::SetReceiver(Ptr<const NetDevice> end, ReceiverCallback receiver) {
  ends_[IndexOf(end)].receiver = receiver;
}

Ptr<SimpleNetDevice> UnderstudyLink::GetPeer(Ptr<const NetDevice> end) const {
  return ends_[1 - IndexOf(end)].device;
}

void UnderstudyLink::Add(Ptr<SimpleNetDevice> device) {
  NS_LOG_FUNCTION(this << device);
  assert(device->GetNode() && "give the device to its node before the cable");
  End& end = ends_[0].device ? ends_[1] : ends_[0];
  assert(!end.device && "a cable has two ends");
  end.device = device;
  end.node = device->GetNode()->GetId();
}

void UnderstudyLink::Send(Ptr<Packet> packet, uint16_t protocol, Mac48Address to, Mac48Address from,
                          Ptr<SimpleNetDevice> sender) {
  UnderstudyFrame frame{std::move(packet), protocol, to, from};
  const std::size_t near = IndexOf(sender);
  const End& end = ends_[near];
  if (end.gate != UnderstudyGate::open) {
    NS_LOG_LOGIC("a closed gate held back a frame of " << from << " to " << to);
    dropped_(end.device, frame);
    return;
  }
  sent_(end.device, frame);

  const std::size_t far = 1 - near;
  const uint32_t node = ends_[far].node;
  const Time delay = end.delay.value_or(delay_);
  if (end.fate.IsNull()) {
    Simulator::ScheduleWithContext(node, delay, &UnderstudyLink::Deliver, this, far,
                                   std::move(frame));
    return;
  }
  arrivals_.assign(1, delay);
  end.fate(frame, arrivals_);
  if (arrivals_.empty()) dropped_(end.device, frame);
  for (std::size_t i = 0; i < arrivals_.size(); ++i) {
    UnderstudyFrame arriving = frame;
    if (i > 0) arriving.payload = frame.payload->Copy();
    Simulator::ScheduleWithContext(node, arrivals_[i], &UnderstudyLink::Deliver, this, far,
                                   std::move(arriving));
  }
}

void UnderstudyLink::Deliver(std::size_t index, UnderstudyFrame frame) {
  const End& end = ends_[index];
  if (end.gate == UnderstudyGate::closed) {
    NS_LOG_LOGIC("a closed gate kept out a frame of " << frame.from << " to " << frame.to);
    dropped_(end.device, frame);
    return;
  }
  if (end.gate == UnderstudyGate::holding) {
    ends_[index].waiting.push_back(std::move(frame));
    return;
  }
  received_(end.device, frame);
  if (end.receiver.IsNull()) {
    end.device->Receive(frame.payload, frame.protocol, frame.to, frame.from);
  } else {
    end.receiver(std::move(frame));
  }
}

std::size_t UnderstudyLink::GetNDevices() const {
  return (ends_[0].device ? 1U : 0U) + (ends_[1].device ? 1U : 0U);
}

Ptr<NetDevice> UnderstudyLink::GetDevice(std::size_t i) const { return ends_.at(i).device; }

std::size_t UnderstudyLink::IndexOf(Ptr<const NetDevice> device) const {
  assert(device == ends_[0].device || device == ends_[1].device);
  return device == ends_[0].device ? 0 : 1;
}

void UnderstudyLink::DoDispose() {
  ends_ = {};
  SimpleChannel::DoDispose();
}

}  // namespace ns3
