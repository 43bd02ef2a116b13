// SPDX-License-Identifier: MIT

#include "understudy/ns3/understudy_helper.h"

#include <array>

#include <ns3/abort.h>

#include "understudy/ns3/address.h"
#include "understudy/ns3/host.h"
#include "understudy/ns3/interface.h"
#include "understudy/ns3/understudy_agent.h"

namespace ns3 {

UnderstudyHelper::UnderstudyHelper(const Address& primary, const Address& monitor) {
  NS_ABORT_MSG_IF(IsIpv6(primary) != IsIpv6(monitor), "both addresses are of one family");
  NS_ABORT_MSG_IF(primary == monitor, "primary and monitor address differ");
  addresses_.primary = primary;
  addresses_.monitor = monitor;
  agents_.SetTypeId(UnderstudyAgent::GetTypeId());
  pairs_.SetTypeId(UnderstudyPair::GetTypeId());
}

void UnderstudyHelper::SetAgentAttribute(const std::string& name, const AttributeValue& value) {
  agents_.Set(name, value);
}

void UnderstudyHelper::SetPairAttribute(const std::string& name, const AttributeValue& value) {
  pairs_.Set(name, value);
}

void UnderstudyHelper::SetWitness(const Address& witness) { addresses_.witness = witness; }

Ptr<UnderstudyPair> UnderstudyHelper::Install(Ptr<NetDevice> first, Ptr<NetDevice> second) const {
  std::array<UnderstudyPair::Server, 2> servers;
  const std::array devices = {first, second};
  for (std::size_t i = 0; i < servers.size(); ++i) {
    servers[i].host = UnderstudyHost::Attach(devices[i], GetFamily());
    servers[i].agent = agents_.Create<UnderstudyAgent>();
    devices[i]->GetNode()->AddApplication(servers[i].agent);
  }
  const Ptr<UnderstudyPair> pair = pairs_.Create<UnderstudyPair>();
  pair->Install(servers, addresses_);
  first->GetNode()->AggregateObject(pair);  // which lives as long as the simulation
  return pair;
}

void UnderstudyHelper::InstallNeighbours(const NetDeviceContainer& devices) const {
  for (auto device = devices.Begin(); device != devices.End(); ++device) {
    const auto host = (*device)->GetNode()->GetObject<UnderstudyHost>();
    if (!host || host->GetNetDevice() != *device) {
      UnderstudyInterface::Attach(*device, GetFamily());
    }
  }
}

UnderstudyInterface::Family UnderstudyHelper::GetFamily() const {
  using Family = UnderstudyInterface::Family;
  return IsIpv6(addresses_.primary) ? Family::v6 : Family::v4;
}

}  // namespace ns3
