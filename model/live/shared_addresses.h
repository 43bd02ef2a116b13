// SPDX-License-Identifier: MIT
//
// The two shared addresses as this server holds them, against what else happens on the machine and
// on its link:
//
// - Before the first claim the link is asked who has them. A stranger (bystanders.h) keeps the
//   daemon from running; the other server does not. A takeover never waits for such an answer:
//   then the claim comes first, and the question after it.
// - What others take off the interface while the agent holds it is put back and announced again at
//   once, and what they put on it while it does not is taken off. Where it can't be put back, or
//   there is no interface that it would be of use on, this server is not able to hold it.
// - Who claims a held address is reported as a rival, whoever it is; whether it is a stranger is
//   found out besides, and said. The holder answers a stranger by announcing itself again.
//
// Each stands on the pair's interface, or on a macvlan of its own where the pair has shared
// hardware addresses.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "understudy/failover/ports.h"
#include "understudy/live/addresses.h"
#include "understudy/live/bystanders.h"
#include "understudy/live/interface.h"
#include "understudy/live/link_watch.h"
#include "understudy/live/log.h"
#include "understudy/live/macvlan.h"
#include "understudy/live/neighbours.h"

namespace understudy::live {

class SharedAddresses {
 public:
  struct Listener {
    std::function<void(Address)> contested;  // somebody else claims what is held here
    std::function<void()> ability_changed;   // able() says something else; comes from the loop
    std::function<void()> link_changed;      // own_link() may say something else
  };
  struct Settings {
    Interface interface;
    PairAddresses addresses;
    std::string prefix;  // of the names of macvlans, different for each daemon of a machine
  };
  // Looks whether this machine can hold them, and touches nothing yet. Throws CannotRun.
  SharedAddresses(boost::asio::io_context& loop, const Settings& settings, Log& log,
                  Listener listener);

  // Asks the link who has this server's own address and the shared ones. When there was time for an
  // answer, takes off what an earlier life left, and calls: whom the kernel has answered so far
  // waits no longer than the agent needs to find its place. Makes the loop throw CannotRun if a
  // machine has one of them that should not; nothing is left then, either.
  void look_around(std::function<void()> done);
  // The other server says, under seal, that it holds this.
  void told(Address address) { bystanders_.told(address); }

  void claim(Address address);
  // Asks the kernel even for what was not claimed here.
  void release(Address address);
  void announce(Address address);
  // Who has this address, shared or not? The answer goes to the kernel too.
  void probe(const IpAddress& address) { neighbours_->probe(address); }
  // Lets everything go, for good.
  void leave();

  [[nodiscard]] bool holds(Address address) const;
  // All that was claimed is on an interface, and that was not taken down.
  [[nodiscard]] bool able() const { return able_; }
  // Now, rather than when the kernel tells of a change.
  void look_at_link();
  // Whether anything can come and go by the pair's interface.
  [[nodiscard]] OwnLink own_link() const {
    return link_ == LinkState::up ? OwnLink::up : OwnLink::down;
  }
  [[nodiscard]] std::uint64_t conflicts() const { return conflicts_; }

 private:
  // Whether the agent claimed an address, and whether it is on the interface.
  struct Claim {
    bool wanted = false;
    bool there = false;
    bool complained = false;  // that it cannot be put there
  };
  // Of whom, and when, something was said last.
  struct Said {
    HardwareAddress of{};
    Time at = never;
  };
  struct Suspect {
    Address address = Address::primary;
    HardwareAddress at{};
  };

  void check_interface() const;
  void check_addresses();
  void check_macvlans();
  void ask_around(int rounds_left, std::function<void()> done);
  void clear_away();
  [[noreturn]] void refuse_stranger(Address address, const HardwareAddress& at) const;
  void heard_claim(const IpAddress& address, const HardwareAddress& by);
  void suspect(const Suspect& suspect);
  void judge(const Suspect& suspect);
  [[nodiscard]] bool may_say(const Suspect& suspect);

  bool put_on(Address address);
  void say_again_later(Address address);
  void look_again();
  void look_at_own(const std::vector<Addresses::Present>& all);
  void look_at(Address address, const std::vector<Addresses::Present>& all);
  void judge_ability();
  [[nodiscard]] Claim& claim_of(Address address);
  [[nodiscard]] const Claim& claim_of(Address address) const;
  [[nodiscard]] const Interface& interface_of(Address address) const;
  [[nodiscard]] Addresses::Place place_of(Address address) const;
  [[nodiscard]] std::string macvlan_name(Address address) const;
  [[nodiscard]] bool left_behind(Address address, const Addresses::Present& present) const;
  void make_macvlans();
  [[nodiscard]] std::string name_of(Address address) const;

  boost::asio::io_context& loop_;
  Interface interface_;
  PairAddresses pair_;
  std::string prefix_;
  Log& log_;
  Listener listener_;
  Addresses addresses_;
  Links links_;
  std::unique_ptr<ModestInterface> beneath_;
  std::array<std::unique_ptr<Macvlan>, 2> macvlans_;
  Bystanders bystanders_;
  std::unique_ptr<Neighbours> neighbours_;
  LinkWatch watch_;

  bool running_ = false;
  LinkState link_ = LinkState::up;
  bool has_own_ = true;
  bool able_ = true;
  std::array<Claim, 2> claims_{};
  std::uint64_t conflicts_ = 0;
  boost::asio::steady_timer before_start_;
  std::array<boost::asio::steady_timer, 2> again_;  // of each: announce once more
  boost::asio::steady_timer judging_;               // running: there is a suspect
  bool has_suspect_ = false;
  std::array<Said, 2> said_{};
};

}  // namespace understudy::live
