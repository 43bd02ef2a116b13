// SPDX-License-Identifier: MIT
//
// The hosts of a topology, the kinds of packet that they exchange, and the stream that decides
// about each packet. The i-th number of a stream belongs to the i-th packet of its kind and
// direction, on every substrate.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "understudy/failover/names.h"

namespace understudy {

// The two servers first: their values are those of ServerId.
enum class Host : std::uint8_t { first, second, client, witness };
inline constexpr std::size_t host_count = 4;

[[nodiscard]] constexpr Host host_of(ServerId id) { return static_cast<Host>(id); }

// Some of the hosts.
class HostSet {
 public:
  constexpr HostSet() = default;
  constexpr HostSet(std::initializer_list<Host> hosts) {
    for (const Host host : hosts) add(host);
  }
  [[nodiscard]] static constexpr HostSet all() { return HostSet((1U << host_count) - 1); }

  constexpr void add(Host host) { bits_ = static_cast<std::uint8_t>(bits_ | bit(host)); }
  constexpr void remove(Host host) { bits_ = static_cast<std::uint8_t>(bits_ & ~bit(host)); }
  [[nodiscard]] constexpr bool has(Host host) const { return (bits_ & bit(host)) != 0; }
  [[nodiscard]] constexpr bool has(ServerId id) const { return has(host_of(id)); }
  [[nodiscard]] constexpr bool empty() const { return bits_ == 0; }
  // Those of this set that are not in that one.
  [[nodiscard]] constexpr HostSet without(HostSet that) const {
    return HostSet(static_cast<unsigned>(bits_ & ~that.bits_));
  }
  constexpr HostSet& operator|=(HostSet that) {
    bits_ = static_cast<std::uint8_t>(bits_ | that.bits_);
    return *this;
  }
  bool operator==(const HostSet&) const = default;

 private:
  constexpr explicit HostSet(unsigned bits) : bits_(static_cast<std::uint8_t>(bits)) {}
  static constexpr unsigned bit(Host host) { return 1U << static_cast<unsigned>(host); }

  std::uint8_t bits_ = 0;
};
inline constexpr std::array<Host, host_count> all_hosts = {Host::first, Host::second, Host::client,
                                                           Host::witness};

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

inline constexpr std::size_t path_count = host_count * host_count * packet_kind_count;
[[nodiscard]] constexpr std::size_t index(const Path& path) {
  const auto from = static_cast<std::size_t>(path.from);
  const auto to = static_cast<std::size_t>(path.to);
  return (from * host_count + to) * packet_kind_count + static_cast<std::size_t>(path.kind);
}

// "second-first/ping".
[[nodiscard]] std::string to_text(const Path& path);
// "link/second-first/ping": the stream that decides which packets are lost.
[[nodiscard]] std::string loss_stream(const Path& path);
// "link/second-first/ping/delay": the stream that their delays are drawn from.
[[nodiscard]] std::string delay_stream(const Path& path);
// "link/second-first/ping/wan": of a wan, the same for what the way between the sites adds.
[[nodiscard]] std::string wan_stream(const Path& path);
// "failover/first": of a dual-switch, how long it takes the host to notice a port's loss or return
// of its carrier, the i-th number for the i-th of them.
[[nodiscard]] std::string failover_stream(Host host);
// "route/first": of a routed network, how long it takes the host's router to change a route; the
// i-th number for the i-th other holder that it hears of.
[[nodiscard]] std::string route_stream(Host host);

[[nodiscard]] std::string_view to_text(Host host);
[[nodiscard]] std::string_view to_text(PacketKind kind);

}  // namespace understudy
