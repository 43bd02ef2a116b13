// SPDX-License-Identifier: MIT
//
// The network of one host: a namespace of its own with one interface, whose cable ends in the lab's
// hands (a tap): each frame that the host sends can be read there, and what is written arrives.
#pragma once

#include "understudy/lab/addresses.h"
#include "understudy/live/descriptor.h"

namespace understudy::lab {

struct HostNetwork {
  live::Descriptor space;  // the namespace
  live::Descriptor cable;
};

// With the host's own address, and up. Throws BadInput if the machine has no such devices.
[[nodiscard]] HostNetwork make_host_network(Host host, const Addresses& addresses);

// The network namespace of the calling thread, to come back to.
[[nodiscard]] live::Descriptor this_network();
void enter_network(const live::Descriptor& space);

// Calls with the thread in another network namespace: what is opened there stays there.
template <class Call>
auto inside(const live::Descriptor& space, Call call) {
  const live::Descriptor home = this_network();
  enter_network(space);
  auto result = call();
  enter_network(home);
  return result;
}

}  // namespace understudy::lab
