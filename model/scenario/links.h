// SPDX-License-Identifier: MIT
//
// The hosts of a topology, the kinds of packet that they exchange, and the stream that decides
// about each packet. The i-th number of a stream belongs to the i-th packet of its kind and
// direction, on every substrate.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "understudy/failover/names.h"

namespace understudy {

// The two servers first: their values are those of ServerId.
enum class Host : std::uint8_t { first, second, client, witness };
inline constexpr std::size_t host_count = 4;

[[nodiscard]] constexpr Host host_of(ServerId id) { return static_cast<Host>(id); }

enum class PacketKind : std::uint8_t {
  ping,          // echo request, a probe's too
  answer,        // echo reply
  message,       // from agent to agent
  announcement,  // gratuitous ARP, unsolicited NA
  request,       // of the client
  response,      // to it
  other,         // what only substrates with real packets have: ARP exchanges, TCP
};
inline constexpr std::size_t packet_kind_count = 7;

// One kind of packet, one way.
struct Path {
  Host from = Host::first;
  Host to = Host::second;
  PacketKind kind = PacketKind::ping;
};

// "link/second-first/ping": the stream that decides which packets are lost.
[[nodiscard]] std::string loss_stream(const Path& path);
// "link/second-first/ping/delay": the stream that their delays are drawn from.
[[nodiscard]] std::string delay_stream(const Path& path);

[[nodiscard]] std::string_view to_text(Host host);
[[nodiscard]] std::string_view to_text(PacketKind kind);

}  // namespace understudy
