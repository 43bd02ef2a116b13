// SPDX-License-Identifier: MIT
//
// UnderstudyInterface for IPv4: /32 addresses, gratuitous ARP, ns-3's ARP cache.
#pragma once

#include <cstdint>

#include <ns3/arp-cache.h>
#include <ns3/ipv4-address.h>
#include <ns3/ipv4-l3-protocol.h>
#include <ns3/mac48-address.h>
#include <ns3/net-device.h>

#include "understudy/ns3/interface.h"

namespace ns3 {

class UnderstudyInterfaceV4 : public UnderstudyInterface {
 public:
  static TypeId GetTypeId();

  static Ptr<UnderstudyInterfaceV4> Install(Ptr<Node> node, Ptr<NetDevice> device,
                                            const Home& home);
  static Ptr<UnderstudyInterfaceV4> Attach(Ptr<NetDevice> device);

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
  static Ptr<UnderstudyInterfaceV4> Listen(Ptr<NetDevice> device);
  void Hear(Ptr<NetDevice> device, Ptr<const Packet> packet, uint16_t protocol, const Address& from,
            const Address& to, NetDevice::PacketType type);
  void Learn(Ipv4Address address, Mac48Address holder);

  Ptr<Ipv4L3Protocol> ipv4_;
  Ptr<ArpCache> cache_;
  uint32_t index_ = 0;  // of the interface in ipv4_
};

}  // namespace ns3
