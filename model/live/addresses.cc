// SPDX-License-Identifier: MIT
#include "understudy/live/addresses.h"

#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <netlink/addr.h>
#include <netlink/cache.h>
#include <netlink/errno.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>

#include <netlink/route/addr.h>
#include <netlink/route/neighbour.h>

#include "understudy/live/cannot_run.h"

namespace understudy::live {
namespace {

struct Putter {
  void operator()(rtnl_addr* address) const { rtnl_addr_put(address); }
  void operator()(nl_addr* address) const { nl_addr_put(address); }
  void operator()(nl_cache* cache) const { nl_cache_free(cache); }
};
using AddressObject = std::unique_ptr<rtnl_addr, Putter>;

int whole_length(const IpAddress& address) { return address.is_v4() ? 32 : 128; }

AddressObject describe(const Addresses::Place& place, int prefix_length) {
  const IpAddress& address = place.address;
  std::unique_ptr<nl_addr, Putter> local;
  if (address.is_v4()) {
    auto bytes = address.to_v4().to_bytes();
    local.reset(nl_addr_build(AF_INET, bytes.data(), bytes.size()));
  } else {
    auto bytes = address.to_v6().to_bytes();
    local.reset(nl_addr_build(AF_INET6, bytes.data(), bytes.size()));
  }
  nl_addr_set_prefixlen(local.get(), prefix_length);
  AddressObject object(rtnl_addr_alloc());
  rtnl_addr_set_ifindex(object.get(), place.interface);
  rtnl_addr_set_local(object.get(), local.get());
  return object;
}

std::optional<IpAddress> read_address(nl_addr* address) {
  if (address == nullptr) return std::nullopt;
  const void* const bytes = nl_addr_get_binary_addr(address);
  if (nl_addr_get_family(address) == AF_INET) {
    boost::asio::ip::address_v4::bytes_type v4{};
    std::memcpy(v4.data(), bytes, v4.size());
    return boost::asio::ip::address_v4(v4);
  }
  if (nl_addr_get_family(address) != AF_INET6) return std::nullopt;
  boost::asio::ip::address_v6::bytes_type v6{};
  std::memcpy(v6.data(), bytes, v6.size());
  return boost::asio::ip::address_v6(v6);
}

}  // namespace

void Addresses::Closer::operator()(nl_sock* socket) const { nl_socket_free(socket); }

Addresses::Addresses() : socket_(nl_socket_alloc()) {
  if (!socket_ || nl_connect(socket_.get(), NETLINK_ROUTE) < 0) {
    throw CannotRun("cannot speak netlink to the kernel; run where AF_NETLINK is allowed");
  }
}

std::string Addresses::claim(const Place& place) {
  const AddressObject object = describe(place, whole_length(place.address));
  if (place.address.is_v4()) {
    rtnl_addr_set_flags(object.get(), IFA_F_NOPREFIXROUTE);
  } else {
    // The claim itself finds a rival (announcements, probes); waiting for the kernel's duplicate
    // address detection would be a second of outage.
    rtnl_addr_set_flags(object.get(), IFA_F_NODAD | IFA_F_NOPREFIXROUTE);
    rtnl_addr_set_valid_lifetime(object.get(), UINT32_MAX);
    rtnl_addr_set_preferred_lifetime(object.get(), 0);  // never a source of its own accord
  }
  const int result = rtnl_addr_add(socket_.get(), object.get(), NLM_F_CREATE | NLM_F_REPLACE);
  return result < 0 && result != -NLE_EXIST ? nl_geterror(result) : "";
}

std::string Addresses::release(const Place& place) {
  return remove(place, whole_length(place.address));
}

std::string Addresses::remove(const Present& present) {
  return remove(present.place, present.prefix_length);
}

std::string Addresses::remove(const Place& place, int prefix_length) {
  const AddressObject object = describe(place, prefix_length);
  const int result = rtnl_addr_delete(socket_.get(), object.get(), 0);
  const bool is_gone = result == -NLE_NOADDR || result == -NLE_OBJ_NOTFOUND;
  return result < 0 && !is_gone ? nl_geterror(result) : "";
}

bool Addresses::Present::alone() const { return prefix_length == whole_length(place.address); }

std::vector<Addresses::Present> Addresses::list() {
  nl_cache* raw = nullptr;
  if (rtnl_addr_alloc_cache(socket_.get(), &raw) < 0) {
    throw CannotRun("cannot list the addresses of this machine; run where AF_NETLINK is allowed");
  }
  const std::unique_ptr<nl_cache, Putter> cache(raw);
  std::vector<Present> found;
  for (nl_object* each = nl_cache_get_first(raw); each != nullptr; each = nl_cache_get_next(each)) {
    auto* const object = reinterpret_cast<rtnl_addr*>(each);
    const auto address = read_address(rtnl_addr_get_local(object));
    if (!address) continue;
    found.push_back({.place = {.address = *address, .interface = rtnl_addr_get_ifindex(object)},
                     .prefix_length = rtnl_addr_get_prefixlen(object),
                     .refused = (rtnl_addr_get_flags(object) & IFA_F_DADFAILED) != 0});
  }
  return found;
}

void Addresses::drop_searches(int interface) {
  nl_cache* raw = nullptr;
  if (rtnl_neigh_alloc_cache(socket_.get(), &raw) < 0) return;  // then they take their second
  const std::unique_ptr<nl_cache, Putter> cache(raw);
  for (nl_object* each = nl_cache_get_first(cache.get()); each != nullptr;
       each = nl_cache_get_next(each)) {
    auto* const neighbour = reinterpret_cast<rtnl_neigh*>(each);
    if (rtnl_neigh_get_ifindex(neighbour) != interface) continue;
    if ((rtnl_neigh_get_state(neighbour) & NUD_INCOMPLETE) == 0) continue;
    rtnl_neigh_delete(socket_.get(), neighbour, 0);
  }
}

}  // namespace understudy::live
