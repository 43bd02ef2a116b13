// SPDX-License-Identifier: MIT
//
// The signal as bytes: an ICMP or ICMPv6 echo whose payload is the token. Any host answers it by
// itself, and whoever did not see the request cannot make up the reply.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "understudy/failover/ports.h"

namespace understudy::live {

enum class IpFamily : std::uint8_t { v4, v6 };

struct EchoPacket {
  std::uint16_t identifier = 0;
  std::uint16_t sequence = 0;
  Token token = no_token;
  bool operator==(const EchoPacket&) const = default;
};

inline constexpr std::size_t echo_size = 16;
using EchoBytes = std::array<std::uint8_t, echo_size>;

// The checksum of ICMPv6, which covers addresses too, is left to the kernel.
[[nodiscard]] EchoBytes encode_request(IpFamily family, const EchoPacket& packet);

// What a raw socket delivers: of IPv4 with the IP header, which the kernel hands on before it has
// looked at the checksum. None: these bytes are no reply to such a request.
[[nodiscard]] std::optional<EchoPacket> decode_reply(IpFamily family,
                                                     std::span<const std::uint8_t> bytes);

}  // namespace understudy::live
