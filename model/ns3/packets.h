// SPDX-License-Identifier: MIT
//
// What a frame is to the pair: which kind of packet, and for a signal its token. Faults that strike
// packets and stories that tell of them look at frames through this.
#pragma once

#include <cstdint>
#include <optional>

#include <ns3/address.h>

#include "understudy/ns3/frame.h"
#include "understudy/scenario/links.h"

namespace understudy::ns3_substrate {

struct PacketFacts {
  PacketKind kind = PacketKind::other;
  std::uint64_t token = 0;                    // ping, answer
  std::optional<ns3::Address> asked_address;  // ping
  std::optional<ns3::Address> destination;    // of an IP packet
};

[[nodiscard]] PacketFacts inspect(const ns3::UnderstudyFrame& frame);

}  // namespace understudy::ns3_substrate
