// SPDX-License-Identifier: MIT
//
// Neighbour discovery (RFC 4861) as bytes: the two messages of it that are used here, each with the
// sender's hardware address as its only option. Checksums are left to the kernel.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include <boost/asio/ip/address_v6.hpp>

#include "understudy/live/interface.h"

namespace understudy::live {

inline constexpr std::size_t ndp_size = 32;
using NdpBytes = std::array<std::uint8_t, ndp_size>;

// "The target is at this hardware address, whatever you knew."
[[nodiscard]] NdpBytes encode_advertisement(const boost::asio::ip::address_v6& target,
                                            const HardwareAddress& hardware);
// "Who has the target?"
[[nodiscard]] NdpBytes encode_solicitation(const boost::asio::ip::address_v6& target,
                                           const HardwareAddress& hardware);

struct Advertisement {
  boost::asio::ip::address_v6 target{};
  HardwareAddress hardware{};
  bool operator==(const Advertisement&) const = default;
};
// None: these bytes are no advertisement, or one that does not say where the target is.
[[nodiscard]] std::optional<Advertisement> decode_advertisement(
    std::span<const std::uint8_t> bytes);

}  // namespace understudy::live
