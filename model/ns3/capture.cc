// SPDX-License-Identifier: MIT

#include "understudy/ns3/capture.h"

#include <ios>
#include <stdexcept>

#include <ns3/boolean.h>
#include <ns3/ethernet-header.h>
#include <ns3/log.h>
#include <ns3/net-device.h>
#include <ns3/simple-net-device.h>
#include <ns3/simulator.h>

#include "understudy/ns3/link.h"

namespace ns3 {

NS_LOG_COMPONENT_DEFINE("UnderstudyCapture");
NS_OBJECT_ENSURE_REGISTERED(UnderstudyCapture);

namespace {

constexpr uint32_t linktype_ethernet = 1;

}  // namespace

TypeId UnderstudyCapture::GetTypeId() {
  static TypeId tid = TypeId("ns3::UnderstudyCapture")
                          .SetParent<Object>()
                          .SetGroupName("Understudy")
                          .AddConstructor<UnderstudyCapture>();
  return tid;
}

Ptr<UnderstudyCapture> UnderstudyCapture::Open(Ptr<SimpleNetDevice> device,
                                               const std::string& path) {
  Ptr<UnderstudyCapture> self = CreateObject<UnderstudyCapture>();
  self->device_ = device;
  self->file_ = CreateObjectWithAttributes<PcapFileWrapper>("NanosecMode", BooleanValue(true));
  self->file_->Open(path, std::ios::out);
  if (!self->file_->Fail()) self->file_->Init(linktype_ethernet);
  if (self->file_->Fail()) throw std::runtime_error("cannot write the capture " + path);

  const Ptr<Channel> link = device->GetChannel();
  link->TraceConnectWithoutContext("Sent", MakeCallback(&UnderstudyCapture::Write, self));
  link->TraceConnectWithoutContext("Received", MakeCallback(&UnderstudyCapture::Write, self));
  return self;
}

void UnderstudyCapture::Close() {
  if (!device_) return;
  const Ptr<Channel> link = device_->GetChannel();
  device_ = nullptr;
  file_->Close();
  if (!link) return;
  const Ptr<UnderstudyCapture> self(this);  // the trace sources may hold the last references
  link->TraceDisconnectWithoutContext("Sent", MakeCallback(&UnderstudyCapture::Write, self));
  link->TraceDisconnectWithoutContext("Received", MakeCallback(&UnderstudyCapture::Write, self));
}

void UnderstudyCapture::Write(Ptr<const NetDevice> end, const UnderstudyFrame& frame) {
  if (end != device_) return;
  EthernetHeader ethernet(false);
  ethernet.SetDestination(frame.to);
  ethernet.SetSource(frame.from);
  ethernet.SetLengthType(frame.protocol);
  file_->Write(Simulator::Now(), ethernet, frame.payload);
}

void UnderstudyCapture::DoDispose() {
  device_ = nullptr;
  file_ = nullptr;
  Object::DoDispose();
}

}  // namespace ns3
