// SPDX-License-Identifier: MIT
#include "understudy/live/ndp_packet.h"

#include <netinet/icmp6.h>

#include <algorithm>

namespace understudy::live {
namespace {

constexpr std::size_t fixed_size = 24;  // type, code, checksum, flags, target
constexpr std::uint8_t override_flag = 0x20;

NdpBytes encode(std::uint8_t type, std::uint8_t flags, const boost::asio::ip::address_v6& target,
                std::uint8_t option, const HardwareAddress& hardware) {
  NdpBytes bytes{};
  bytes[0] = type;
  bytes[4] = flags;
  std::ranges::copy(target.to_bytes(), bytes.begin() + 8);
  bytes[fixed_size] = option;
  bytes[fixed_size + 1] = 1;  // of eight bytes
  std::ranges::copy(hardware, bytes.begin() + fixed_size + 2);
  return bytes;
}

}  // namespace

NdpBytes encode_advertisement(const boost::asio::ip::address_v6& target,
                              const HardwareAddress& hardware) {
  return encode(ND_NEIGHBOR_ADVERT, override_flag, target, ND_OPT_TARGET_LINKADDR, hardware);
}

NdpBytes encode_solicitation(const boost::asio::ip::address_v6& target,
                             const HardwareAddress& hardware) {
  return encode(ND_NEIGHBOR_SOLICIT, 0, target, ND_OPT_SOURCE_LINKADDR, hardware);
}

std::optional<Advertisement> decode_advertisement(std::span<const std::uint8_t> bytes) {
  if (bytes.size() < fixed_size || bytes[0] != ND_NEIGHBOR_ADVERT || bytes[1] != 0) {
    return std::nullopt;
  }
  boost::asio::ip::address_v6::bytes_type target{};
  std::ranges::copy(bytes.subspan(8, target.size()), target.begin());
  for (auto options = bytes.subspan(fixed_size); options.size() >= 8;) {
    const std::size_t size = std::size_t{options[1]} * 8;
    if (size == 0 || size > options.size()) return std::nullopt;
    if (options[0] == ND_OPT_TARGET_LINKADDR) {
      Advertisement found{.target = boost::asio::ip::address_v6(target)};
      std::ranges::copy(options.subspan(2, found.hardware.size()), found.hardware.begin());
      return found;
    }
    options = options.subspan(size);
  }
  return std::nullopt;
}

}  // namespace understudy::live
