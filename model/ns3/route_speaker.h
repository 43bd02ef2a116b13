// SPDX-License-Identifier: MIT
//
// A host's end of the route announcements (router.h): the shared addresses that the host announces
// are advertised to its router, and what other hosts advertise is heard from it. About an address
// that this host holds as well, that is a conflict.
#pragma once

#include <ns3/address.h>
#include <ns3/ptr.h>
#include <ns3/socket.h>

#include "understudy/ns3/host.h"

namespace ns3 {

class UnderstudyRouteSpeaker : public UnderstudyPart {
 public:
  static TypeId GetTypeId();

  /// The router's address on the cable to this host.
  void SetRouter(const Address& router);

  void PowerGone() override;

 protected:
  void Installed() override;
  void DoDispose() override;

 private:
  void Advertise(const Address& shared);
  void Receive(Ptr<Socket> socket);

  Address router_;
  Ptr<Socket> socket_;
};

}  // namespace ns3
