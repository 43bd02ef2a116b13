// SPDX-License-Identifier: MIT

#include "understudy/ns3/service.h"

#include <ns3/log.h>
#include <ns3/node.h>
#include <ns3/packet.h>
#include <ns3/socket.h>
#include <ns3/trace-source-accessor.h>
#include <ns3/udp-socket-factory.h>
#include <ns3/uinteger.h>

#include "understudy/ns3/address.h"

namespace ns3 {

NS_LOG_COMPONENT_DEFINE("UnderstudyService");
NS_OBJECT_ENSURE_REGISTERED(UnderstudyService);

TypeId UnderstudyService::GetTypeId() {
  static TypeId tid =
      TypeId("ns3::UnderstudyService")
          .SetParent<UnderstudyPart>()
          .SetGroupName("Understudy")
          .AddConstructor<UnderstudyService>()
          .AddAttribute("Port", "Where the service listens.", UintegerValue(8000),
                        MakeUintegerAccessor(&UnderstudyService::port_),
                        MakeUintegerChecker<uint16_t>(1))
          .AddTraceSource("Served", "A request of this client (a socket address) was answered.",
                          MakeTraceSourceAccessor(&UnderstudyService::served_),
                          "ns3::UnderstudyHost::AddressTracedCallback");
  return tid;
}

void UnderstudyService::Serve(const Address& address) {
  NS_LOG_FUNCTION(this << address);
  serving_ = true;
  if (socket_ && address == address_) return;
  CloseSocket();
  address_ = address;
  socket_ = Socket::CreateSocket(GetHost().GetNode(), UdpSocketFactory::GetTypeId());
  socket_->Bind(MakeSocketAddress(address, port_));
  socket_->SetRecvCallback(MakeCallback(&UnderstudyService::Receive, this));
}

void UnderstudyService::Rest() { serving_ = false; }

bool UnderstudyService::IsServing() const { return serving_; }

void UnderstudyService::SetHanging(bool hanging) { hanging_ = hanging; }

void UnderstudyService::Receive(Ptr<Socket> socket) {
  Address client;
  while (const Ptr<Packet> request = socket->RecvFrom(client)) {
    if (!serving_ || hanging_) continue;
    request->RemoveAllPacketTags();  // of the sender's socket: a wire would not carry them
    socket->SendTo(request, 0, client);
    served_(client);
  }
}

void UnderstudyService::CloseSocket() {
  if (!socket_) return;
  socket_->SetRecvCallback(MakeNullCallback<void, Ptr<Socket>>());
  socket_->Close();
  socket_ = nullptr;
}

void UnderstudyService::PowerGone() {
  Rest();
  hanging_ = false;
}

void UnderstudyService::DoDispose() {
  CloseSocket();
  UnderstudyPart::DoDispose();
}

}  // namespace ns3
