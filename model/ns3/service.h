// SPDX-License-Identifier: MIT
//
// What the pair is for, in its simplest form: a service at the primary address that answers each
// UDP request at once with what the request contained.
//
// The socket is bound to the address, so that answers come from it, and says nothing unless the
// host serves: ns-3 would let it send from an address that the host has given up. It stays from one
// term of service to the next, since ns-3 3.37 keeps each closed UDP socket until the node ends and
// cannot open it again. Left out for that: a host that holds the address and does not serve is
// silent, where the kernel of a real one refuses with an ICMP error (if the service is dead) or is
// silent too (if it hangs).
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

  /// A service that hangs takes requests and answers none.
  void SetHanging(bool hanging);

  void PowerGone() override;

 protected:
  void DoDispose() override;

 private:
  void Receive(Ptr<Socket> socket);
  void CloseSocket();

  uint16_t port_ = 0;
  bool serving_ = false;
  bool hanging_ = false;
  Address address_;
  Ptr<Socket> socket_;
  TracedCallback<const Address&> served_;
};

}  // namespace ns3
