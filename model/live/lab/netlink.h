// SPDX-License-Identifier: MIT
//
// The little that the lab says to the kernel's routing socket, and hears from it: addresses.
#pragma once

#include <functional>
#include <string>

#include "understudy/lab/addresses.h"
#include "understudy/live/descriptor.h"

namespace understudy::lab {

// In the network namespace that the thread is in.
[[nodiscard]] live::Descriptor open_address_listener();
// Calls for each address that has come or gone since; what is unread is the kernel's own order.
void hear_addresses(const live::Descriptor& listener,
                    const std::function<void(const IpBytes&, bool there)>& changed);

struct InterfaceAddress {
  std::string address;
  int prefix_length = 0;
};
// On the one interface of the namespace that the thread is in.
void add_address(const InterfaceAddress& what);
// That it is not there is no mistake.
void remove_address(const InterfaceAddress& what);
void set_link(bool up);

}  // namespace understudy::lab
