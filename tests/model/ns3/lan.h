// SPDX-License-Identifier: MIT
//
// A LAN for tests: some hosts on one switch, in either address family.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <ns3/address.h>
#include <ns3/ipv4-address.h>
#include <ns3/ipv6-address.h>
#include <ns3/node.h>
#include <ns3/nstime.h>
#include <ns3/simple-net-device.h>
#include <ns3/simulator.h>

#include "understudy/ns3/host.h"
#include "understudy/ns3/link.h"
#include "understudy/ns3/simulation.h"
#include "understudy/ns3/switch.h"

namespace understudy::ns3_tests {

enum class Family : std::uint8_t { v4, v6 };

inline std::string name_of(const testing::TestParamInfo<Family>& info) {
  return info.param == Family::v4 ? "v4" : "v6";
}

inline ns3::Address address_of(Family family, std::size_t number) {
  const std::string last = std::to_string(number);
  if (family == Family::v4) return ns3::Ipv4Address(("10.0.0." + last).c_str());
  return ns3::Ipv6Address(("2001:db8::" + last).c_str());
}

struct Lan {
  explicit Lan(Family family_of_all, std::size_t count = 3)
      : family(family_of_all),
        network(ns3::UnderstudySwitch::Install(ns3::CreateObject<ns3::Node>())),
        primary(address_of(family, 100)),
        monitor(address_of(family, 101)) {
    for (std::size_t i = 0; i < count; ++i) add_host();
  }

  ns3::Ptr<ns3::UnderstudyHost> add_host() {
    const auto prefix = static_cast<std::uint8_t>(family == Family::v4 ? 24 : 64);
    const ns3::Ptr<ns3::UnderstudyHost> host = ns3::UnderstudyHost::Install(
        ns3::CreateObject<ns3::Node>(), {address_of(family, hosts.size() + 1), prefix});
    network->Attach(host->GetDevice());
    hosts.push_back(host);
    return host;
  }

  ns3::Ptr<ns3::UnderstudyLink> link_of(std::size_t host) const {
    return network->GetLink(static_cast<std::uint32_t>(host));
  }

  ns3::UnderstudySimulation simulation{{}};
  Family family;
  ns3::Ptr<ns3::UnderstudySwitch> network;
  ns3::Address primary;
  ns3::Address monitor;
  std::vector<ns3::Ptr<ns3::UnderstudyHost>> hosts;  // 0 and 1 are the pair, 2 is a client
};

// Something to happen at an instant.
template <typename Action>
void at(ns3::Time time, Action action) {
  ns3::Simulator::Schedule(time - ns3::Simulator::Now(), action);
}

inline void run_until(ns3::Time time) {
  ns3::Simulator::Stop(time - ns3::Simulator::Now());
  ns3::Simulator::Run();
}

}  // namespace understudy::ns3_tests
