// SPDX-License-Identifier: MIT
//
// What the pair is for, in its simplest form: a service at the primary address that answers each
// UDP request at once with what the request contained.
//
// The socket is bound to the address, and open only while the host serves: ns-3 would let a socket
// go on to send from an address that the host has given up. A request that reaches a host which
// holds the address and does not serve is refused by an ICMP error, as on a real one.
#pragma once

#include <cstdint>

#include <ns3/address.h>
#include <ns3/ptr.h>
#include <ns3/socket.h>
#include <ns3/traced-callback.h>

#include "understudy/ns3/host.h"

namespace ns3 {

class UnderstudyService : public UnderstudyPart {
 public:
  static TypeId GetTypeId();

  /// Serves at this address, which the host holds, until Rest or the end of the host's power.
  void Serve(const Address& address);
  void Rest();
  bool IsServing() const;

  void PowerGone() override;

 protected:
  void DoDispose() override;

 private:
  void Receive(Ptr<Socket> socket);

  uint16_t port_ = 0;
  Ptr<Socket> socket_;  // one for life: ns-3 keeps a closed UDP socket until the node ends
  TracedCallback<const Address&> served_;
};

}  // namespace ns3
