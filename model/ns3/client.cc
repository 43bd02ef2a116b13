// SPDX-License-Identifier: MIT

#include "understudy/ns3/client.h"

#include <array>
#include <cstring>

#include <ns3/log.h>
#include <ns3/node.h>
#include <ns3/packet.h>
#include <ns3/simulator.h>
#include <ns3/socket.h>
#include <ns3/trace-source-accessor.h>
#include <ns3/udp-socket-factory.h>
#include <ns3/uinteger.h>

#include "understudy/ns3/address.h"

namespace ns3 {

NS_LOG_COMPONENT_DEFINE("UnderstudyClient");
NS_OBJECT_ENSURE_REGISTERED(UnderstudyClient);

TypeId UnderstudyClient::GetTypeId() {
  static TypeId tid =
      TypeId("ns3::UnderstudyClient")
          .SetParent<Application>()
          .SetGroupName("Understudy")
          .AddConstructor<UnderstudyClient>()
          .AddAttribute("Remote", "The service's IP address.", AddressValue(),
                        MakeAddressAccessor(&UnderstudyClient::remote_), MakeAddressChecker())
          .AddAttribute("Port", "The service's port.", UintegerValue(8000),
                        MakeUintegerAccessor(&UnderstudyClient::port_),
                        MakeUintegerChecker<uint16_t>(1))
          .AddAttribute("Interval", "From one request to the next.", TimeValue(MilliSeconds(10)),
                        MakeTimeAccessor(&UnderstudyClient::interval_),
                        MakeTimeChecker(NanoSeconds(1)))
          .AddAttribute("Timeout", "An answer that takes longer is none.",
                        TimeValue(MilliSeconds(50)), MakeTimeAccessor(&UnderstudyClient::timeout_),
                        MakeTimeChecker(NanoSeconds(1)))
          .AddTraceSource("Answered", "A request was answered in time.",
                          MakeTraceSourceAccessor(&UnderstudyClient::answered_),
                          "ns3::UnderstudyClient::AnsweredTracedCallback")
          .AddTraceSource("Lost", "A request was not answered in time.",
                          MakeTraceSourceAccessor(&UnderstudyClient::lost_),
                          "ns3::UnderstudyClient::LostTracedCallback");
  return tid;
}

void UnderstudyClient::StartApplication() {
  socket_ = Socket::CreateSocket(GetNode(), UdpSocketFactory::GetTypeId());
  if (IsIpv6(remote_)) {
    socket_->Bind6();
  } else {
    socket_->Bind();
  }
  socket_->SetRecvCallback(MakeCallback(&UnderstudyClient::Receive, this));
  start_ = Simulator::Now();
  Ask();
}

void UnderstudyClient::StopApplication() { ask_.Cancel(); }

void UnderstudyClient::Ask() {
  const Time now = Simulator::Now();
  std::array<uint8_t, sizeof next_> number{};
  std::memcpy(number.data(), &next_, number.size());  // nobody but this client reads it
  socket_->SendTo(Create<Packet>(number.data(), number.size()), 0,
                  MakeSocketAddress(remote_, port_));
  ++next_;
  pending_.push_back({now});
  if (!expire_.IsRunning()) {
    expire_ = Simulator::Schedule(timeout_, &UnderstudyClient::Expire, this);
  }
  ask_ = Simulator::Schedule(start_ + static_cast<int64_t>(next_) * interval_ - now,
                             &UnderstudyClient::Ask, this);
}

void UnderstudyClient::Receive(Ptr<Socket> socket) {
  Address from;
  while (const Ptr<Packet> packet = socket->RecvFrom(from)) {
    uint64_t request = 0;
    std::array<uint8_t, sizeof request> number{};
    if (GetIpAddress(from) != remote_ || packet->GetSize() != number.size()) continue;
    packet->CopyData(number.data(), number.size());
    std::memcpy(&request, number.data(), number.size());
    Answer(request);
  }
}

void UnderstudyClient::Answer(uint64_t request) {
  const uint64_t oldest = next_ - pending_.size();
  if (request < oldest || request >= next_) return;  // too late, or never sent
  Request& pending = pending_[request - oldest];
  if (pending.answered) return;  // a duplicate
  pending.answered = true;
  const Time sent = pending.sent;
  ForgetAnswered();
  answered_(request, sent, Simulator::Now());
}

void UnderstudyClient::Expire() {
  const Time now = Simulator::Now();
  while (!pending_.empty() && pending_.front().sent + timeout_ <= now) {
    const Request oldest = pending_.front();
    const uint64_t request = next_ - pending_.size();
    pending_.pop_front();
    if (!oldest.answered) lost_(request, oldest.sent);
  }
  ForgetAnswered();
  if (pending_.empty()) return;
  expire_ =
      Simulator::Schedule(pending_.front().sent + timeout_ - now, &UnderstudyClient::Expire, this);
}

void UnderstudyClient::ForgetAnswered() {
  while (!pending_.empty() && pending_.front().answered) pending_.pop_front();
}

void UnderstudyClient::DoDispose() {
  ask_.Cancel();
  expire_.Cancel();
  if (socket_) socket_->SetRecvCallback(MakeNullCallback<void, Ptr<Socket>>());
  socket_ = nullptr;
  Application::DoDispose();
}

}  // namespace ns3
