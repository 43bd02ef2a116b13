// SPDX-License-Identifier: MIT
#include "understudy/lab/host_network.h"

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <string_view>

#include "understudy/lab/netlink.h"
#include "understudy/lab/system_error.h"
#include "understudy/scenario/bad_input.h"

namespace understudy::lab {
namespace {

constexpr std::string_view name = interface_name;

live::Descriptor make_cable() {
  live::Descriptor cable(open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC));
  if (!cable.open()) {
    throw BadInput("the lab cannot open /dev/net/tun (" + std::generic_category().message(errno) +
                   "); load the module tun, or let this user read and write that device");
  }
  ifreq request{};
  request.ifr_flags = IFF_TAP | IFF_NO_PI;
  std::ranges::copy(name, request.ifr_name);
  checked(ioctl(cable.number(), TUNSETIFF, &request), "make the interface of a host");
  return cable;
}

void give_hardware_address(Host host) {
  const live::Descriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  std::ranges::copy(name, request.ifr_name);
  request.ifr_hwaddr.sa_family = ARPHRD_ETHER;
  std::ranges::copy(hardware_of(host), request.ifr_hwaddr.sa_data);
  checked(ioctl(socket.number(), SIOCSIFHWADDR, &request), "give a host a hardware address");
}

// IPv6 may be switched off in new namespaces, by what the machine's own has.
void allow_ipv6() {
  const live::Descriptor file(
      open("/proc/sys/net/ipv6/conf/eth0/disable_ipv6", O_WRONLY | O_CLOEXEC));
  if (!file.open() || write(file.number(), "0", 1) != 1) {
    throw BadInput("topology.ip: this machine has no IPv6; write \"v4\"");
  }
}

}  // namespace

live::Descriptor this_network() {
  return live::Descriptor(
      checked(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC), "find its own network"));
}

void enter_network(const live::Descriptor& space) {
  checked(setns(space.number(), CLONE_NEWNET), "go to another network");
}

HostNetwork make_host_network(Host host, const Addresses& addresses) {
  const live::Descriptor home = this_network();
  checked(unshare(CLONE_NEWNET), "make a network of a host");
  HostNetwork made{.space = this_network(), .cable = make_cable()};
  give_hardware_address(host);
  if (addresses.version() == IpVersion::v6) allow_ipv6();
  set_link(true);
  add_address({.address = addresses.of(host), .prefix_length = addresses.prefix_length()});
  enter_network(home);
  return made;
}

}  // namespace understudy::lab
