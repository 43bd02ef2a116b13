// SPDX-License-Identifier: MIT

#include "understudy/ns3/interface_v6.h"

#include <array>
#include <cstddef>
#include <optional>

#include <ns3/abort.h>
#include <ns3/boolean.h>
#include <ns3/double.h>
#include <ns3/icmpv6-header.h>
#include <ns3/icmpv6-l4-protocol.h>
#include <ns3/internet-stack-helper.h>
#include <ns3/ipv6-header.h>
#include <ns3/ipv6-interface-address.h>
#include <ns3/ipv6-interface.h>
#include <ns3/ipv6-l3-protocol.h>
#include <ns3/ipv6-routing-table-entry.h>
#include <ns3/ipv6-static-routing-helper.h>
#include <ns3/ipv6-static-routing.h>
#include <ns3/log.h>
#include <ns3/ndisc-cache.h>
#include <ns3/net-device.h>
#include <ns3/node.h>
#include <ns3/packet.h>
#include <ns3/pointer.h>
#include <ns3/random-variable-stream.h>
#include <ns3/uinteger.h>

namespace ns3 {

NS_LOG_COMPONENT_DEFINE("UnderstudyInterfaceV6");
NS_OBJECT_ENSURE_REGISTERED(UnderstudyInterfaceV6);

namespace {

constexpr uint8_t override_flag = 1;  // as Icmpv6L4Protocol::ForgeNA counts flags

void install_stack(Ptr<Node> node) {
  if (node->GetObject<Ipv6L3Protocol>()) return;  // it has another interface
  InternetStackHelper stack;
  stack.SetIpv4StackInstall(false);
  stack.SetRoutingHelper(Ipv6StaticRoutingHelper());
  stack.Install(node);

  node->GetObject<Ipv6L3Protocol>()->SetAttribute("IpForward", BooleanValue(false));
  const Ptr<Icmpv6L4Protocol> icmp = node->GetObject<Icmpv6L4Protocol>();
  // A claim that asked first would wait for a second, and the second holder would keep the address
  // as INVALID for good. Without Duplicate Address Detection ns-3 prefers an address at once.
  icmp->SetAttribute("DAD", BooleanValue(false));
  // ns-3 delays each solicitation by up to 10 ms.
  const auto none = CreateObjectWithAttributes<ConstantRandomVariable>("Constant", DoubleValue(0));
  icmp->SetAttribute("SolicitationJitter", PointerValue(none));
  // There is no router to be found by solicitation, and at time 0 ns-3 sends all of them at once.
  icmp->SetAttribute("RsMaxRetransmissionCount", UintegerValue(1));
}

// The ICMPv6 type of a Neighbor Solicitation or Advertisement; every packet of the host passes
// here, so a look at two bytes comes before any copy.
std::optional<uint8_t> discovery_type(const Packet& packet) {
  constexpr std::size_t next_header_at = 6;
  constexpr std::size_t type_at = 40;
  std::array<uint8_t, type_at + 1> start{};
  if (packet.CopyData(start.data(), start.size()) < start.size()) return {};
  if (start[next_header_at] != Icmpv6L4Protocol::PROT_NUMBER) return {};
  const uint8_t type = start[type_at];
  if (type != Icmpv6Header::ICMPV6_ND_NEIGHBOR_SOLICITATION &&
      type != Icmpv6Header::ICMPV6_ND_NEIGHBOR_ADVERTISEMENT) {
    return {};
  }
  return type;
}

// The first one that is not of the link alone.
Ipv6Address own_address(const Ipv6Interface& interface) {
  for (uint32_t i = 0; i < interface.GetNAddresses(); ++i) {
    const Ipv6Address address = interface.GetAddress(i).GetAddress();
    if (!address.IsLinkLocal()) return address;
  }
  return Ipv6Address::GetAny();
}

}  // namespace

TypeId UnderstudyInterfaceV6::GetTypeId() {
  static TypeId tid = TypeId("ns3::UnderstudyInterfaceV6")
                          .SetParent<UnderstudyInterface>()
                          .SetGroupName("Understudy")
                          .AddConstructor<UnderstudyInterfaceV6>();
  return tid;
}

Ptr<UnderstudyInterfaceV6> UnderstudyInterfaceV6::Install(Ptr<Node> node, Ptr<NetDevice> device,
                                                          const Home& home) {
  install_stack(node);
  const Ptr<Ipv6L3Protocol> ipv6 = node->GetObject<Ipv6L3Protocol>();
  const uint32_t index = ipv6->AddInterface(device);
  ipv6->AddAddress(index, Ipv6InterfaceAddress(Ipv6Address::ConvertFrom(home.address),
                                               Ipv6Prefix(home.prefixLength)));
  ipv6->SetUp(index);
  return Listen(device);
}

Ptr<UnderstudyInterfaceV6> UnderstudyInterfaceV6::Attach(Ptr<NetDevice> device) {
  const Ptr<Ipv6L3Protocol> ipv6 = device->GetNode()->GetObject<Ipv6L3Protocol>();
  NS_ABORT_MSG_IF(!ipv6 || ipv6->GetInterfaceForDevice(device) < 0,
                  "give the device an IPv6 address first: node " << device->GetNode()->GetId());
  return Listen(device);
}

Ptr<UnderstudyInterfaceV6> UnderstudyInterfaceV6::Listen(Ptr<NetDevice> device) {
  Ptr<UnderstudyInterfaceV6> self = CreateObject<UnderstudyInterfaceV6>();
  self->node_ = device->GetNode();
  self->device_ = device;
  self->ipv6_ = self->node_->GetObject<Ipv6L3Protocol>();
  self->icmp_ = self->node_->GetObject<Icmpv6L4Protocol>();
  self->index_ = static_cast<uint32_t>(self->ipv6_->GetInterfaceForDevice(device));
  self->interface_ = self->ipv6_->GetInterface(self->index_);
  self->home_ = own_address(*self->interface_);
  self->node_->RegisterProtocolHandler(MakeCallback(&UnderstudyInterfaceV6::Hear, self),
                                       Ipv6L3Protocol::PROT_NUMBER, device);
  return self;
}

void UnderstudyInterfaceV6::PrepareToMoveAddresses() {
  ipv6_->SetAttribute("IpForward", BooleanValue(false));
  icmp_->SetAttribute("DAD", BooleanValue(false));
}

Address UnderstudyInterfaceV6::GetOwnAddress() const {
  const uint32_t count = interface_->GetNAddresses();
  for (uint32_t i = 0; i < count; ++i) {
    const Ipv6InterfaceAddress address = interface_->GetAddress(i);
    if (address.GetScope() == Ipv6InterfaceAddress::GLOBAL) return address.GetAddress();
  }
  NS_ABORT_MSG("give the device a global IPv6 address first: node " << node_->GetId());
  return {};
}

void UnderstudyInterfaceV6::Add(const Address& shared) {
  const Ipv6Address address = Ipv6Address::ConvertFrom(shared);
  ipv6_->AddAddress(index_, Ipv6InterfaceAddress(address, Ipv6Prefix(128)));
  const Ptr<NdiscCache> cache = interface_->GetNdiscCache();
  if (NdiscCache::Entry* former = cache->Lookup(address)) cache->Remove(former);
}

// ns-3 leaves the route behind, on which others would be looked for that hold the address now.
void UnderstudyInterfaceV6::Remove(const Address& shared) {
  const Ipv6Address address = Ipv6Address::ConvertFrom(shared);
  ipv6_->RemoveAddress(index_, address);
  const Ptr<Ipv6StaticRouting> routes = Ipv6StaticRoutingHelper().GetStaticRouting(ipv6_);
  for (uint32_t i = routes->GetNRoutes(); i-- > 0;) {
    const Ipv6RoutingTableEntry route = routes->GetRoute(i);
    if (route.IsHost() && route.GetDest() == address) routes->RemoveRoute(i);
  }
}

bool UnderstudyInterfaceV6::Holds(const Address& address) const {
  const Ipv6Address wanted = Ipv6Address::ConvertFrom(address);
  const uint32_t count = interface_->GetNAddresses();
  for (uint32_t i = 0; i < count; ++i) {
    if (interface_->GetAddress(i).GetAddress() == wanted) return true;
  }
  return false;
}

void UnderstudyInterfaceV6::Announce(const Address& address) {
  const Ipv6Address ip = Ipv6Address::ConvertFrom(address);
  NS_LOG_FUNCTION(this << ip);
  const Ipv6Address everybody = Ipv6Address::GetAllNodesMulticast();
  Address hardware = device_->GetAddress();
  const auto [packet, header] = icmp_->ForgeNA(ip, everybody, &hardware, override_flag);
  packet->AddHeader(header);
  device_->Send(packet, device_->GetMulticast(everybody), Ipv6L3Protocol::PROT_NUMBER);
}

void UnderstudyInterfaceV6::Hear(Ptr<NetDevice>, Ptr<const Packet> packet, uint16_t, const Address&,
                                 const Address&, NetDevice::PacketType) {
  const std::optional<uint8_t> type = discovery_type(*packet);
  if (!type) return;
  const Ptr<Packet> content = packet->Copy();
  Ipv6Header ip;
  content->RemoveHeader(ip);
  if (*type == Icmpv6Header::ICMPV6_ND_NEIGHBOR_SOLICITATION) {
    SendWaiting(ip.GetSource());
    return;
  }
  Icmpv6NA advertisement;
  Icmpv6OptionLinkLayerAddress option(false);
  content->RemoveHeader(advertisement);
  if (content->GetSize() < option.GetSerializedSize()) return;
  content->RemoveHeader(option);
  HearAdvertisement(advertisement, Mac48Address::ConvertFrom(option.GetAddress()));
}

void UnderstudyInterfaceV6::HearAdvertisement(const Icmpv6NA& advertisement, Mac48Address holder) {
  const Ipv6Address claimed = advertisement.GetIpv6Target();
  if (holder == Mac48Address::ConvertFrom(device_->GetAddress())) return;
  if (Holds(claimed)) {
    NS_LOG_LOGIC(claimed << " is held by " << holder << " as well");
    NotifyConflict(claimed, holder);
  } else if (advertisement.GetFlagO() && !advertisement.GetFlagS()) {
    Learn(claimed, holder);
  }
}

void UnderstudyInterfaceV6::Learn(Ipv6Address address, Mac48Address holder) {
  const Ptr<NdiscCache> cache = interface_->GetNdiscCache();
  NdiscCache::Entry* entry = cache->Lookup(address);
  if (entry && entry->IsPermanent()) return;
  if (!entry) {
    entry = cache->Add(address);
    entry->SetRouter(false);
  }
  entry->StopNudTimer();
  entry->MarkReachable(holder);
  entry->StartReachableTimer();
  SendWaiting(address);
}

// ns-3 learns a hardware address from a solicitation too, but then forgets to send what waited for
// it: two hosts that look for each other at once would both lose a packet.
void UnderstudyInterfaceV6::SendWaiting(Ipv6Address neighbour) {
  NdiscCache::Entry* entry = interface_->GetNdiscCache()->Lookup(neighbour);
  if (!entry || !(entry->IsReachable() || entry->IsStale())) return;
  const Address hardware = entry->GetMacAddress();
  // The one way to see what waits is to mark the entry as what it is.
  const auto waiting =
      entry->IsReachable() ? entry->MarkReachable(hardware) : entry->MarkStale(hardware);
  entry->ClearWaitingPacket();
  for (const auto& [packet, header] : waiting) interface_->Send(packet, header, neighbour);
}

void UnderstudyInterfaceV6::Meet(const Address& neighbour, Mac48Address hardware) {
  Learn(Ipv6Address::ConvertFrom(neighbour), hardware);
}

void UnderstudyInterfaceV6::ForgetNeighbours() { interface_->GetNdiscCache()->Flush(); }

void UnderstudyInterfaceV6::SetGateway(const Address& gateway) {
  const Ptr<Ipv6StaticRouting> routes = Ipv6StaticRoutingHelper().GetStaticRouting(ipv6_);
  // The prefix is that of the source: of several addresses ns-3 would take the last one else.
  routes->SetDefaultRoute(Ipv6Address::ConvertFrom(gateway), index_, home_);
}

uint32_t UnderstudyInterfaceV6::GetIndex() const { return index_; }

void UnderstudyInterfaceV6::DoDispose() {
  ipv6_ = nullptr;
  icmp_ = nullptr;
  interface_ = nullptr;
  UnderstudyInterface::DoDispose();
}

}  // namespace ns3
