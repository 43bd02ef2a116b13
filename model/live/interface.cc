// SPDX-License-Identifier: MIT
#include "understudy/live/interface.h"

#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstdio>

#include "understudy/live/cannot_run.h"
#include "understudy/live/descriptor.h"

namespace understudy::live {
namespace {

// IFF_RUNNING follows the carrier at once when it comes, but up to a second later when it goes (the
// kernel's link_watch). The driver knows at once; one that cannot say is believed to have one.
bool has_carrier(const Descriptor& socket, const std::string& interface) {
  ifreq request{};
  interface.copy(request.ifr_name, IFNAMSIZ - 1);
  ethtool_value link{.cmd = ETHTOOL_GLINK, .data = 0};
  request.ifr_data = reinterpret_cast<char*>(&link);
  return ioctl(socket.number(), SIOCETHTOOL, &request) < 0 || link.data != 0;
}

}  // namespace

std::string hardware_text(const HardwareAddress& address) {
  std::array<char, 18> text{};
  std::snprintf(text.data(), text.size(), "%02x:%02x:%02x:%02x:%02x:%02x", address[0], address[1],
                address[2], address[3], address[4], address[5]);
  return text.data();
}

Interface find_interface(const std::string& name) {
  Interface found{.name = name, .index = static_cast<int>(if_nametoindex(name.c_str()))};
  if (found.index == 0) {
    throw CannotRun("there is no interface \"" + name +
                    "\"; set daemon.interface to one that `ip link` lists");
  }
  const Descriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket.open()) cannot("open a socket", errno, "raise the limit on open files");
  ifreq request{};
  name.copy(request.ifr_name, IFNAMSIZ - 1);
  if (ioctl(socket.number(), SIOCGIFHWADDR, &request) < 0) {
    cannot("read the hardware address of " + name, errno, "name another interface");
  }
  if (request.ifr_hwaddr.sa_family != ARPHRD_ETHER) {
    throw CannotRun("interface \"" + name +
                    "\" has no Ethernet address; set daemon.interface to one that has");
  }
  std::copy_n(request.ifr_hwaddr.sa_data, found.hardware.size(),
              reinterpret_cast<char*>(found.hardware.data()));
  return found;
}

LinkState state_of(const Interface& interface) {
  const auto index = static_cast<int>(if_nametoindex(interface.name.c_str()));
  if (index == 0) return LinkState::gone;
  if (index != interface.index) return LinkState::replaced;
  const Descriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  interface.name.copy(request.ifr_name, IFNAMSIZ - 1);
  if (ioctl(socket.number(), SIOCGIFFLAGS, &request) < 0) return LinkState::gone;
  if ((request.ifr_flags & IFF_UP) == 0) return LinkState::down;
  const bool running = (request.ifr_flags & IFF_RUNNING) != 0;
  return running && has_carrier(socket, interface.name) ? LinkState::up : LinkState::unplugged;
}

HardwareAddress SharedHardware::of(Address address) const {
  HardwareAddress found = primary;
  if (address == Address::monitor) found.back() |= 1U;
  return found;
}

IpAddress PairAddresses::of(Address address) const {
  switch (address) {
    case Address::primary: return primary;
    case Address::monitor: return monitor;
    case Address::witness: break;
  }
  return witness.value_or(IpAddress());
}

}  // namespace understudy::live
