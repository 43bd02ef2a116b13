// SPDX-License-Identifier: MIT
//
// Who has which address in the lab: all hosts are in one subnet, which exists nowhere else.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "understudy/failover/names.h"
#include "understudy/scenario/links.h"
#include "understudy/scenario/scenario.h"

namespace understudy::lab {

// As on the wire; of IPv4 the first four bytes, and zeros.
using IpBytes = std::array<std::uint8_t, 16>;
using HardwareBytes = std::array<std::uint8_t, 6>;

inline constexpr std::uint16_t agents_port = 7410;
inline constexpr std::uint16_t service_port = 8000;
inline constexpr const char* interface_name = "eth0";

class Addresses {
 public:
  explicit Addresses(IpVersion version) : version_(version) {}

  [[nodiscard]] IpVersion version() const { return version_; }
  [[nodiscard]] int family() const;
  [[nodiscard]] int prefix_length() const { return version_ == IpVersion::v4 ? 24 : 64; }
  [[nodiscard]] std::string of(Host host) const;       // a host's own
  [[nodiscard]] std::string of(Address shared) const;  // the witness's own, too
  // Which of those that are signalled this is.
  [[nodiscard]] std::optional<Address> meant_by(const IpBytes& address) const;

 private:
  [[nodiscard]] std::string numbered(int number) const;
  IpVersion version_;
};

[[nodiscard]] IpBytes bytes_of(const std::string& address);
[[nodiscard]] HardwareBytes hardware_of(Host host);

// For the kernel: the address and a port.
struct SocketName {
  std::array<std::uint8_t, 28> bytes{};
  std::uint32_t length = 0;
};
[[nodiscard]] SocketName socket_name(const std::string& address, std::uint16_t port);

}  // namespace understudy::lab
