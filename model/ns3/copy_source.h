// SPDX-License-Identifier: MIT
//
// The end of a copy that has the memory (copy_end.h). A snapshot is taken when a request arrives;
// what is written to the memory while the snapshot travels does not touch it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include <ns3/address.h>
#include <ns3/callback.h>
#include <ns3/event-id.h>
#include <ns3/ptr.h>

#include "understudy/ns3/copy_end.h"

namespace ns3 {

class UnderstudyCopySource : public UnderstudyCopyEnd {
 public:
  static TypeId GetTypeId();

  /// The memory as it is now.
  using SnapshotCallback = Callback<UnderstudySnapshot>;

  /// Answers requests from now on, until Close or the end of the host's power.
  void Open(SnapshotCallback snapshot);
  void Close();
  bool IsOpen() const;
  /// Connections that are not over yet.
  std::size_t GetNConnections() const;

  void PowerGone() override;

 protected:
  void DoDispose() override;

 private:
  struct Connection {
    std::vector<uint8_t> outgoing;  // header and snapshot, once there was a request
    std::size_t handed = 0;         // to TCP, of these
    EventId timeout;
  };

  void Accept(Ptr<Socket> socket, const Address& from);
  void Receive(Ptr<Socket> socket);
  void Push(Ptr<Socket> socket, uint32_t available);
  void SinkDone(Ptr<Socket> socket);
  void Drop(Ptr<Socket> socket);

  SnapshotCallback snapshot_;
  Ptr<Socket> listener_;
  std::map<Ptr<Socket>, Connection> connections_;
};

}  // namespace ns3
