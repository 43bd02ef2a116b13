// SPDX-License-Identifier: MIT
//
// Puts a pair into a topology of one's own: two nodes of any make, with their stack and an address
// on a common subnet.
//
//   UnderstudyHelper helper(Ipv4Address("10.1.1.100"), Ipv4Address("10.1.1.101"));
//   helper.SetAgentAttribute("PingInterval", TimeValue(MilliSeconds(50)));
//   helper.SetPairAttribute("BootTime",
//                           StringValue("ns3::UniformRandomVariable[Min=8|Max=12]"));
//   Ptr<UnderstudyPair> pair = helper.Install(lan.Get(0), lan.Get(1));
//   helper.InstallNeighbours(lan);
//   pair->GetApplications().Start(Seconds(1));
//   Simulator::Schedule(Seconds(30), &UnderstudyPair::CrashPrimary, pair);
//
// What is needed:
// - Primary and monitor address lie in the subnet and are nobody's; both servers reach each other
// on
//   it without a router.
// - Whoever talks to the shared addresses on that subnet, routers included, has to notice that they
//   move. ns-3's ARP does not, and would send to a dead server for 120 s: InstallNeighbours. With
//   IPv6 ns-3's own neighbours do.
// - Devices that can be cut off (node_gate.h) and have 48-bit addresses: CSMA, Simple, Wi-Fi. (On
//   802.11n and later an access point of ns-3 3.37 holds up its other stations for seconds while
//   one with a block acknowledgement agreement has vanished; 802.11a has no such thing.)
//   Point-to-point links know no neighbours, so they suit routers, and further interfaces of the
//   servers, but not the shared addresses.
//
// What changes on the servers: they forward no packets, and with IPv6 detect no duplicate
// addresses. What does not: ns-3 delays each first ARP request or neighbour solicitation by up to
// 10 ms (RequestJitter, SolicitationJitter), so leave the first ping more time than that. Captures
// are those of the devices: EnablePcap of their helpers.
#pragma once

#include <cstdint>
#include <string>

#include <ns3/address.h>
#include <ns3/attribute.h>
#include <ns3/net-device-container.h>
#include <ns3/net-device.h>
#include <ns3/object-factory.h>
#include <ns3/ptr.h>

#include "understudy/ns3/understudy_pair.h"

namespace ns3 {

class UnderstudyHelper {
 public:
  /// Both of one family, which is the pair's.
  UnderstudyHelper(const Address& primary, const Address& monitor);

  /// Of ns3::UnderstudyAgent: the pair's parameters, the same on both servers.
  void SetAgentAttribute(const std::string& name, const AttributeValue& value);
  /// Of ns3::UnderstudyPair: boot time, power, memory.
  void SetPairAttribute(const std::string& name, const AttributeValue& value);
  /// An address that should always answer; asked if the agents' attribute Witness is on.
  void SetWitness(const Address& witness);

  /// Makes servers of the nodes of these devices. One pair a node.
  Ptr<UnderstudyPair> Install(Ptr<NetDevice> first, Ptr<NetDevice> second) const;

  /// Lets the nodes of these devices notice that an address has moved. Servers do by themselves and
  /// are passed over. Unnecessary, but harmless, with IPv6.
  void InstallNeighbours(const NetDeviceContainer& devices) const;

 private:
  UnderstudyInterface::Family GetFamily() const;

  UnderstudyAgent::Addresses addresses_;
  ObjectFactory agents_;
  ObjectFactory pairs_;
};

}  // namespace ns3
