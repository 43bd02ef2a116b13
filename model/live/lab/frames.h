// SPDX-License-Identifier: MIT
//
// What an Ethernet frame is to the pair: which kind of packet, and what it is about. Faults that
// strike packets and stories that tell of them look at frames through this.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "understudy/failover/ports.h"
#include "understudy/lab/addresses.h"
#include "understudy/scenario/links.h"

namespace understudy::lab {

using Frame = std::vector<std::uint8_t>;

struct FrameFacts {
  PacketKind kind = PacketKind::other;
  HardwareBytes to{};
  Token token = no_token;  // ping, answer
  IpBytes address{};       // ping: that is asked; answer: that answers; announcement: that is held
  std::optional<IpBytes> sought;  // somebody asks the link who has that address
};

[[nodiscard]] FrameFacts inspect(std::span<const std::uint8_t> frame);

// What a bond's driver tells the neighbours when it goes over to another port: this host has that
// address. An ARP request, or an unsolicited neighbour advertisement.
[[nodiscard]] Frame announcement(Host host, const std::string& address);

}  // namespace understudy::lab
