// SPDX-License-Identifier: MIT
//
// The end of a copy that wants the memory (copy_end.h). It delivers a whole snapshot, or says that
// the copy failed: refused, cut off, or not whole in time. What had arrived by then is thrown away.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <ns3/address.h>
#include <ns3/callback.h>
#include <ns3/event-id.h>
#include <ns3/ptr.h>

#include "understudy/ns3/copy_end.h"

namespace ns3 {

class TcpHeader;
class TcpSocketBase;

class UnderstudyCopySink : public UnderstudyCopyEnd {
 public:
  static TypeId GetTypeId();

  /// How a copy ended: with a whole snapshot or, if it failed, with none. A copy that was cancelled
  /// or lost its host's power does not end in a call.
  using DoneCallback = Callback<void, const std::optional<UnderstudySnapshot>&>;

  /// Asks the source at this server address. One copy at a time: a running one is cancelled.
  void Fetch(const Address& source, DoneCallback done);
  void Cancel();
  bool IsRunning() const;

  void PowerGone() override;

 protected:
  void DoDispose() override;

 private:
  void HearRefusal(Ptr<const Packet> packet, const TcpHeader& header,
                   Ptr<const TcpSocketBase> socket);
  void Ask(Ptr<Socket> socket);
  void Receive(Ptr<Socket> socket);
  void Fail(Ptr<Socket> socket);
  void Finish(const std::optional<UnderstudySnapshot>& result);
  bool IsWhole() const;
  UnderstudySnapshot TakeSnapshot();

  Ptr<Socket> socket_;
  std::vector<uint8_t> received_;  // header and bytes; keeps its capacity from copy to copy
  EventId timeout_;
  DoneCallback done_;
};

}  // namespace ns3
