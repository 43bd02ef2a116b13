// SPDX-License-Identifier: MIT
//
// A network interface in one address family, a host's only one or one of a router: its addresses,
// and what it says to its neighbours and hears from them about who holds which address.
//
// An announcement says "this address is here": a gratuitous ARP request in IPv4, an unsolicited
// Neighbor Advertisement in IPv6. ns-3 3.37 sends neither and its ARP ignores the first, so that a
// neighbour stays with a dead holder for 120 s. Here a second handler beside ns-3's own hears
// them:
//
// - about an address of this host: somebody else holds it too, a conflict;
// - about any other: this is its hardware address from now on. An entry that was given up is
//   revived, what waited for it is sent, and one that did not exist is made.
//
// Faithful: what is on the wire, and that the next packet after an announcement goes to the new
// holder. Left out: IPv4 conflict probing (RFC 5227) and Duplicate Address Detection (RFC 4862) of
// a claim: both wait a second or more before the address may be used, and the pair's own rules say
// who yields. RFC 4861 would mark an entry that an unsolicited advertisement changed as stale and
// probe it five seconds later; here it counts as reachable.
#pragma once

#include <cstdint>

#include <ns3/address.h>
#include <ns3/callback.h>
#include <ns3/mac48-address.h>
#include <ns3/net-device.h>
#include <ns3/node.h>
#include <ns3/object.h>
#include <ns3/ptr.h>

namespace ns3 {

class UnderstudyInterface : public Object {
 public:
  static TypeId GetTypeId();

  /// An address of this host that somebody else holds as well, and whose hardware says so.
  using ConflictCallback = Callback<void, const Address&, Mac48Address>;

  /// The host's own address, in its subnet. Installs the stack of its family on the node.
  struct Home {
    Address address;
    uint8_t prefixLength = 24;
  };
  static Ptr<UnderstudyInterface> Install(Ptr<Node> node, Ptr<NetDevice> device, const Home& home);

  enum class Family : uint8_t { v4, v6 };
  /// Listens beside a stack that is on the node already and runs over this device, of whatever
  /// make with 48-bit addresses. It lives as long as the node.
  static Ptr<UnderstudyInterface> Attach(Ptr<NetDevice> device, Family family);

  /// Sets a stack that somebody else installed so that addresses can move to and from it: no
  /// forwarding, or a former holder hides every announcement that went missing, and no Duplicate
  /// Address Detection.
  virtual void PrepareToMoveAddresses() = 0;

  /// The address by which the host is known here: the first that is not for this link only.
  virtual Address GetOwnAddress() const = 0;

  /// Starts and stops to answer for an address, besides the host's own. Shared addresses are /32
  /// and /128: ns-3 never chooses them as the source of what the host sends by itself, and giving
  /// one up takes no route with it.
  virtual void Add(const Address& shared) = 0;
  virtual void Remove(const Address& shared) = 0;
  virtual bool Holds(const Address& address) const = 0;

  /// Tells the neighbours that `address` is here.
  virtual void Announce(const Address& address) = 0;

  /// Knows where a neighbour is, as if it had said so just now.
  virtual void Meet(const Address& neighbour, Mac48Address hardware) = 0;
  /// Forgets all neighbours, and what waits for them.
  virtual void ForgetNeighbours() = 0;

  /// The way to all other networks.
  virtual void SetGateway(const Address& gateway) = 0;

  /// Its number in the IP stack of its node.
  virtual uint32_t GetIndex() const = 0;

  void SetConflictCallback(ConflictCallback conflict);

 protected:
  void DoDispose() override;

  void NotifyConflict(const Address& address, Mac48Address rival);

  Ptr<Node> node_;
  Ptr<NetDevice> device_;

 private:
  ConflictCallback conflict_;
};

}  // namespace ns3
