// SPDX-License-Identifier: MIT

#include "understudy/ns3/interface.h"

#include <ns3/node.h>
#include <ns3/simple-net-device.h>

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

Ptr<UnderstudyInterface> UnderstudyInterface::Install(Ptr<Node> node, Ptr<SimpleNetDevice> device,
                                                      const Home& home) {
  if (IsIpv6(home.address)) return UnderstudyInterfaceV6::Install(node, device, home);
  return UnderstudyInterfaceV4::Install(node, device, home);
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
