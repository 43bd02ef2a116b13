// SPDX-License-Identifier: MIT
//
// Messages between the servers' own addresses: UDP, one port, no promise of arrival.
//
// Faithful: the packets, and their loss. Left out: the ICMP error of a host whose socket is closed.
// ns-3 3.37 keeps each closed UDP socket until the node ends and cannot open it again, so one
// socket serves for the life of the host, and is deaf and mute while it is called closed. A message
// longer than the MTU would be fragmented; the pair's are short.
#pragma once

#include <cstdint>
#include <span>

#include <ns3/address.h>
#include <ns3/callback.h>
#include <ns3/ptr.h>
#include <ns3/socket.h>

#include "understudy/ns3/host.h"

namespace ns3 {

class UnderstudyDatagrams : public UnderstudyPart {
 public:
  static TypeId GetTypeId();

  /// A message arrived from that server address. The bytes are valid during the call.
  using ReceiveCallback = Callback<void, const Address&, std::span<const uint8_t>>;

  /// Sends and hears from now on, until Close or the end of the host's power.
  void Open();
  void Close();
  bool IsOpen() const;

  /// Does nothing while closed.
  void Send(const Address& to, std::span<const uint8_t> message);
  void SetReceiveCallback(ReceiveCallback receive);

  void PowerGone() override;

 protected:
  void Installed() override;
  void DoDispose() override;

 private:
  void Receive(Ptr<Socket> socket);

  uint16_t port_ = 0;
  bool open_ = false;
  Ptr<Socket> socket_;
  ReceiveCallback receive_;
};

}  // namespace ns3
