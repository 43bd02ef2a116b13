// SPDX-License-Identifier: MIT
//
// An interface of its own for a shared address, a macvlan on the pair's interface, with a hardware
// address that goes where the shared address goes. Neighbours then have nothing to learn when the
// address moves; only switches have, from the first frame that the new holder sends.
//
// It is made, and brought up, when the daemon starts, and removed when it ends. In between the
// address alone comes and goes: without one it answers nobody. To take an interface down makes the
// kernel wait for all its processors, 14 ms on an idle machine and ten times that on a busy one,
// and everything else that would be done to interfaces waits meanwhile, a claim too.
//
// Linux answers ARP for any of its addresses on any of its interfaces, with the hardware address of
// that one. So the interface beneath is told to speak for its own addresses only (arp_ignore,
// arp_announce), and what was set there before is set again at the end.
//
// Several pairs may share that interface, and a daemon may be killed. So what was set before is
// written on the macvlans themselves (their alias, which `ip link` shows): who comes later learns
// it there, and only who removes the last macvlan sets it again.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "understudy/live/interface.h"

struct nl_sock;

namespace understudy::live {

class Links {
 public:
  // Throws CannotRun if there is no netlink.
  Links();

  // Each returns why it failed; empty: it did not.
  [[nodiscard]] std::string make_macvlan(const Interface& made, const Interface& beneath);
  [[nodiscard]] std::string raise(const Interface& interface);
  [[nodiscard]] std::string write_alias(const Interface& interface, const std::string& alias);
  // Removes an interface that is a macvlan, if there is one of that name.
  void remove_macvlan(const std::string& name);

  struct Found {
    std::string name;
    std::string alias;
  };
  // The macvlans on an interface, of whomever.
  [[nodiscard]] std::vector<Found> macvlans_on(const Interface& beneath);

  // How an interface answers and asks by ARP, as sysctl's arp_ignore and arp_announce; and which
  // ways in it takes for right (rp_filter).
  struct ArpManners {
    std::uint32_t ignore = 0;
    std::uint32_t announce = 0;
    std::uint32_t path_filter = 0;
  };
  [[nodiscard]] static ArpManners manners_of(const Interface& interface);
  [[nodiscard]] std::string set_manners(const Interface& interface, const ArpManners& manners);

 private:
  struct Closer {
    void operator()(nl_sock* socket) const;
  };
  std::unique_ptr<nl_sock, Closer> socket_;
};

class Macvlan {
 public:
  struct Identity {
    std::string name;
    HardwareAddress hardware{};
    std::string alias;
  };
  // Makes it. Throws CannotRun.
  Macvlan(const Identity& identity, const Interface& beneath);
  ~Macvlan();
  Macvlan(const Macvlan&) = delete;
  Macvlan& operator=(const Macvlan&) = delete;

  // There, and up, whatever somebody did to it. Returns why that failed.
  [[nodiscard]] std::string mend();
  [[nodiscard]] const Interface& interface() const { return interface_; }
  // Whether router advertisements are kept from it; if not, they may give it addresses.
  [[nodiscard]] bool undisturbed() const { return undisturbed_; }

 private:
  [[nodiscard]] std::string make();

  Links links_;
  Interface beneath_;
  Interface interface_;
  std::string alias_;
  bool undisturbed_ = true;
};

// The alias of a macvlan: whose it is, by its server's own address, and what was set beneath before
// any daemon changed it.
struct MacvlanAlias {
  std::string owner;
  std::uint32_t ignore = 0;
  std::uint32_t announce = 0;
};
[[nodiscard]] std::string alias_text(const MacvlanAlias& alias);
// None: it is not one of ours.
[[nodiscard]] std::optional<MacvlanAlias> read_alias(const std::string& text);

// The interface beneath, while macvlans hold addresses for it: speaks for its own only. Outlives
// the macvlans of its daemon; sets again what was set before, unless another's are there.
class ModestInterface {
 public:
  explicit ModestInterface(const Interface& interface);
  ~ModestInterface();
  ModestInterface(const ModestInterface&) = delete;
  ModestInterface& operator=(const ModestInterface&) = delete;

  // From now on. To be called when the macvlans are there to tell others that it matters. Throws
  // CannotRun.
  void begin();
  [[nodiscard]] const Links::ArpManners& before() const { return before_; }

 private:
  [[nodiscard]] bool is_needed();
  [[nodiscard]] std::string be_modest();

  Links links_;
  Interface interface_;
  Links::ArpManners before_;
};

}  // namespace understudy::live
