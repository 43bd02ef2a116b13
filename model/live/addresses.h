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
  explicit Addresses(const Interface& interface);

  // Empty, or why it failed. Claiming what is there and releasing what is not succeed.
  [[nodiscard]] std::string claim(const IpAddress& address);
  [[nodiscard]] std::string release(const IpAddress& address);

  struct Present {
    IpAddress address;
    int prefix_length = 0;
    int interface = 0;
    bool refused = false;  // IPv6: another machine has it, as the kernel found out
  };
  // All addresses of this machine.
  [[nodiscard]] std::vector<Present> list();

 private:
  struct Closer {
    void operator()(nl_sock* socket) const;
  };
  Interface interface_;
  std::unique_ptr<nl_sock, Closer> socket_;
};

}  // namespace understudy::live
