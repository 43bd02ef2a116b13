// SPDX-License-Identifier: MIT
//
// What all sockets here have in common.
#pragma once

#include <sys/socket.h>

#include <string>

#include "understudy/live/cannot_run.h"
#include "understudy/live/descriptor.h"
#include "understudy/live/echo_packet.h"
#include "understudy/live/interface.h"

namespace understudy::live {

// Throws CannotRun: they need CAP_NET_RAW, and IPv6 where it is asked for.
[[nodiscard]] Descriptor open_raw_socket(IpFamily family);

template <class T>
void set_option(int socket, int level, int name, const T& value) {
  if (setsockopt(socket, level, name, &value, sizeof value) < 0) {
    cannot("set option " + std::to_string(name) + " of a socket", errno,
           "run on Linux 4.18 or later");
  }
}

// Packets leave by this interface, and come from it, whatever the routes say.
void bind_to_interface(int socket, const Interface& interface);

}  // namespace understudy::live
