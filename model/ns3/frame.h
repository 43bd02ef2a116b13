// SPDX-License-Identifier: MIT
//
// A frame as it travels on a wire of the simulated LAN. ns-3's SimpleNetDevice keeps the two
// hardware addresses and the EtherType beside the packet instead of in it; this names the four.
#pragma once

#include <cstdint>

#include <ns3/mac48-address.h>
#include <ns3/packet.h>
#include <ns3/ptr.h>

namespace ns3 {

struct UnderstudyFrame {
  Ptr<Packet> payload;  //!< what follows the Ethernet header
  uint16_t protocol;    //!< EtherType
  Mac48Address to;
  Mac48Address from;
};

}  // namespace ns3
