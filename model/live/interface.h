// SPDX-License-Identifier: MIT
//
// The network interface that a pair's addresses live on, and the addresses themselves.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include <boost/asio/ip/address.hpp>

#include "understudy/failover/names.h"

namespace understudy::live {

using IpAddress = boost::asio::ip::address;
using HardwareAddress = std::array<std::uint8_t, 6>;

[[nodiscard]] std::string hardware_text(const HardwareAddress& address);

struct Interface {
  std::string name;
  int index = 0;
  HardwareAddress hardware{};
};

// Throws CannotRun if there is no such interface, or none of Ethernet's kind.
[[nodiscard]] Interface find_interface(const std::string& name);

enum class LinkState : std::uint8_t {
  up,
  unplugged,  // or whatever else there is no carrier for
  down,
  gone,
  replaced,  // by another of that name, which no socket of the daemon is bound to
};
// As it is now: what the kernel tells by netlink of a carrier may be a second old.
[[nodiscard]] LinkState state_of(const Interface& interface);

// Hardware addresses that go where the shared addresses go (macvlan.h): that of the primary
// address, whose last byte is even, and that of the monitor address, with the next one.
struct SharedHardware {
  HardwareAddress primary{};
  [[nodiscard]] HardwareAddress of(Address address) const;
  bool operator==(const SharedHardware&) const = default;
};

struct PairAddresses {
  IpAddress server;  // this server's own
  IpAddress peer;    // the other server's own
  IpAddress primary;
  IpAddress monitor;
  std::optional<IpAddress> witness;
  std::optional<SharedHardware> shared_hardware{};

  // A witness that there is none of is nowhere.
  [[nodiscard]] IpAddress of(Address address) const;
};

}  // namespace understudy::live
