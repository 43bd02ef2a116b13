// SPDX-License-Identifier: MIT

#include "understudy/ns3/datagrams.h"

#include <array>

#include <ns3/log.h>
#include <ns3/node.h>
#include <ns3/packet.h>
#include <ns3/socket.h>
#include <ns3/udp-socket-factory.h>
#include <ns3/uinteger.h>

#include "understudy/ns3/address.h"

namespace ns3 {

NS_LOG_COMPONENT_DEFINE("UnderstudyDatagrams");
NS_OBJECT_ENSURE_REGISTERED(UnderstudyDatagrams);

namespace {

constexpr std::size_t largest_message = 1500;

}  // namespace

TypeId UnderstudyDatagrams::GetTypeId() {
  static TypeId tid = TypeId("ns3::UnderstudyDatagrams")
                          .SetParent<UnderstudyPart>()
                          .SetGroupName("Understudy")
                          .AddConstructor<UnderstudyDatagrams>()
                          .AddAttribute("Port", "Of both servers.", UintegerValue(8650),
                                        MakeUintegerAccessor(&UnderstudyDatagrams::port_),
                                        MakeUintegerChecker<uint16_t>(1));
  return tid;
}

void UnderstudyDatagrams::Installed() {
  socket_ = Socket::CreateSocket(GetHost().GetNode(), UdpSocketFactory::GetTypeId());
  socket_->Bind(MakeSocketAddress(GetHost().GetServerAddress(), port_));
  socket_->SetRecvCallback(MakeCallback(&UnderstudyDatagrams::Receive, this));
}

void UnderstudyDatagrams::Open() { open_ = true; }
void UnderstudyDatagrams::Close() { open_ = false; }
bool UnderstudyDatagrams::IsOpen() const { return open_; }

void UnderstudyDatagrams::Send(const Address& to, std::span<const uint8_t> message) {
  NS_LOG_FUNCTION(this << to << message.size());
  if (!open_) return;
  const Ptr<Packet> packet = Create<Packet>(message.data(), static_cast<uint32_t>(message.size()));
  socket_->SendTo(packet, 0, MakeSocketAddress(to, port_));
}

void UnderstudyDatagrams::SetReceiveCallback(ReceiveCallback receive) { receive_ = receive; }

void UnderstudyDatagrams::Receive(Ptr<Socket> socket) {
  Address from;
  while (const Ptr<Packet> packet = socket->RecvFrom(from)) {
    std::array<uint8_t, largest_message> bytes;
    const uint32_t size = packet->CopyData(bytes.data(), bytes.size());
    if (open_ && !receive_.IsNull()) receive_(GetIpAddress(from), std::span(bytes.data(), size));
  }
}

void UnderstudyDatagrams::PowerGone() { Close(); }

void UnderstudyDatagrams::DoDispose() {
  socket_->SetRecvCallback(MakeNullCallback<void, Ptr<Socket>>());
  socket_ = nullptr;
  receive_.Nullify();
  UnderstudyPart::DoDispose();
}

}  // namespace ns3
