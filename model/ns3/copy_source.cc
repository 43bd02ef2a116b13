// SPDX-License-Identifier: MIT

#include "understudy/ns3/copy_source.h"

#include <algorithm>
#include <span>

#include <ns3/log.h>
#include <ns3/packet.h>
#include <ns3/simulator.h>
#include <ns3/socket.h>

#include "understudy/ns3/address.h"
#include "understudy/ns3/vanish.h"

namespace ns3 {

NS_LOG_COMPONENT_DEFINE("UnderstudyCopySource");
NS_OBJECT_ENSURE_REGISTERED(UnderstudyCopySource);

namespace {

void append(std::vector<uint8_t>& bytes, uint64_t value) {
  for (int shift = 56; shift >= 0; shift -= 8) {
    bytes.push_back(static_cast<uint8_t>(value >> shift));
  }
}

std::vector<uint8_t> serialize(const UnderstudySnapshot& snapshot) {
  std::vector<uint8_t> bytes;
  bytes.reserve(24 + snapshot.bytes.size());
  append(bytes, snapshot.term);
  append(bytes, snapshot.version);
  append(bytes, snapshot.bytes.size());
  bytes.insert(bytes.end(), snapshot.bytes.begin(), snapshot.bytes.end());
  return bytes;
}

}  // namespace

TypeId UnderstudyCopySource::GetTypeId() {
  static TypeId tid = TypeId("ns3::UnderstudyCopySource")
                          .SetParent<UnderstudyCopyEnd>()
                          .SetGroupName("Understudy")
                          .AddConstructor<UnderstudyCopySource>();
  return tid;
}

void UnderstudyCopySource::Open(SnapshotCallback snapshot) {
  snapshot_ = snapshot;
  if (listener_) return;
  listener_ = MakeSocket();
  listener_->Bind(MakeSocketAddress(GetHost().GetServerAddress(), GetPort()));
  listener_->Listen();
  listener_->SetAcceptCallback(MakeNullCallback<bool, Ptr<Socket>, const Address&>(),
                               MakeCallback(&UnderstudyCopySource::Accept, this));
}

void UnderstudyCopySource::Close() {
  while (!connections_.empty()) Drop(connections_.begin()->first);
  VanishTcpSocket(listener_);
  listener_ = nullptr;
}

bool UnderstudyCopySource::IsOpen() const { return static_cast<bool>(listener_); }

std::size_t UnderstudyCopySource::GetNConnections() const { return connections_.size(); }

void UnderstudyCopySource::Accept(Ptr<Socket> socket, const Address& from) {
  NS_LOG_FUNCTION(this << socket << from);
  Connection& connection = connections_[socket];
  connection.timeout = Simulator::Schedule(GetTimeout(), &UnderstudyCopySource::Drop, this, socket);
  socket->SetRecvCallback(MakeCallback(&UnderstudyCopySource::Receive, this));
  socket->SetSendCallback(MakeCallback(&UnderstudyCopySource::Push, this));
  socket->SetCloseCallbacks(MakeCallback(&UnderstudyCopySource::SinkDone, this),
                            MakeCallback(&UnderstudyCopySource::Drop, this));
}

void UnderstudyCopySource::Receive(Ptr<Socket> socket) {
  if (socket->GetRxAvailable() < request.size()) return;
  const auto found = connections_.find(socket);
  if (found == connections_.end()) return;
  Connection& connection = found->second;

  Request received{};
  const Ptr<Packet> packet = socket->Recv(received.size(), 0);
  packet->CopyData(received.data(), received.size());
  if (received != request || !connection.outgoing.empty()) {
    NS_LOG_WARN("what a connection said is no request");
    Drop(socket);
    return;
  }
  connection.outgoing = serialize(snapshot_());
  Push(socket, socket->GetTxAvailable());
}

void UnderstudyCopySource::Push(Ptr<Socket> socket, uint32_t available) {
  const auto found = connections_.find(socket);
  if (found == connections_.end() || found->second.outgoing.empty()) return;
  Connection& connection = found->second;
  const std::span<const uint8_t> rest = std::span(connection.outgoing).subspan(connection.handed);
  if (rest.empty()) return;
  const uint32_t size = static_cast<uint32_t>(std::min<std::size_t>(available, rest.size()));
  const int taken = size == 0 ? 0 : socket->Send(Create<Packet>(rest.data(), size));
  if (taken > 0) connection.handed += static_cast<std::size_t>(taken);
  if (connection.handed == connection.outgoing.size()) socket->Close();  // once it is sent
}

// The sink has closed its side. After a whole snapshot the rest of the farewell is TCP's, which
// ends it even if the sink dies now.
void UnderstudyCopySource::SinkDone(Ptr<Socket> socket) {
  const auto found = connections_.find(socket);
  if (found == connections_.end()) return;
  const Connection& connection = found->second;
  if (connection.outgoing.empty() || connection.handed < connection.outgoing.size()) {
    Drop(socket);
    return;
  }
  found->second.timeout.Cancel();
  connections_.erase(found);
}

void UnderstudyCopySource::Drop(Ptr<Socket> socket) {
  const auto found = connections_.find(socket);
  if (found == connections_.end()) return;
  found->second.timeout.Cancel();
  connections_.erase(found);
  VanishTcpSocket(socket);
}

void UnderstudyCopySource::PowerGone() { Close(); }

void UnderstudyCopySource::DoDispose() {
  for (auto& [socket, connection] : connections_) connection.timeout.Cancel();
  connections_.clear();
  listener_ = nullptr;
  snapshot_.Nullify();
  UnderstudyCopyEnd::DoDispose();
}

}  // namespace ns3
