// SPDX-License-Identifier: MIT

#include "understudy/ns3/interface.h"

#include <ns3/net-device.h>
#include <ns3/node.h>

#include "understudy/ns3/address.h"
#include "understudy/ns3/interface_v4.h"
#include "understudy/ns3/interface_v6.h"

namespace ns3 {

NS_OBJECT_ENSURE_REGISTERED(UnderstudyInterface);

TypeId UnderstudyInterface::GetTypeId() {
  static TypeId tid =
      TypeId("ns3::UnderstudyInterface").SetParent<Object>().SetGroupName("Understudy");
  return tid;
}

Ptr<UnderstudyInterface> UnderstudyInterface::Install(Ptr<Node> node, Ptr<NetDevice> device,
                                                      const Home& home) {
  if (IsIpv6(home.address)) return UnderstudyInterfaceV6::Install(node, device, home);
  return UnderstudyInterfaceV4::Install(node, device, home);
}

Ptr<UnderstudyInterface> UnderstudyInterface::Attach(Ptr<NetDevice> device, Family family) {
  if (family == Family::v6) return UnderstudyInterfaceV6::Attach(device);
  return UnderstudyInterfaceV4::Attach(device);
}

void UnderstudyInterface::SetConflictCallback(ConflictCallback conflict) { conflict_ = conflict; }

void UnderstudyInterface::NotifyConflict(const Address& address, Mac48Address rival) {
  if (!conflict_.IsNull()) conflict_(address, rival);
}

void UnderstudyInterface::DoDispose() {
  node_ = nullptr;
  device_ = nullptr;
  conflict_.Nullify();
  Object::DoDispose();
}

}  // namespace ns3
