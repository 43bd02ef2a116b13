// SPDX-License-Identifier: MIT

#include "understudy/ns3/copy_sink.h"

#include <span>

#include <ns3/log.h>
#include <ns3/packet.h>
#include <ns3/simulator.h>
#include <ns3/socket.h>
#include <ns3/tcp-header.h>
#include <ns3/tcp-socket-base.h>

#include "understudy/ns3/address.h"
#include "understudy/ns3/vanish.h"

namespace ns3 {

NS_LOG_COMPONENT_DEFINE("UnderstudyCopySink");
NS_OBJECT_ENSURE_REGISTERED(UnderstudyCopySink);

namespace {

uint64_t get(std::span<const uint8_t, 8> bytes) {
  uint64_t value = 0;
  for (const uint8_t byte : bytes) value = value << 8 | byte;
  return value;
}

}  // namespace

TypeId UnderstudyCopySink::GetTypeId() {
  static TypeId tid = TypeId("ns3::UnderstudyCopySink")
                          .SetParent<UnderstudyCopyEnd>()
                          .SetGroupName("Understudy")
                          .AddConstructor<UnderstudyCopySink>();
  return tid;
}

void UnderstudyCopySink::Fetch(const Address& source, DoneCallback done) {
  NS_LOG_FUNCTION(this << source);
  Cancel();
  done_ = done;
  received_.clear();
  socket_ = MakeSocket();
  const auto fail = MakeCallback(&UnderstudyCopySink::Fail, this);
  socket_->SetConnectCallback(MakeCallback(&UnderstudyCopySink::Ask, this), fail);
  socket_->SetCloseCallbacks(fail, fail);
  socket_->SetRecvCallback(MakeCallback(&UnderstudyCopySink::Receive, this));
  socket_->TraceConnectWithoutContext("Rx", MakeCallback(&UnderstudyCopySink::HearRefusal, this));
  timeout_ = Simulator::Schedule(GetTimeout(), &UnderstudyCopySink::Fail, this, socket_);
  if (socket_->Connect(MakeSocketAddress(source, GetPort())) != 0) Fail(socket_);
}

void UnderstudyCopySink::Cancel() {
  timeout_.Cancel();
  done_.Nullify();
  VanishTcpSocket(socket_);
  socket_ = nullptr;
}

bool UnderstudyCopySink::IsRunning() const { return static_cast<bool>(socket_); }

// ns-3 3.37 ignores an RST that answers a SYN, and would try again until the timeout.
void UnderstudyCopySink::HearRefusal(Ptr<const Packet>, const TcpHeader& header,
                                     Ptr<const TcpSocketBase> socket) {
  if (socket != socket_ || (header.GetFlags() & TcpHeader::RST) == 0) return;
  // Later: the socket is in the middle of receiving.
  Simulator::ScheduleNow(&UnderstudyCopySink::Fail, this, socket_);
}

void UnderstudyCopySink::Ask(Ptr<Socket> socket) {
  socket->TraceDisconnectWithoutContext("Rx", MakeCallback(&UnderstudyCopySink::HearRefusal, this));
  socket->Send(Create<Packet>(request.data(), request.size()));
}

void UnderstudyCopySink::Receive(Ptr<Socket> socket) {
  while (const Ptr<Packet> packet = socket->Recv()) {
    const uint32_t size = packet->GetSize();
    if (size == 0) break;
    received_.resize(received_.size() + size);
    packet->CopyData(received_.data() + received_.size() - size, size);
  }
  if (socket == socket_ && IsWhole()) Finish(TakeSnapshot());
}

bool UnderstudyCopySink::IsWhole() const {
  constexpr std::size_t header_size = std::tuple_size_v<Header>;
  if (received_.size() < header_size) return false;
  return received_.size() - header_size >= get(std::span(received_).subspan<16, 8>());
}

UnderstudySnapshot UnderstudyCopySink::TakeSnapshot() {
  const std::span<const uint8_t> all(received_);
  UnderstudySnapshot snapshot;
  snapshot.term = get(all.subspan<0, 8>());
  snapshot.version = get(all.subspan<8, 8>());
  const auto bytes = all.subspan(std::tuple_size_v<Header>, get(all.subspan<16, 8>()));
  snapshot.bytes.assign(bytes.begin(), bytes.end());
  return snapshot;
}

void UnderstudyCopySink::Fail(Ptr<Socket> socket) {
  if (socket != socket_) return;
  NS_LOG_LOGIC("a copy failed after " << received_.size() << " bytes");
  Finish({});
}

void UnderstudyCopySink::Finish(const std::optional<UnderstudySnapshot>& result) {
  const Ptr<Socket> socket = socket_;
  const DoneCallback done = done_;
  timeout_.Cancel();
  socket_ = nullptr;
  done_.Nullify();
  if (result) {
    socket->Close();
  } else {
    VanishTcpSocket(socket);
  }
  if (!done.IsNull()) done(result);
}

void UnderstudyCopySink::PowerGone() { Cancel(); }

void UnderstudyCopySink::DoDispose() {
  timeout_.Cancel();
  done_.Nullify();
  socket_ = nullptr;
  UnderstudyCopyEnd::DoDispose();
}

}  // namespace ns3
