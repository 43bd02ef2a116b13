// SPDX-License-Identifier: MIT
#include "understudy/live/macvlan.h"

#include <linux/if_link.h>
#include <linux/ip.h>
#include <net/if.h>
#include <netlink/addr.h>
#include <netlink/cache.h>
#include <netlink/errno.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <utility>

#include <netlink/route/link.h>
#include <netlink/route/link/inet.h>
#include <netlink/route/link/inet6.h>
#include <netlink/route/link/macvlan.h>

#include "understudy/live/cannot_run.h"

namespace understudy::live {
namespace {

struct Putter {
  void operator()(rtnl_link* link) const { rtnl_link_put(link); }
  void operator()(nl_addr* address) const { nl_addr_put(address); }
  void operator()(nl_cache* cache) const { nl_cache_free(cache); }
};
using LinkObject = std::unique_ptr<rtnl_link, Putter>;

LinkObject object_of(const Interface& interface) {
  LinkObject object(rtnl_link_alloc());
  rtnl_link_set_ifindex(object.get(), interface.index);
  return object;
}

std::string text_of(int result) { return result < 0 ? nl_geterror(result) : ""; }

std::string setting_of(int family, const std::string& interface, const std::string& name) {
  return "/proc/sys/net/ipv" + std::to_string(family) + "/conf/" + interface + "/" + name;
}

std::uint32_t read_setting(const std::string& path) {
  std::uint32_t value = 0;
  std::ifstream(path) >> value;
  return value;
}

}  // namespace

// ---- links --------------------------------------------------------------------------------------

void Links::Closer::operator()(nl_sock* socket) const { nl_socket_free(socket); }

Links::Links() : socket_(nl_socket_alloc()) {
  if (!socket_ || nl_connect(socket_.get(), NETLINK_ROUTE) < 0) {
    throw CannotRun("cannot speak netlink to the kernel; run where AF_NETLINK is allowed");
  }
}

std::string Links::make_macvlan(const Interface& made, const Interface& beneath) {
  const LinkObject object(rtnl_link_macvlan_alloc());
  const std::unique_ptr<nl_addr, Putter> hardware(
      nl_addr_build(AF_LLC, made.hardware.data(), made.hardware.size()));
  rtnl_link_set_name(object.get(), made.name.c_str());
  rtnl_link_set_link(object.get(), beneath.index);
  rtnl_link_set_addr(object.get(), hardware.get());
  rtnl_link_macvlan_set_mode(object.get(), MACVLAN_MODE_BRIDGE);
  return text_of(rtnl_link_add(socket_.get(), object.get(), NLM_F_CREATE | NLM_F_EXCL));
}

std::string Links::raise(const Interface& interface) {
  const LinkObject object = object_of(interface);
  const LinkObject changes = object_of(interface);
  rtnl_link_set_flags(changes.get(), IFF_UP);
  return text_of(rtnl_link_change(socket_.get(), object.get(), changes.get(), 0));
}

std::string Links::write_alias(const Interface& interface, const std::string& alias) {
  const LinkObject object = object_of(interface);
  const LinkObject changes = object_of(interface);
  rtnl_link_set_ifalias(changes.get(), alias.c_str());
  return text_of(rtnl_link_change(socket_.get(), object.get(), changes.get(), 0));
}

std::vector<Links::Found> Links::macvlans_on(const Interface& beneath) {
  nl_cache* raw = nullptr;
  if (rtnl_link_alloc_cache(socket_.get(), AF_UNSPEC, &raw) < 0) return {};
  const std::unique_ptr<nl_cache, Putter> cache(raw);
  std::vector<Found> found;
  for (nl_object* each = nl_cache_get_first(raw); each != nullptr; each = nl_cache_get_next(each)) {
    auto* const link = reinterpret_cast<rtnl_link*>(each);
    if (rtnl_link_is_macvlan(link) == 0 || rtnl_link_get_link(link) != beneath.index) continue;
    const char* const alias = rtnl_link_get_ifalias(link);
    found.push_back({.name = rtnl_link_get_name(link), .alias = alias == nullptr ? "" : alias});
  }
  return found;
}

void Links::remove_macvlan(const std::string& name) {
  rtnl_link* found = nullptr;
  if (rtnl_link_get_kernel(socket_.get(), 0, name.c_str(), &found) < 0) return;
  const LinkObject object(found);
  if (rtnl_link_is_macvlan(found) != 0) static_cast<void>(rtnl_link_delete(socket_.get(), found));
}

Links::ArpManners Links::manners_of(const Interface& interface) {
  const auto read = [&](const std::string& name) {
    return read_setting(setting_of(4, interface.name, name));
  };
  return {.ignore = read("arp_ignore"),
          .announce = read("arp_announce"),
          .path_filter = read("rp_filter")};
}

// By netlink, which a daemon may use whose /proc/sys is not to be written.
std::string Links::set_manners(const Interface& interface, const ArpManners& manners) {
  const LinkObject object = object_of(interface);
  const LinkObject changes = object_of(interface);
  for (const auto& [id, value] : {std::pair(IPV4_DEVCONF_ARP_IGNORE, manners.ignore),
                                  std::pair(IPV4_DEVCONF_ARP_ANNOUNCE, manners.announce),
                                  std::pair(IPV4_DEVCONF_RP_FILTER, manners.path_filter)}) {
    rtnl_link_inet_set_conf(changes.get(), static_cast<unsigned>(id), value);
  }
  return text_of(rtnl_link_change(socket_.get(), object.get(), changes.get(), 0));
}

// ---- a macvlan ----------------------------------------------------------------------------------

std::string alias_text(const MacvlanAlias& alias) {
  return "understudyd at " + alias.owner + "; beneath before: arp_ignore " +
         std::to_string(alias.ignore) + " arp_announce " + std::to_string(alias.announce);
}

std::optional<MacvlanAlias> read_alias(const std::string& text) {
  std::istringstream words(text);
  std::string word;
  MacvlanAlias alias;
  words >> word >> word >> alias.owner >> word >> word >> word >> alias.ignore >> word >>
      alias.announce;
  if (words.fail() || alias.owner.empty()) return std::nullopt;
  alias.owner.pop_back();  // the semicolon
  return alias_text(alias) == text ? std::optional(alias) : std::nullopt;
}

Macvlan::Macvlan(const Identity& identity, const Interface& beneath)
    : beneath_(beneath),
      interface_{.name = identity.name, .hardware = identity.hardware},
      alias_(identity.alias) {
  const std::string mistake = make();
  if (mistake.empty()) return;
  throw CannotRun("cannot make the macvlan " + identity.name + " on " + beneath.name + " (" +
                  mistake +
                  "); give the daemon CAP_NET_ADMIN and a kernel with macvlan, or leave "
                  "out addresses.shared_hardware");
}

Macvlan::~Macvlan() { links_.remove_macvlan(interface_.name); }

std::string Macvlan::make() {
  links_.remove_macvlan(interface_.name);
  std::string mistake = links_.make_macvlan(interface_, beneath_);
  if (!mistake.empty()) return mistake;
  interface_.index = static_cast<int>(if_nametoindex(interface_.name.c_str()));
  mistake = links_.write_alias(interface_, alias_);
  if (!mistake.empty()) return mistake;
  // What comes in here leaves by the interface beneath, where the routes are: no wrong way.
  constexpr std::uint32_t loose = 2;
  mistake = links_.set_manners(interface_, {.ignore = 1, .announce = 2, .path_filter = loose});
  if (!mistake.empty()) return mistake;
  // It needs no address but the shared one. A kernel without IPv6 gives it none.
  std::ofstream gen_mode(setting_of(6, interface_.name, "addr_gen_mode"));
  std::ofstream accept_ra(setting_of(6, interface_.name, "accept_ra"));
  gen_mode << 1 << std::flush;
  accept_ra << 0 << std::flush;
  const bool has_v6 = std::ifstream(setting_of(6, interface_.name, "accept_ra")).good();
  undisturbed_ = !has_v6 || (gen_mode.good() && accept_ra.good());
  return links_.raise(interface_);
}

std::string Macvlan::mend() {
  switch (state_of(interface_)) {
    case LinkState::up:
    case LinkState::unplugged: return {};
    case LinkState::down: return links_.raise(interface_);
    case LinkState::gone:
    case LinkState::replaced: break;
  }
  return make();
}

// ---- the interface beneath ----------------------------------------------------------------------

ModestInterface::ModestInterface(const Interface& interface)
    : interface_(interface), before_(Links::manners_of(interface)) {
  for (const Links::Found& found : links_.macvlans_on(interface)) {
    const auto alias = read_alias(found.alias);
    if (!alias) continue;
    before_.ignore = alias->ignore;
    before_.announce = alias->announce;
  }
}

bool ModestInterface::is_needed() {
  return std::ranges::any_of(links_.macvlans_on(interface_), [](const Links::Found& found) {
    return read_alias(found.alias).has_value();
  });
}

std::string ModestInterface::be_modest() {
  return links_.set_manners(interface_, {.ignore = std::max(before_.ignore, 1U),
                                         .announce = std::max(before_.announce, 2U),
                                         .path_filter = before_.path_filter});
}

void ModestInterface::begin() {
  const std::string mistake = be_modest();
  if (mistake.empty()) return;
  throw CannotRun("cannot set arp_ignore and arp_announce of " + interface_.name + " (" + mistake +
                  "); give the daemon CAP_NET_ADMIN, or leave out addresses.shared_hardware");
}

ModestInterface::~ModestInterface() {
  if (is_needed()) return;
  static_cast<void>(links_.set_manners(interface_, before_));
  // Another daemon may have started in between, and been sooner to set them.
  if (is_needed()) static_cast<void>(be_modest());
}

}  // namespace understudy::live
