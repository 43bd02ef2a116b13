// SPDX-License-Identifier: MIT

#include "understudy/ns3/router.h"

#include <algorithm>
#include <cassert>

#include <ns3/boolean.h>
#include <ns3/ipv4-l3-protocol.h>
#include <ns3/ipv4-routing-table-entry.h>
#include <ns3/ipv4-static-routing-helper.h>
#include <ns3/ipv4-static-routing.h>
#include <ns3/ipv6-l3-protocol.h>
#include <ns3/ipv6-routing-table-entry.h>
#include <ns3/ipv6-static-routing-helper.h>
#include <ns3/ipv6-static-routing.h>
#include <ns3/log.h>
#include <ns3/packet.h>
#include <ns3/queue.h>
#include <ns3/simulator.h>
#include <ns3/udp-socket-factory.h>

#include "understudy/ns3/address.h"
#include "understudy/ns3/route_header.h"
#include "understudy/ns3/route_speaker.h"

namespace ns3 {

NS_LOG_COMPONENT_DEFINE("UnderstudyRouter");
NS_OBJECT_ENSURE_REGISTERED(UnderstudyRouter);

namespace {

Ptr<Ipv4StaticRouting> routes_v4(Ptr<Node> node) {
  return Ipv4StaticRoutingHelper().GetStaticRouting(node->GetObject<Ipv4>());
}
Ptr<Ipv6StaticRouting> routes_v6(Ptr<Node> node) {
  return Ipv6StaticRoutingHelper().GetStaticRouting(node->GetObject<Ipv6>());
}

void remove_route(const Ptr<Ipv4StaticRouting>& routes, const Ipv4Address& to) {
  for (uint32_t i = routes->GetNRoutes(); i-- > 0;) {
    const Ipv4RoutingTableEntry route = routes->GetRoute(i);
    if (route.IsHost() && route.GetDest() == to) routes->RemoveRoute(i);
  }
}
void remove_route(const Ptr<Ipv6StaticRouting>& routes, const Ipv6Address& to) {
  for (uint32_t i = routes->GetNRoutes(); i-- > 0;) {
    const Ipv6RoutingTableEntry route = routes->GetRoute(i);
    if (route.IsHost() && route.GetDest() == to) routes->RemoveRoute(i);
  }
}

void let_forward(Ptr<Node> node) {
  if (const auto ipv4 = node->GetObject<Ipv4L3Protocol>()) {
    ipv4->SetAttribute("IpForward", BooleanValue(true));
  }
  if (const auto ipv6 = node->GetObject<Ipv6L3Protocol>()) {
    ipv6->SetAttribute("IpForward", BooleanValue(true));
  }
}

}  // namespace

TypeId UnderstudyRouter::GetTypeId() {
  static TypeId tid =
      TypeId("ns3::UnderstudyRouter")
          .SetParent<Object>()
          .SetGroupName("Understudy")
          .AddConstructor<UnderstudyRouter>()
          .AddAttribute("DataRate", "Rate of each cable, in each direction.",
                        DataRateValue(DataRate("1Gbps")),
                        MakeDataRateAccessor(&UnderstudyRouter::rate_), MakeDataRateChecker())
          .AddAttribute("Delay", "One-way propagation delay of each cable to a host.",
                        TimeValue(MicroSeconds(25)),
                        MakeTimeAccessor(&UnderstudyRouter::cableDelay_), MakeTimeChecker(Time(0)))
          .AddAttribute("RouteDelay",
                        "From hearing of another holder until packets are sent there.",
                        TimeValue(MilliSeconds(50)),
                        MakeTimeAccessor(&UnderstudyRouter::routeDelay_), MakeTimeChecker(Time(0)))
          .AddAttribute("QueueSize", "Of each cable, at both ends.",
                        QueueSizeValue(QueueSize("1000p")),
                        MakeQueueSizeAccessor(&UnderstudyRouter::queue_), MakeQueueSizeChecker());
  return tid;
}

Ptr<UnderstudyRouter> UnderstudyRouter::Install(Ptr<Node> node) {
  Ptr<UnderstudyRouter> self = CreateObject<UnderstudyRouter>();
  self->node_ = node;
  node->AggregateObject(self);
  return self;
}

// ---- cables -------------------------------------------------------------------------------------

UnderstudyRouter::Neighbour& UnderstudyRouter::Plug(const Address& address, const Home& ours) {
  Neighbour& neighbour = neighbours_.emplace_back();
  neighbour.address = address;
  neighbour.ours = ours;
  neighbour.device = CreateObject<SimpleNetDevice>();
  neighbour.device->SetAddress(Mac48Address::Allocate());
  node_->AddDevice(neighbour.device);
  neighbour.device->SetAttribute("DataRate", DataRateValue(rate_));
  neighbour.device->GetQueue()->SetMaxSize(queue_);
  neighbour.interface = UnderstudyInterface::Install(node_, neighbour.device, ours);
  let_forward(node_);
  Listen();
  return neighbour;
}

void UnderstudyRouter::Listen() {
  if (socket_) return;
  socket_ = Socket::CreateSocket(node_, UdpSocketFactory::GetTypeId());
  const bool v6 = IsIpv6(neighbours_.front().ours.address);
  const Address any = v6 ? Address(Ipv6Address::GetAny()) : Address(Ipv4Address::GetAny());
  socket_->Bind(MakeSocketAddress(any, UnderstudyRouteHeader::port));
  socket_->SetRecvCallback(MakeCallback(&UnderstudyRouter::Receive, this));
}

void UnderstudyRouter::Attach(Ptr<UnderstudyHost> host, const Home& ours) {
  Neighbour& neighbour = Plug(host->GetServerAddress(), ours);
  neighbour.host = host;
  const Ptr<SimpleNetDevice> theirs = host->GetDevice();
  theirs->SetAttribute("DataRate", DataRateValue(rate_));
  theirs->GetQueue()->SetMaxSize(queue_);
  Ptr<UnderstudyLink> link = CreateObject<UnderstudyLink>();
  link->SetAttribute("PropagationDelay", TimeValue(cableDelay_));
  theirs->SetChannel(link);
  neighbour.device->SetChannel(link);
  host->GetInterface()->SetGateway(ours.address);
  if (const auto speaker = host->GetPart<UnderstudyRouteSpeaker>()) {
    speaker->SetRouter(ours.address);
    neighbour.speaks = true;
  }
}

void UnderstudyRouter::Connect(Ptr<UnderstudyRouter> other, const Home& ours, const Home& theirs) {
  const Neighbour& far = Plug(theirs.address, ours);
  const Neighbour& near = other->Plug(ours.address, theirs);
  Ptr<UnderstudyLink> link = CreateObject<UnderstudyLink>();
  link->SetAttribute("PropagationDelay", TimeValue(Time(0)));
  far.device->SetChannel(link);
  near.device->SetChannel(link);
  for (const Neighbour& behind : other->neighbours_) {
    if (behind.host) AddSubnet(behind.ours, far);
  }
  for (const Neighbour& behind : neighbours_) {
    if (behind.host) other->AddSubnet(behind.ours, near);
  }
}

void UnderstudyRouter::AddSubnet(const Home& subnet, const Neighbour& via) {
  const uint32_t interface = via.interface->GetIndex();
  if (IsIpv6(subnet.address)) {
    const Ipv6Prefix prefix(subnet.prefixLength);
    routes_v6(node_)->AddNetworkRouteTo(
        Ipv6Address::ConvertFrom(subnet.address).CombinePrefix(prefix), prefix,
        Ipv6Address::ConvertFrom(via.address), interface);
    return;
  }
  const Ipv4Mask mask(~0U << (32 - subnet.prefixLength));
  routes_v4(node_)->AddNetworkRouteTo(Ipv4Address::ConvertFrom(subnet.address).CombineMask(mask),
                                      mask, Ipv4Address::ConvertFrom(via.address), interface);
}

Ptr<SimpleNetDevice> UnderstudyRouter::GetDevice(Ptr<const UnderstudyHost> host) const {
  return std::ranges::find(neighbours_, host->GetServerAddress(), &Neighbour::address)->device;
}

void UnderstudyRouter::SetState(CableState state) {
  for (const Neighbour& neighbour : neighbours_) SetCable(neighbour, state);
}

void UnderstudyRouter::SetState(Ptr<const UnderstudyHost> host, CableState state) {
  SetCable(*Find(host->GetServerAddress()), state);
}

void UnderstudyRouter::SetCable(const Neighbour& neighbour, CableState state) {
  const bool up = state == CableState::up;
  const UnderstudyGate gate = up ? UnderstudyGate::open : UnderstudyGate::closed;
  const auto link = DynamicCast<UnderstudyLink>(neighbour.device->GetChannel());
  if (link->GetGate(neighbour.device) == gate) return;
  link->SetGate(neighbour.device, gate);
  // As hosts do at a boot, and for the same reason.
  if (up) return neighbour.interface->Announce(neighbour.ours.address);
  neighbour.device->GetQueue()->Flush();
}

// ---- announcements ------------------------------------------------------------------------------

void UnderstudyRouter::SetFilter(FilterCallback filter) { filter_ = filter; }
void UnderstudyRouter::SetDelayCallback(DelayCallback delay) { delay_ = delay; }

const UnderstudyRouter::Neighbour* UnderstudyRouter::Find(const Address& address) const {
  const auto found = std::ranges::find(neighbours_, address, &Neighbour::address);
  return found == neighbours_.end() ? nullptr : &*found;
}

void UnderstudyRouter::Receive(Ptr<Socket> socket) {
  Address source;
  while (const Ptr<Packet> packet = socket->RecvFrom(source)) {
    UnderstudyRouteHeader advertisement;
    packet->PeekHeader(advertisement);
    const Neighbour* const from = Find(GetIpAddress(source));
    if (!from || !advertisement.IsValid()) continue;
    if (!PassOn(advertisement, *from)) continue;
    Hear(advertisement.GetShared(), advertisement.GetHolder(), *from);
  }
}

// Whether it concerns this router itself, too.
bool UnderstudyRouter::PassOn(const UnderstudyRouteHeader& advertisement, const Neighbour& from) {
  const auto first = std::ranges::find_if(neighbours_, &Neighbour::IsHost);
  bool concerns = from.IsHost();
  for (auto to = neighbours_.begin(); to != neighbours_.end(); ++to) {
    if (&*to == &from) continue;
    if (!to->IsHost()) {
      if (from.IsHost()) Tell(*to, advertisement);
      continue;
    }
    if (to != first && !to->speaks) continue;
    if (!filter_.IsNull() && !filter_(advertisement.GetHolder(), to->host)) continue;
    concerns |= to == first;
    if (to->speaks) Tell(*to, advertisement);
  }
  return concerns;
}

void UnderstudyRouter::Tell(const Neighbour& to, const UnderstudyRouteHeader& advertisement) {
  const Ptr<Packet> packet = Create<Packet>();
  packet->AddHeader(advertisement);
  socket_->SendTo(packet, 0, MakeSocketAddress(to.address, UnderstudyRouteHeader::port));
}

void UnderstudyRouter::Hear(const Address& shared, const Address& holder, const Neighbour& from) {
  Route& route = routes_[shared];
  if (route.heard == holder) return;
  route.heard = holder;
  const uint32_t number = ++route.latestHeard;
  const Time delay = delay_.IsNull() ? routeDelay_ : delay_();
  Simulator::Schedule(delay, &UnderstudyRouter::InstallRoute, this, shared, holder, from.address,
                      number);
}

void UnderstudyRouter::InstallRoute(Address shared, Address holder, Address nextHop,
                                    uint32_t number) {
  Route& route = routes_[shared];
  if (number <= route.latestInstalled) return;
  NS_LOG_INFO(shared << " is at " << holder << " from now on");
  route.latestInstalled = number;
  route.holder = holder;
  SetHostRoute(shared, *Find(nextHop));
}

void UnderstudyRouter::SetHostRoute(const Address& shared, const Neighbour& via) {
  const uint32_t interface = via.interface->GetIndex();
  if (IsIpv6(shared)) {
    const Ptr<Ipv6StaticRouting> routes = routes_v6(node_);
    remove_route(routes, Ipv6Address::ConvertFrom(shared));
    return routes->AddHostRouteTo(Ipv6Address::ConvertFrom(shared),
                                  Ipv6Address::ConvertFrom(via.address), interface);
  }
  const Ptr<Ipv4StaticRouting> routes = routes_v4(node_);
  remove_route(routes, Ipv4Address::ConvertFrom(shared));
  routes->AddHostRouteTo(Ipv4Address::ConvertFrom(shared), Ipv4Address::ConvertFrom(via.address),
                         interface);
}

void UnderstudyRouter::MeetNeighbours() {
  for (const Neighbour& neighbour : neighbours_) {
    const auto link = DynamicCast<UnderstudyLink>(neighbour.device->GetChannel());
    const auto hardware = link->GetPeer(neighbour.device)->GetAddress();
    neighbour.interface->Meet(neighbour.address, Mac48Address::ConvertFrom(hardware));
    if (!neighbour.host) continue;  // another router does this for itself
    neighbour.host->GetInterface()->Meet(neighbour.ours.address,
                                         Mac48Address::ConvertFrom(neighbour.device->GetAddress()));
  }
}

void UnderstudyRouter::Settle(const Address& shared, const Address& holder) {
  Route& route = routes_[shared];
  route.heard = holder;
  route.holder = holder;
  if (const Neighbour* const own = Find(holder)) return SetHostRoute(shared, *own);
  for (const Neighbour& next : neighbours_) {
    if (next.host) continue;
    const auto behind = next.device->GetChannel();
    const auto peer = DynamicCast<UnderstudyLink>(behind)->GetPeer(next.device);
    const auto router = peer->GetNode()->GetObject<UnderstudyRouter>();
    if (router->Find(holder)) return SetHostRoute(shared, next);
  }
  assert(false && "the holder is attached nowhere");
}

std::optional<Address> UnderstudyRouter::GetHolder(const Address& shared) const {
  const auto found = routes_.find(shared);
  return found == routes_.end() ? std::nullopt : found->second.holder;
}

void UnderstudyRouter::DoDispose() {
  if (socket_) socket_->SetRecvCallback(MakeNullCallback<void, Ptr<Socket>>());
  socket_ = nullptr;
  for (const Neighbour& neighbour : neighbours_) neighbour.interface->Dispose();
  neighbours_.clear();
  routes_.clear();
  filter_.Nullify();
  delay_.Nullify();
  node_ = nullptr;
  Object::DoDispose();
}

}  // namespace ns3
