// SPDX-License-Identifier: MIT
//
// IP addresses of either family, as ns3::Address. Everything above a host's interface is written
// for both; these few functions are where the families meet.
#pragma once

#include <cstdint>

#include <ns3/address.h>

namespace ns3 {

/// Whether `address` is an Ipv6Address (else it has to be an Ipv4Address).
bool IsIpv6(const Address& address);

/// InetSocketAddress or Inet6SocketAddress, as `address` is.
Address MakeSocketAddress(const Address& address, uint16_t port);

/// The IP address in an InetSocketAddress or Inet6SocketAddress.
Address GetIpAddress(const Address& socketAddress);

}  // namespace ns3
