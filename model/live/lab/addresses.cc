// SPDX-License-Identifier: MIT
#include "understudy/lab/addresses.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>

namespace understudy::lab {
namespace {

bool is_v6(const std::string& address) { return address.find(':') != std::string::npos; }

template <class Name>
SocketName as_bytes(const Name& name) {
  SocketName result;
  static_assert(sizeof name <= sizeof result.bytes);
  std::memcpy(result.bytes.data(), &name, sizeof name);
  result.length = sizeof name;
  return result;
}

}  // namespace

int Addresses::family() const { return version_ == IpVersion::v4 ? AF_INET : AF_INET6; }

std::string Addresses::numbered(int number) const {
  return version_ == IpVersion::v4 ? "10.111.0." + std::to_string(number)
                                   : "fd11::" + std::to_string(number);
}

std::string Addresses::of(Host host) const { return numbered(1 + static_cast<int>(host)); }

std::string Addresses::of(Address shared) const {
  return shared == Address::witness ? of(Host::witness) : numbered(10 + static_cast<int>(shared));
}

std::optional<Address> Addresses::meant_by(const IpBytes& address) const {
  for (const Address each : {Address::primary, Address::monitor, Address::witness}) {
    if (bytes_of(of(each)) == address) return each;
  }
  return std::nullopt;
}

IpBytes bytes_of(const std::string& address) {
  IpBytes bytes{};
  inet_pton(is_v6(address) ? AF_INET6 : AF_INET, address.c_str(), bytes.data());
  return bytes;
}

HardwareBytes hardware_of(Host host) {
  return {0x02, 0, 0, 0, 0, static_cast<std::uint8_t>(1 + static_cast<int>(host))};
}

SocketName socket_name(const std::string& address, std::uint16_t port) {
  if (is_v6(address)) {
    sockaddr_in6 name{};
    name.sin6_family = AF_INET6;
    name.sin6_port = htons(port);
    inet_pton(AF_INET6, address.c_str(), &name.sin6_addr);
    return as_bytes(name);
  }
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(port);
  inet_pton(AF_INET, address.c_str(), &name.sin_addr);
  return as_bytes(name);
}

}  // namespace understudy::lab
