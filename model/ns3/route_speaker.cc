// SPDX-License-Identifier: MIT

#include "understudy/ns3/route_speaker.h"

#include <ns3/node.h>
#include <ns3/packet.h>
#include <ns3/udp-socket-factory.h>

#include "understudy/ns3/address.h"
#include "understudy/ns3/route_header.h"

namespace ns3 {

NS_OBJECT_ENSURE_REGISTERED(UnderstudyRouteSpeaker);

TypeId UnderstudyRouteSpeaker::GetTypeId() {
  static TypeId tid = TypeId("ns3::UnderstudyRouteSpeaker")
                          .SetParent<UnderstudyPart>()
                          .SetGroupName("Understudy")
                          .AddConstructor<UnderstudyRouteSpeaker>();
  return tid;
}

void UnderstudyRouteSpeaker::SetRouter(const Address& router) { router_ = router; }

// One socket for the life of the host, as in datagrams.h; without power nothing reaches it.
void UnderstudyRouteSpeaker::Installed() {
  socket_ = Socket::CreateSocket(GetHost().GetNode(), UdpSocketFactory::GetTypeId());
  socket_->Bind(MakeSocketAddress(GetHost().GetServerAddress(), UnderstudyRouteHeader::port));
  socket_->SetRecvCallback(MakeCallback(&UnderstudyRouteSpeaker::Receive, this));
  GetHost().SetAnnounceCallback(MakeCallback(&UnderstudyRouteSpeaker::Advertise, this));
}

void UnderstudyRouteSpeaker::Advertise(const Address& shared) {
  const Ptr<Packet> packet = Create<Packet>();
  packet->AddHeader(UnderstudyRouteHeader(shared, GetHost().GetServerAddress()));
  socket_->SendTo(packet, 0, MakeSocketAddress(router_, UnderstudyRouteHeader::port));
}

void UnderstudyRouteSpeaker::Receive(Ptr<Socket> socket) {
  Address from;
  while (const Ptr<Packet> packet = socket->RecvFrom(from)) {
    UnderstudyRouteHeader advertisement;
    packet->PeekHeader(advertisement);
    if (!advertisement.IsValid() || !GetHost().Holds(advertisement.GetShared())) continue;
    GetHost().HearConflict(advertisement.GetShared(), Mac48Address());
  }
}

void UnderstudyRouteSpeaker::PowerGone() {}

void UnderstudyRouteSpeaker::DoDispose() {
  if (socket_) socket_->SetRecvCallback(MakeNullCallback<void, Ptr<Socket>>());
  socket_ = nullptr;
  UnderstudyPart::DoDispose();
}

}  // namespace ns3
