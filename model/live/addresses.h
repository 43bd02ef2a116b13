// SPDX-License-Identifier: MIT
//
// The shared addresses on the interface, by netlink. An address stands there alone (/32, /128) and
// brings no route, so that it changes nothing but who answers for it. It is never the source that
// the kernel chooses by itself where that can be said (IPv6).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "understudy/live/interface.h"

struct nl_sock;

namespace understudy::live {

class Addresses {
 public:
  // Throws CannotRun if there is no netlink.
  Addresses();

  struct Place {
    IpAddress address;
    int interface = 0;
    bool operator==(const Place&) const = default;
  };
  // Empty, or why it failed. Claiming what is there and releasing what is not succeed.
  [[nodiscard]] std::string claim(const Place& place);
  [[nodiscard]] std::string release(const Place& place);

  struct Present {
    Place place;
    int prefix_length = 0;
    bool refused = false;  // IPv6: another machine has it, as the kernel found out
    // Of the size that the daemon gives its addresses.
    [[nodiscard]] bool alone() const;
  };
  // Whatever its size, and whoever brought it.
  [[nodiscard]] std::string remove(const Present& present);
  // All addresses of this machine.
  [[nodiscard]] std::vector<Present> list();

  // Drops what the kernel has asked the link in vain for so far: it asks anew for who is spoken to
  // next. Else it asks just once a second, and is silent to them meanwhile.
  void drop_searches(int interface);

 private:
  struct Closer {
    void operator()(nl_sock* socket) const;
  };
  [[nodiscard]] std::string remove(const Place& place, int prefix_length);
  std::unique_ptr<nl_sock, Closer> socket_;
};

}  // namespace understudy::live
