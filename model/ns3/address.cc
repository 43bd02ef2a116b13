// SPDX-License-Identifier: MIT

#include "understudy/ns3/address.h"

#include <cassert>

#include <ns3/inet-socket-address.h>
#include <ns3/inet6-socket-address.h>
#include <ns3/ipv4-address.h>
#include <ns3/ipv6-address.h>

namespace ns3 {

bool IsIpv6(const Address& address) {
  assert(Ipv4Address::IsMatchingType(address) || Ipv6Address::IsMatchingType(address));
  return Ipv6Address::IsMatchingType(address);
}

Address MakeSocketAddress(const Address& address, uint16_t port) {
  if (IsIpv6(address)) return Inet6SocketAddress(Ipv6Address::ConvertFrom(address), port);
  return InetSocketAddress(Ipv4Address::ConvertFrom(address), port);
}

Address GetIpAddress(const Address& socketAddress) {
  if (Inet6SocketAddress::IsMatchingType(socketAddress)) {
    return Inet6SocketAddress::ConvertFrom(socketAddress).GetIpv6();
  }
  return InetSocketAddress::ConvertFrom(socketAddress).GetIpv4();
}

}  // namespace ns3
