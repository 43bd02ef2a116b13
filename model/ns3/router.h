// SPDX-License-Identifier: MIT
//
// An IP router with cables to hosts and to other routers, in either address family, and the route
// announcements by which shared addresses move between networks.
//
//     host ──── UnderstudyRouter ──── UnderstudyRouter ──── host      each cable is a subnet
//
// It forwards by the routing table of ns-3's static routing. What is on its cables and behind the
// routers next to it is written there as they are connected. Routes to shared addresses follow the
// announcements, each an advertisement (route_header.h) that somebody holds a shared address:
//
// - a host sends one to its router, and again as often as it announces the address;
// - a router passes on what it hears from a host to all routers next to it, and what it hears from
//   anybody to its other hosts that listen (route_speaker.h): every two routers have to be next to
//   each other;
// - it remembers the holder it has heard of last. If that is another one than before, it changes
//   its host route to lead to whoever told it, RouteDelay later. Of two changes under way the one
//   that was heard of later stays.
//
// Faithful: packets on wires, forwarding hop by hop with a falling TTL, ARP and Neighbor Discovery
// on every cable, the time in which routers disagree. Left out: adjacencies and their timers,
// reliable flooding (an announcement that got lost is made up for by the next), withdrawal and
// ageing of routes, authentication.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include <ns3/address.h>
#include <ns3/callback.h>
#include <ns3/data-rate.h>
#include <ns3/node.h>
#include <ns3/nstime.h>
#include <ns3/object.h>
#include <ns3/ptr.h>
#include <ns3/queue-size.h>
#include <ns3/simple-net-device.h>
#include <ns3/socket.h>

#include "understudy/ns3/host.h"
#include "understudy/ns3/interface.h"
#include "understudy/ns3/link.h"
#include "understudy/ns3/route_header.h"

namespace ns3 {

class UnderstudyRouter : public Object {
 public:
  static TypeId GetTypeId();

  using Home = UnderstudyInterface::Home;

  /// Makes a router of a bare node.
  static Ptr<UnderstudyRouter> Install(Ptr<Node> node);

  /// Runs a cable to a host that has none, on which the router has that address. It becomes the
  /// host's gateway, and its router for announcements if the host has a route speaker.
  void Attach(Ptr<UnderstudyHost> host, const Home& ours);
  /// Runs a cable of no length to a router. Each learns which subnets of hosts the other has:
  /// attach all hosts first.
  void Connect(Ptr<UnderstudyRouter> other, const Home& ours, const Home& theirs);

  /// The device at our end of the cable to a host.
  Ptr<SimpleNetDevice> GetDevice(Ptr<const UnderstudyHost> host) const;
  /// Every cable, or the one to a host, carries nothing; and again does. Who comes back announces
  /// the addresses of the router there.
  enum class CableState : uint8_t { up, down };
  void SetState(CableState state);
  void SetState(Ptr<const UnderstudyHost> host, CableState state);

  /// It has spoken to all its neighbours, and they to it: each knows where the other is.
  void MeetNeighbours();
  /// Knows that route from the start, as if it had been heard and installed. Both are attached.
  void Settle(const Address& shared, const Address& holder);
  /// To whom packets to a shared address are sent by now.
  std::optional<Address> GetHolder(const Address& shared) const;

  /// Whether an advertisement by that holder gets to a host of this router (that one). The router
  /// itself hears what gets to the host attached first, and what its own hosts say. Null: always.
  using FilterCallback = Callback<bool, const Address&, Ptr<const UnderstudyHost>>;
  void SetFilter(FilterCallback filter);

  /// Draws the delay anew for each change; in place of the attribute RouteDelay.
  using DelayCallback = Callback<Time>;
  void SetDelayCallback(DelayCallback delay);

 protected:
  void DoDispose() override;

 private:
  // What is at the other end of a cable.
  struct Neighbour {
    Address address;
    Home ours;
    Ptr<SimpleNetDevice> device;  // at our end
    Ptr<UnderstudyInterface> interface;
    Ptr<UnderstudyHost> host;  // null: a router
    bool speaks = false;
    bool IsHost() const { return host != nullptr; }
  };
  // Of a shared address.
  struct Route {
    Address heard;
    uint32_t latestHeard = 0;  // counts changes
    std::optional<Address> holder;
    uint32_t latestInstalled = 0;
  };

  Neighbour& Plug(const Address& address, const Home& ours);
  void Listen();
  const Neighbour* Find(const Address& address) const;
  void Receive(Ptr<Socket> socket);
  bool PassOn(const UnderstudyRouteHeader& advertisement, const Neighbour& from);
  void Tell(const Neighbour& to, const UnderstudyRouteHeader& advertisement);
  void Hear(const Address& shared, const Address& holder, const Neighbour& from);
  void InstallRoute(Address shared, Address holder, Address nextHop, uint32_t number);
  void SetHostRoute(const Address& shared, const Neighbour& via);
  void AddSubnet(const Home& subnet, const Neighbour& via);
  void SetCable(const Neighbour& neighbour, CableState state);

  Ptr<Node> node_;
  std::vector<Neighbour> neighbours_;
  std::map<Address, Route> routes_;  // by shared address
  Ptr<Socket> socket_;
  FilterCallback filter_;
  DelayCallback delay_;
  DataRate rate_;
  Time cableDelay_;
  Time routeDelay_;
  QueueSize queue_;
};

}  // namespace ns3
