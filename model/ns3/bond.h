// SPDX-License-Identifier: MIT
//
// An active-backup bond of two network cards under one host: what the host sends leaves by one of
// them, and what arrives at the other is dropped.
//
//        IP stack of the host
//               |
//            device          the host's one network card, with its address, rate and queue
//               |            a cable of no length
//      +--------+--------+
//      | UnderstudyBond  |
//      +--0-----------1--+
//         |           |      a cable to a switch each
//
// It sees whether a port has a carrier (UnderstudyLink::HasCarrier: whether what is at the other
// end is up). FailoverDelay after a port has lost or regained its carrier it looks at both: if the
// active one has none and the other one has, that is the active one from then on, and the host
// announces its addresses through it. There is no way back but the same.
//
// Faithful to the bonding driver of Linux with mode active-backup, miimon, one peer notification
// and no primary port. Left out: that it stops with its host (it looks while the host hangs or is
// off, and then announces nothing), and monitoring by ARP, which sees a path rather than a carrier.
#pragma once

#include <array>
#include <cstdint>

#include <ns3/callback.h>
#include <ns3/mac48-address.h>
#include <ns3/nstime.h>
#include <ns3/object.h>
#include <ns3/ptr.h>
#include <ns3/simple-net-device.h>
#include <ns3/traced-callback.h>

#include "understudy/ns3/frame.h"
#include "understudy/ns3/host.h"
#include "understudy/ns3/link.h"
#include "understudy/ns3/switch.h"

namespace ns3 {

class UnderstudyBond : public Object {
 public:
  static TypeId GetTypeId();

  /// Puts a bond under a host that has no cable yet, and runs a cable from each of its two ports to
  /// a new port of a switch.
  static Ptr<UnderstudyBond> Install(Ptr<UnderstudyHost> host, Ptr<UnderstudySwitch> first,
                                     Ptr<UnderstudySwitch> second);

  /// Draws the delay anew for each change of a carrier; in place of the attribute FailoverDelay.
  using DelayCallback = Callback<Time>;
  void SetDelayCallback(DelayCallback delay);

  uint32_t GetActivePort() const;
  bool HasCarrier(uint32_t port) const;

  /// TracedCallback signature.
  typedef void (*PortTracedCallback)(uint32_t port);

 protected:
  void DoDispose() override;

 private:
  void AddPort(uint32_t port, Ptr<UnderstudySwitch> network);
  void Send(UnderstudyFrame frame);
  void Receive(uint32_t port, UnderstudyFrame frame);
  void PlanLook();
  void Look();

  UnderstudyHost* host_ = nullptr;  // which this is aggregated to
  Ptr<SimpleNetDevice> jack_;       // our end of the cable of no length
  std::array<Ptr<SimpleNetDevice>, 2> ports_;
  uint32_t active_ = 0;
  Time failoverDelay_;
  DelayCallback delay_;
  TracedCallback<uint32_t> activated_;
};

}  // namespace ns3
