// SPDX-License-Identifier: MIT
//
// UnderstudyInterface for IPv6: /128 addresses, unsolicited Neighbor Advertisements with the
// override flag to all nodes, ns-3's Neighbor Discovery cache.
//
// Unlike ARP, where the second holder answers an announcement, a conflict is heard here by whoever
// hears the other's announcement: both know once both have announced.
#pragma once

#include <cstdint>

#include <ns3/icmpv6-l4-protocol.h>
#include <ns3/ipv6-address.h>
#include <ns3/ipv6-interface.h>
#include <ns3/ipv6-l3-protocol.h>
#include <ns3/net-device.h>

#include "understudy/ns3/interface.h"

namespace ns3 {

class Icmpv6NA;

class UnderstudyInterfaceV6 : public UnderstudyInterface {
 public:
  static TypeId GetTypeId();

  static Ptr<UnderstudyInterfaceV6> Install(Ptr<Node> node, Ptr<NetDevice> device,
                                            const Home& home);
  static Ptr<UnderstudyInterfaceV6> Attach(Ptr<NetDevice> device);

  void PrepareToMoveAddresses() override;
  Address GetOwnAddress() const override;

  void Add(const Address& shared) override;
  void Remove(const Address& shared) override;
  bool Holds(const Address& address) const override;
  void Announce(const Address& address) override;
  void Meet(const Address& neighbour, Mac48Address hardware) override;
  void ForgetNeighbours() override;
  void SetGateway(const Address& gateway) override;
  uint32_t GetIndex() const override;

 protected:
  void DoDispose() override;

 private:
  static Ptr<UnderstudyInterfaceV6> Listen(Ptr<NetDevice> device);
  void Hear(Ptr<NetDevice> device, Ptr<const Packet> packet, uint16_t protocol, const Address& from,
            const Address& to, NetDevice::PacketType type);
  void HearAdvertisement(const Icmpv6NA& advertisement, Mac48Address holder);
  void Learn(Ipv6Address address, Mac48Address holder);
  void SendWaiting(Ipv6Address neighbour);

  Ptr<Ipv6L3Protocol> ipv6_;
  Ptr<Icmpv6L4Protocol> icmp_;
  Ptr<Ipv6Interface> interface_;
  Ipv6Address home_;
  uint32_t index_ = 0;  // of the interface in ipv6_
};

}  // namespace ns3
