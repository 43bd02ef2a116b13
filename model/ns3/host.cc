// SPDX-License-Identifier: MIT

#include "understudy/ns3/host.h"

#include <algorithm>
#include <cassert>

#include <ns3/log.h>
#include <ns3/node.h>
#include <ns3/queue.h>
#include <ns3/simple-net-device.h>
#include <ns3/trace-source-accessor.h>

#include "understudy/ns3/vanish.h"

namespace ns3 {

NS_LOG_COMPONENT_DEFINE("UnderstudyHost");
NS_OBJECT_ENSURE_REGISTERED(UnderstudyPart);
NS_OBJECT_ENSURE_REGISTERED(UnderstudyHost);

TypeId UnderstudyPart::GetTypeId() {
  static TypeId tid = TypeId("ns3::UnderstudyPart").SetParent<Object>().SetGroupName("Understudy");
  return tid;
}

UnderstudyHost& UnderstudyPart::GetHost() const {
  assert(host_ && "install the part on a host first");
  return *host_;
}

void UnderstudyPart::DoDispose() {
  host_ = nullptr;
  Object::DoDispose();
}

TypeId UnderstudyHost::GetTypeId() {
  static TypeId tid =
      TypeId("ns3::UnderstudyHost")
          .SetParent<Object>()
          .SetGroupName("Understudy")
          .AddConstructor<UnderstudyHost>()
          .AddTraceSource("Claimed", "The host answers for a shared address from now on.",
                          MakeTraceSourceAccessor(&UnderstudyHost::claimed_),
                          "ns3::UnderstudyHost::AddressTracedCallback")
          .AddTraceSource("Released",
                          "The host answers for a shared address no longer, because it gave the "
                          "address up or because its power went.",
                          MakeTraceSourceAccessor(&UnderstudyHost::released_),
                          "ns3::UnderstudyHost::AddressTracedCallback")
          .AddTraceSource("Conflict", "Another host holds an address of this host.",
                          MakeTraceSourceAccessor(&UnderstudyHost::conflict_),
                          "ns3::UnderstudyHost::ConflictTracedCallback")
          .AddTraceSource("State", "The host runs, hangs or is off from now on.",
                          MakeTraceSourceAccessor(&UnderstudyHost::entered_),
                          "ns3::UnderstudyHost::StateTracedCallback");
  return tid;
}

Ptr<UnderstudyHost> UnderstudyHost::Install(Ptr<Node> node, const Home& home) {
  Ptr<UnderstudyHost> self = CreateObject<UnderstudyHost>();
  self->card_ = CreateObject<SimpleNetDevice>();
  self->card_->SetAddress(Mac48Address::Allocate());
  node->AddDevice(self->card_);
  self->MoveIn(UnderstudyInterface::Install(node, self->card_, home), self->card_);
  return self;
}

Ptr<UnderstudyHost> UnderstudyHost::Attach(Ptr<NetDevice> device,
                                           UnderstudyInterface::Family family) {
  Ptr<UnderstudyHost> self = CreateObject<UnderstudyHost>();
  const Ptr<UnderstudyInterface> interface = UnderstudyInterface::Attach(device, family);
  interface->PrepareToMoveAddresses();
  self->nodeGate_ = UnderstudyNodeGate::Install(device->GetNode());
  self->MoveIn(interface, device);
  return self;
}

void UnderstudyHost::MoveIn(Ptr<UnderstudyInterface> interface, Ptr<NetDevice> device) {
  node_ = device->GetNode();
  device_ = device;
  interface_ = interface;
  server_ = interface->GetOwnAddress();
  interface_->SetConflictCallback(MakeCallback(&UnderstudyHost::HearConflict, this));
  node_->AggregateObject(this);
}

void UnderstudyHost::Adopt(Ptr<UnderstudyPart> part) {
  part->host_ = this;
  parts_.push_back(part);
  part->Installed();
}

Ptr<Node> UnderstudyHost::GetNode() const { return node_; }
Ptr<NetDevice> UnderstudyHost::GetNetDevice() const { return device_; }
Ptr<SimpleNetDevice> UnderstudyHost::GetDevice() const { return card_; }
Address UnderstudyHost::GetServerAddress() const { return server_; }
Ptr<UnderstudyInterface> UnderstudyHost::GetInterface() const { return interface_; }
UnderstudyHost::State UnderstudyHost::GetState() const { return state_; }

void UnderstudyHost::Claim(const Address& shared) {
  NS_LOG_FUNCTION(this << shared);
  assert(state_ != State::off && "a host without power claims nothing");
  if (!Holds(shared)) {
    interface_->Add(shared);
    shared_.push_back(shared);
    claimed_(shared);
  }
  Announce(shared);
}

void UnderstudyHost::Release(const Address& shared) {
  NS_LOG_FUNCTION(this << shared);
  const auto held = std::find(shared_.begin(), shared_.end(), shared);
  if (held == shared_.end()) return;
  interface_->Remove(shared);
  const Address address = shared;  // `shared` may be the element that goes
  shared_.erase(held);
  released_(address);
}

bool UnderstudyHost::Holds(const Address& address) const {
  return std::find(shared_.begin(), shared_.end(), address) != shared_.end();
}

void UnderstudyHost::SetAnnounceCallback(AnnounceCallback announce) { announce_ = announce; }

void UnderstudyHost::Announce(const Address& address) {
  if (announce_.IsNull()) {
    interface_->Announce(address);
  } else {
    announce_(address);
  }
}

void UnderstudyHost::AnnounceAll() {
  if (state_ != State::running) return;
  interface_->Announce(server_);
  for (const Address& shared : shared_) Announce(shared);
}

void UnderstudyHost::PowerOff() {
  NS_LOG_FUNCTION(this);
  if (state_ == State::off) return;
  SetGate(UnderstudyGate::closed);
  for (const Ptr<UnderstudyPart>& part : parts_) part->PowerGone();
  Wipe();
  Enter(State::off);
}

void UnderstudyHost::Boot() {
  NS_LOG_FUNCTION(this);
  assert(state_ == State::off && "only a host without power boots");
  Wipe();  // of what its applications did behind the closed gate
  SetGate(UnderstudyGate::open);
  Enter(State::running);
  // As hosts do when a link comes up. Whoever looks for this one in vain would else find it with
  // his next question, up to a second later, or, with a stack that came with its node and keeps
  // ns-3's DeadTimeout, after 100 s.
  interface_->Announce(server_);
}

void UnderstudyHost::Hang() {
  NS_LOG_FUNCTION(this);
  if (state_ == State::off) return;
  SetGate(UnderstudyGate::closed);
  Enter(State::hung);
}

void UnderstudyHost::Pause() {
  NS_LOG_FUNCTION(this);
  if (state_ == State::off) return;
  SetGate(UnderstudyGate::holding);
  Enter(State::hung);
}

void UnderstudyHost::Thaw() {
  NS_LOG_FUNCTION(this);
  if (state_ != State::hung) return;
  SetGate(UnderstudyGate::open);
  Enter(State::running);
}

void UnderstudyHost::SetGate(UnderstudyGate gate) {
  if (nodeGate_) return nodeGate_->Set(gate);
  DynamicCast<UnderstudyLink>(card_->GetChannel())->SetGate(card_, gate);
}

// Sockets first: what they still want to send must not fill the queue and the cache again.
void UnderstudyHost::Wipe() {
  VanishTcpSockets(node_);
  while (!shared_.empty()) Release(shared_.back());
  interface_->ForgetNeighbours();
  if (nodeGate_) return nodeGate_->FlushQueues();
  card_->GetQueue()->Flush();
}

void UnderstudyHost::Enter(State state) {
  state_ = state;
  entered_(state);
}

void UnderstudyHost::HearConflict(const Address& address, Mac48Address rival) {
  conflict_(address, rival);
}

void UnderstudyHost::DoDispose() {
  for (const Ptr<UnderstudyPart>& part : parts_) part->Dispose();
  parts_.clear();
  shared_.clear();
  announce_.Nullify();
  if (interface_) interface_->Dispose();
  interface_ = nullptr;
  device_ = nullptr;
  card_ = nullptr;
  if (nodeGate_) nodeGate_->Dispose();
  nodeGate_ = nullptr;
  node_ = nullptr;
  Object::DoDispose();
}

}  // namespace ns3
