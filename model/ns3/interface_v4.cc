// SPDX-License-Identifier: MIT

#include "understudy/ns3/interface_v4.h"

#include <ns3/abort.h>
#include <ns3/arp-cache.h>
#include <ns3/arp-header.h>
#include <ns3/arp-l3-protocol.h>
#include <ns3/boolean.h>
#include <ns3/double.h>
#include <ns3/internet-stack-helper.h>
#include <ns3/ipv4-interface-address.h>
#include <ns3/ipv4-interface.h>
#include <ns3/ipv4-l3-protocol.h>
#include <ns3/ipv4-routing-table-entry.h>
#include <ns3/ipv4-static-routing-helper.h>
#include <ns3/ipv4-static-routing.h>
#include <ns3/log.h>
#include <ns3/net-device.h>
#include <ns3/node.h>
#include <ns3/nstime.h>
#include <ns3/packet.h>
#include <ns3/pointer.h>
#include <ns3/random-variable-stream.h>

namespace ns3 {

NS_LOG_COMPONENT_DEFINE("UnderstudyInterfaceV4");
NS_OBJECT_ENSURE_REGISTERED(UnderstudyInterfaceV4);

namespace {

// Traffic control comes along, but without queue discs: those are installed by
// Ipv4AddressHelper::Assign, cost a third of the speed, and are where frames would survive a crash.
void install_stack(Ptr<Node> node) {
  if (node->GetObject<Ipv4L3Protocol>()) return;  // it has another interface
  InternetStackHelper stack;
  stack.SetIpv6StackInstall(false);
  stack.SetRoutingHelper(Ipv4StaticRoutingHelper());
  stack.Install(node);

  // A former holder that forwards hides every announcement that went missing.
  node->GetObject<Ipv4L3Protocol>()->SetAttribute("IpForward", BooleanValue(false));
  // ns-3 delays each ARP request by up to 10 ms, which no real host does.
  const auto none = CreateObjectWithAttributes<ConstantRandomVariable>("Constant", DoubleValue(0));
  node->GetObject<ArpL3Protocol>()->SetAttribute("RequestJitter", PointerValue(none));
}

Mac48Address sender_of(const ArpHeader& arp) {
  return Mac48Address::ConvertFrom(arp.GetSourceHardwareAddress());
}

}  // namespace

TypeId UnderstudyInterfaceV4::GetTypeId() {
  static TypeId tid = TypeId("ns3::UnderstudyInterfaceV4")
                          .SetParent<UnderstudyInterface>()
                          .SetGroupName("Understudy")
                          .AddConstructor<UnderstudyInterfaceV4>();
  return tid;
}

Ptr<UnderstudyInterfaceV4> UnderstudyInterfaceV4::Install(Ptr<Node> node, Ptr<NetDevice> device,
                                                          const Home& home) {
  install_stack(node);
  const Ptr<Ipv4L3Protocol> ipv4 = node->GetObject<Ipv4L3Protocol>();
  const uint32_t index = ipv4->AddInterface(device);
  const Ipv4Mask mask(home.prefixLength == 0 ? 0U : ~0U << (32 - home.prefixLength));
  ipv4->AddAddress(index, Ipv4InterfaceAddress(Ipv4Address::ConvertFrom(home.address), mask));
  ipv4->SetUp(index);
  // ns-3 drops what goes to a neighbour that did not answer for the next 100 s, so that hosts which
  // were parted would not find each other when they no longer are. A real one asks again.
  ipv4->GetInterface(index)->GetArpCache()->SetDeadTimeout(Time(0));
  return Listen(device);
}

Ptr<UnderstudyInterfaceV4> UnderstudyInterfaceV4::Attach(Ptr<NetDevice> device) {
  const Ptr<Ipv4L3Protocol> ipv4 = device->GetNode()->GetObject<Ipv4L3Protocol>();
  NS_ABORT_MSG_IF(!ipv4 || ipv4->GetInterfaceForDevice(device) < 0,
                  "give the device an IPv4 address first: node " << device->GetNode()->GetId());
  return Listen(device);
}

Ptr<UnderstudyInterfaceV4> UnderstudyInterfaceV4::Listen(Ptr<NetDevice> device) {
  Ptr<UnderstudyInterfaceV4> self = CreateObject<UnderstudyInterfaceV4>();
  self->node_ = device->GetNode();
  self->device_ = device;
  self->ipv4_ = self->node_->GetObject<Ipv4L3Protocol>();
  self->index_ = static_cast<uint32_t>(self->ipv4_->GetInterfaceForDevice(device));
  self->cache_ = self->ipv4_->GetInterface(self->index_)->GetArpCache();
  // After ns-3's own handler, which came with the interface: it has answered by then.
  self->node_->RegisterProtocolHandler(MakeCallback(&UnderstudyInterfaceV4::Hear, self),
                                       ArpL3Protocol::PROT_NUMBER, device);
  return self;
}

void UnderstudyInterfaceV4::PrepareToMoveAddresses() {
  ipv4_->SetAttribute("IpForward", BooleanValue(false));
}

Address UnderstudyInterfaceV4::GetOwnAddress() const {
  return ipv4_->GetAddress(index_, 0).GetLocal();
}

void UnderstudyInterfaceV4::Add(const Address& shared) {
  const Ipv4Address address = Ipv4Address::ConvertFrom(shared);
  ipv4_->AddAddress(index_, Ipv4InterfaceAddress(address, Ipv4Mask::GetOnes()));
  // Whoever held it before is no neighbour to be remembered when we give it up again.
  if (ArpCache::Entry* former = cache_->Lookup(address)) cache_->Remove(former);
}

// ns-3 leaves the route behind, on which others would be looked for that hold the address now.
void UnderstudyInterfaceV4::Remove(const Address& shared) {
  const Ipv4Address address = Ipv4Address::ConvertFrom(shared);
  ipv4_->RemoveAddress(index_, address);
  const Ptr<Ipv4StaticRouting> routes = Ipv4StaticRoutingHelper().GetStaticRouting(ipv4_);
  for (uint32_t i = routes->GetNRoutes(); i-- > 0;) {
    const Ipv4RoutingTableEntry route = routes->GetRoute(i);
    if (route.IsHost() && route.GetDest() == address) routes->RemoveRoute(i);
  }
}

bool UnderstudyInterfaceV4::Holds(const Address& address) const {
  const Ipv4Address wanted = Ipv4Address::ConvertFrom(address);
  const uint32_t count = ipv4_->GetNAddresses(index_);
  for (uint32_t i = 0; i < count; ++i) {
    if (ipv4_->GetAddress(index_, i).GetLocal() == wanted) return true;
  }
  return false;
}

void UnderstudyInterfaceV4::Announce(const Address& address) {
  const Ipv4Address ip = Ipv4Address::ConvertFrom(address);
  NS_LOG_FUNCTION(this << ip);
  ArpHeader announcement;
  announcement.SetRequest(device_->GetAddress(), ip, device_->GetBroadcast(), ip);
  Ptr<Packet> packet = Create<Packet>();
  packet->AddHeader(announcement);
  device_->Send(packet, device_->GetBroadcast(), ArpL3Protocol::PROT_NUMBER);
}

void UnderstudyInterfaceV4::Hear(Ptr<NetDevice>, Ptr<const Packet> packet, uint16_t, const Address&,
                                 const Address&, NetDevice::PacketType) {
  ArpHeader arp;
  if (packet->PeekHeader(arp) == 0) return;
  const Ipv4Address claimed = arp.GetSourceIpv4Address();
  if (sender_of(arp) == Mac48Address::ConvertFrom(device_->GetAddress())) return;
  if (Holds(claimed)) {
    NS_LOG_LOGIC(claimed << " is held by " << sender_of(arp) << " as well");
    NotifyConflict(claimed, sender_of(arp));
  } else if (claimed == arp.GetDestinationIpv4Address()) {
    Learn(claimed, sender_of(arp));
  }
}

void UnderstudyInterfaceV4::Learn(Ipv4Address address, Mac48Address holder) {
  ArpCache::Entry* entry = cache_->Lookup(address);
  if (entry && entry->IsPermanent()) return;
  if (entry && entry->IsWaitReply()) {
    entry->MarkAlive(holder);
    for (auto waiting = entry->DequeuePending(); waiting.first; waiting = entry->DequeuePending()) {
      cache_->GetInterface()->Send(waiting.first, waiting.second, address);
    }
    return;
  }
  if (entry && entry->IsDead()) {  // an entry is made alive: a dead one is replaced by a new one
    cache_->Remove(entry);
    entry = nullptr;
  }
  if (!entry) entry = cache_->Add(address);
  entry->SetMacAddress(holder);
  entry->UpdateSeen();
}

void UnderstudyInterfaceV4::Meet(const Address& neighbour, Mac48Address hardware) {
  Learn(Ipv4Address::ConvertFrom(neighbour), hardware);
}

void UnderstudyInterfaceV4::ForgetNeighbours() { cache_->Flush(); }

void UnderstudyInterfaceV4::SetGateway(const Address& gateway) {
  const Ptr<Ipv4StaticRouting> routes = Ipv4StaticRoutingHelper().GetStaticRouting(ipv4_);
  routes->SetDefaultRoute(Ipv4Address::ConvertFrom(gateway), index_);
}

uint32_t UnderstudyInterfaceV4::GetIndex() const { return index_; }

void UnderstudyInterfaceV4::DoDispose() {
  ipv4_ = nullptr;
  cache_ = nullptr;
  UnderstudyInterface::DoDispose();
}

}  // namespace ns3
