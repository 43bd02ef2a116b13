// SPDX-License-Identifier: MIT
#include "understudy/live/shared_addresses.h"

#include <net/if.h>

#include <algorithm>
#include <fstream>
#include <utility>

#include <boost/asio/post.hpp>

#include "understudy/live/boot_clock.h"
#include "understudy/live/cannot_run.h"

namespace understudy::live {
namespace {

// Beyond the second in which Linux neighbours ignore a further change of an entry (`locktime`).
constexpr Duration past_locktime = std::chrono::milliseconds(1100);
// An answer within a link takes less.
constexpr Duration probe_wait = std::chrono::milliseconds(200);
// As often again in doubt: the answer that would clear somebody up may have been lost, and the
// other server's sealed word comes with its announcements only.
constexpr int rounds_of_doubt = 5;
// A machine that goes on claiming an address is spoken of now and then, and a crowd of them one at
// a time.
constexpr Duration same_again = std::chrono::minutes(1);
constexpr Duration another = std::chrono::seconds(1);

constexpr std::array both = {Address::primary, Address::monitor};

std::size_t slot(Address address) { return static_cast<std::size_t>(address); }

std::string_view state_text(LinkState state) {
  switch (state) {
    case LinkState::up: return "is up again";
    case LinkState::unplugged: return "has no carrier; look at its cable and its switch";
    case LinkState::down: return "was taken down; bring it up again";
    case LinkState::gone: return "is gone; bring it back";
    case LinkState::replaced: return "was replaced";
  }
  return "?";
}

}  // namespace

SharedAddresses::SharedAddresses(boost::asio::io_context& loop, const Settings& settings, Log& log,
                                 Listener listener)
    : loop_(loop),
      interface_(settings.interface),
      pair_(settings.addresses),
      prefix_(settings.prefix),
      log_(log),
      listener_(std::move(listener)),
      bystanders_(pair_),
      neighbours_((check_interface(), check_addresses(), check_macvlans(),
                   make_neighbours(loop, interface_, pair_.server,
                                   [this](const IpAddress& address, const HardwareAddress& by) {
                                     heard_claim(address, by);
                                   }))),
      watch_(loop, [this] { look_again(); }),
      before_start_(loop),
      again_{boost::asio::steady_timer(loop), boost::asio::steady_timer(loop)},
      judging_(loop) {}

SharedAddresses::Claim& SharedAddresses::claim_of(Address address) {
  return claims_[slot(address)];
}
const SharedAddresses::Claim& SharedAddresses::claim_of(Address address) const {
  return claims_[slot(address)];
}

const Interface& SharedAddresses::interface_of(Address address) const {
  const auto& macvlan = macvlans_[slot(address)];
  return macvlan ? macvlan->interface() : interface_;
}

std::string SharedAddresses::macvlan_name(Address address) const {
  return prefix_ + (address == Address::primary ? "p" : "m");
}

Addresses::Place SharedAddresses::place_of(Address address) const {
  return {.address = pair_.of(address), .interface = interface_of(address).index};
}

std::string SharedAddresses::name_of(Address address) const {
  return std::string(to_text(address)) + " address (" + pair_.of(address).to_string() + ")";
}

bool SharedAddresses::holds(Address address) const { return claim_of(address).there; }

// ---- before it starts ---------------------------------------------------------------------------

// What stands in the way is better said before the first probe than found out at a failover.
void SharedAddresses::check_interface() const {
  if (pair_.server.is_v6()) {
    std::ifstream file("/proc/sys/net/ipv6/conf/" + interface_.name + "/disable_ipv6");
    if (!file) {
      throw CannotRun(
          "this kernel has no IPv6; boot it without ipv6.disable=1, or write IPv4 addresses under "
          "[addresses]");
    }
    int switched_off = 0;
    if (file >> switched_off && switched_off != 0) {
      throw CannotRun("IPv6 is switched off on " + interface_.name + "; switch it on (sysctl net." +
                      "ipv6.conf." + interface_.name + ".disable_ipv6=0), or write IPv4 addresses");
    }
  }
  if (state_of(interface_) == LinkState::down) {
    throw CannotRun("interface " + interface_.name + " is down; type `ip link set dev " +
                    interface_.name + " up`, or have the machine's set-up do it");
  }
}

void SharedAddresses::check_addresses() {
  bool has_own = false;
  for (const auto& present : addresses_.list()) {
    const std::string text = present.place.address.to_string();
    const bool here = present.place.interface == interface_.index;
    if (present.place.address == pair_.server && here) {
      has_own = true;
      if (present.refused) {
        throw CannotRun("addresses.server (" + text +
                        ") is used by another machine too; give one of them another address");
      }
    }
    for (const Address shared : both) {
      if (present.place.address != pair_.of(shared) || left_behind(shared, present)) continue;
      throw CannotRun("this machine already has addresses." + std::string(to_text(shared)) + " (" +
                      text + "/" + std::to_string(present.prefix_length) +
                      "); remove it from the machine's own set-up, the daemon brings it");
    }
  }
  if (has_own) return;
  throw CannotRun("interface " + interface_.name + " does not have addresses.server (" +
                  pair_.server.to_string() +
                  "); add it to the machine's own set-up, or name the right one");
}

// An earlier life may have ended without a word.
bool SharedAddresses::left_behind(Address address, const Addresses::Present& present) const {
  const auto macvlan = static_cast<int>(if_nametoindex(macvlan_name(address).c_str()));
  return present.alone() &&
         (present.place.interface == interface_.index || present.place.interface == macvlan);
}

// Two pairs on one interface may have been given one port.
void SharedAddresses::check_macvlans() {
  for (const Links::Found& found : links_.macvlans_on(interface_)) {
    const bool has_our_name = found.name == macvlan_name(Address::primary) ||
                              found.name == macvlan_name(Address::monitor);
    const auto alias = read_alias(found.alias);
    if (!has_our_name || !alias || alias->owner == pair_.server.to_string()) continue;
    throw CannotRun("the macvlan " + found.name + " is of another pair, whose server is " +
                    alias->owner + "; give one of the two pairs another daemon.port");
  }
}

void SharedAddresses::make_macvlans() {
  beneath_ = std::make_unique<ModestInterface>(interface_);
  const std::string alias = alias_text(MacvlanAlias{.owner = pair_.server.to_string(),
                                                    .ignore = beneath_->before().ignore,
                                                    .announce = beneath_->before().announce});
  for (const Address address : both) {
    auto& macvlan = macvlans_[slot(address)];
    macvlan =
        std::make_unique<Macvlan>(Macvlan::Identity{.name = macvlan_name(address),
                                                    .hardware = pair_.shared_hardware->of(address),
                                                    .alias = alias},
                                  interface_);
    if (address != Address::primary || macvlan->undisturbed()) continue;
    log_.say(Priority::warning, "cannot keep router advertisements from " +
                                    macvlan->interface().name +
                                    "; let the daemon write to /proc/sys/net/ipv6/conf");
  }
  beneath_->begin();
}

void SharedAddresses::look_around(std::function<void()> done) {
  ask_around(rounds_of_doubt, std::move(done));
}

// What an earlier life left.
void SharedAddresses::clear_away() {
  std::optional<ModestInterface> beneath;  // at its end, without them, it is as it was before them
  if (std::ranges::any_of(both, [this](Address address) {
        return if_nametoindex(macvlan_name(address).c_str()) != 0;
      })) {
    beneath.emplace(interface_);
  }
  for (const Address address : both) {
    links_.remove_macvlan(macvlan_name(address));
    release(address);
  }
}

void SharedAddresses::ask_around(int rounds_left, std::function<void()> done) {
  bystanders_.forget_holders();
  for (const IpAddress& address : {pair_.server, pair_.peer, pair_.primary, pair_.monitor}) {
    neighbours_->probe(address);
  }
  before_start_.expires_after(probe_wait);
  before_start_.async_wait([this, rounds_left, done = std::move(done)](const auto& error) {
    if (error) return;
    for (const Address address : both) {
      const auto stranger = bystanders_.stranger_at(address);
      if (!stranger) continue;
      if (rounds_left == 0) {
        clear_away();
        refuse_stranger(address, *stranger);
      }
      return ask_around(rounds_left - 1, done);
    }
    clear_away();
    if (pair_.shared_hardware) make_macvlans();
    running_ = true;
    look_again();
    done();
  });
}

void SharedAddresses::refuse_stranger(Address address, const HardwareAddress& at) const {
  throw CannotRun("addresses." + std::string(to_text(address)) + " (" +
                  pair_.of(address).to_string() + ") is used by " + hardware_text(at) +
                  ", which is not the other server; take it off that machine, or choose another "
                  "address for the pair");
}

void SharedAddresses::leave() {
  running_ = false;
  before_start_.cancel();
  judging_.cancel();
  for (const Address address : both) release(address);
  macvlans_ = {};
  beneath_.reset();
}

// ---- who else is there --------------------------------------------------------------------------

void SharedAddresses::heard_claim(const IpAddress& address, const HardwareAddress& by) {
  bystanders_.heard(address, by);
  if (address == pair_.server && !running_) {
    clear_away();
    throw CannotRun("addresses.server (" + address.to_string() + ") is used by another machine, " +
                    hardware_text(by) + "; give one of them another address");
  }
  if (!running_) return;
  for (const Address shared : both) {
    if (pair_.of(shared) != address) continue;
    const bool held = holds(shared);
    if (held || bystanders_.strange(shared, by)) suspect({.address = shared, .at = by});
    if (!held) continue;
    ++conflicts_;
    listener_.contested(shared);
  }
}

// One at a time: a link full of liars gets no more out of this server than a question, an
// announcement and a line of its journal now and then.
void SharedAddresses::suspect(const Suspect& suspect) {
  if (std::exchange(has_suspect_, true)) return;
  neighbours_->probe(pair_.peer);
  judging_.expires_after(probe_wait);
  judging_.async_wait([this, suspect](const boost::system::error_code& error) {
    has_suspect_ = false;
    if (!error) judge(suspect);
  });
}

void SharedAddresses::judge(const Suspect& suspect) {
  const auto& [address, at] = suspect;
  const bool held = holds(address);
  const bool strange = bystanders_.strange(address, at);
  if (!held && !strange) return;
  if (held && strange) {
    // Neighbours may believe the stranger by now. They hear this the second time at the latest.
    announce(address);
    say_again_later(address);
  }
  if (!may_say(suspect)) return;
  log_.say(Priority::warning, strange
                                  ? "hears a stranger, " + hardware_text(at) + ", claim the " +
                                        name_of(address) + (held ? " and goes on holding it" : "") +
                                        "; take the address off that machine"
                                  : "hears the other server, " + hardware_text(at) +
                                        ", claim the " + name_of(address) + " too");
}

bool SharedAddresses::may_say(const Suspect& suspect) {
  Said& said = said_[slot(suspect.address)];
  const Time now = boot_now();
  const bool first = said.at == never;
  if (!first && now - said.at < (said.of == suspect.at ? same_again : another)) return false;
  said = {.of = suspect.at, .at = now};
  return true;
}

// ---- what the agent wants -----------------------------------------------------------------------

bool SharedAddresses::put_on(Address address) {
  Claim& claim = claim_of(address);
  std::string mistake;
  if (auto& macvlan = macvlans_[slot(address)]) mistake = macvlan->mend();
  if (mistake.empty()) mistake = addresses_.claim(place_of(address));
  claim.there = mistake.empty();
  if (!claim.there && !claim.complained) {
    log_.say(Priority::error, "cannot put the " + name_of(address) + " on " +
                                  interface_of(address).name + ": " + mistake + "; trying again");
  }
  claim.complained = !claim.there;
  judge_ability();
  return claim.there;
}

void SharedAddresses::claim(Address address) {
  claim_of(address).wanted = true;
  if (holds(address) || !put_on(address)) return;
  // First claim, then ask: a rival's kernel answers, and the agents settle who stays.
  neighbours_->probe(pair_.of(address));
  say_again_later(address);
}

void SharedAddresses::say_again_later(Address address) {
  auto& timer = again_[slot(address)];
  timer.expires_after(past_locktime);
  timer.async_wait([this, address](const boost::system::error_code& error) {
    if (error || !holds(address)) return;
    neighbours_->announce(pair_.of(address), interface_of(address));
    neighbours_->probe(pair_.of(address));
  });
}

void SharedAddresses::release(Address address) {
  claim_of(address) = {};
  again_[slot(address)].cancel();
  judge_ability();
  const std::string mistake = addresses_.release(place_of(address));
  if (mistake.empty()) return;
  log_.say(Priority::error, "cannot take the " + name_of(address) + " off " +
                                interface_of(address).name + ": " + mistake);
}

void SharedAddresses::announce(Address address) {
  if (!claim_of(address).wanted) return;
  if (!holds(address) && !put_on(address)) return;
  neighbours_->announce(pair_.of(address), interface_of(address));
}

// ---- what others do to the interface ------------------------------------------------------------

void SharedAddresses::look_again() {
  if (!running_) return;
  look_at_link();
  const auto all = addresses_.list();
  look_at_own(all);
  for (const Address address : both) look_at(address, all);
  judge_ability();
}

void SharedAddresses::look_at_link() {
  const LinkState before = std::exchange(link_, state_of(interface_));
  if (link_ == before) return;
  if (link_ == LinkState::replaced) {
    throw CannotRun("interface " + interface_.name +
                    " was replaced by another of that name; start understudyd again, as systemd "
                    "does by itself");
  }
  log_.say(link_ == LinkState::up ? Priority::notice : Priority::error,
           "interface " + interface_.name + " " + std::string(state_text(link_)));
  listener_.link_changed();
  if (link_ != LinkState::up) return;
  // What it asked for while nothing came or went it would go on asking for once a second only, and
  // the monitor's pings had no answer for so long.
  addresses_.drop_searches(interface_.index);
  // Switches and neighbours may have learned otherwise meanwhile.
  for (const Address address : both) {
    if (!holds(address)) continue;
    announce(address);
    say_again_later(address);
  }
}

// The server's own address is the machine's to bring.
void SharedAddresses::look_at_own(const std::vector<Addresses::Present>& all) {
  const bool has_own = std::ranges::any_of(all, [&](const auto& present) {
    return present.place == Addresses::Place{pair_.server, interface_.index};
  });
  if (std::exchange(has_own_, has_own) == has_own) return;
  const std::string what = "addresses.server (" + pair_.server.to_string() + ")";
  log_.say(has_own ? Priority::notice : Priority::error,
           has_own ? what + " is back on " + interface_.name
                   : what + " was taken off " + interface_.name +
                         "; put it back, this server hears nothing without it");
}

void SharedAddresses::look_at(Address address, const std::vector<Addresses::Present>& all) {
  Claim& claim = claim_of(address);
  bool there = false;
  for (const auto& present : all) {
    if (present.place.address != pair_.of(address)) continue;
    there = there || (present.place == place_of(address) && present.alone());
    if (claim.wanted) continue;
    const std::string mistake = addresses_.remove(present);
    log_.say(Priority::warning,
             "somebody put the " + name_of(address) + " on this server, which does not hold it; " +
                 (mistake.empty() ? "took it off" : "cannot take it off: " + mistake));
  }
  if (!claim.wanted || there || !std::exchange(claim.there, false)) return;
  if (!put_on(address)) return;
  log_.say(Priority::warning, "somebody took the " + name_of(address) + " off " +
                                  interface_of(address).name + "; put it back");
  announce(address);
  say_again_later(address);
}

// A cable without a carrier is no inability: the kernel may be a second late to say that it has
// one.
void SharedAddresses::judge_ability() {
  const bool usable = link_ == LinkState::up || link_ == LinkState::unplugged;
  const bool able = std::ranges::all_of(
      claims_, [usable](const Claim& claim) { return !claim.wanted || (claim.there && usable); });
  if (std::exchange(able_, able) == able) return;
  // Not from here: the agent may be in the middle of something.
  boost::asio::post(loop_, [this] { listener_.ability_changed(); });
}

}  // namespace understudy::live
