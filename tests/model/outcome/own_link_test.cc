// SPDX-License-Identifier: MIT
#include "understudy/outcome/own_link.h"

#include <gtest/gtest.h>

#include <array>
#include <optional>

#include "understudy/scenario/topologies.h"
#include "understudy/scenario/words.h"

namespace understudy {
namespace {

constexpr Holders first_is_primary{.primary = ServerId::first, .monitor = ServerId::second};

// A network with one fault at most, which strikes at once.
class Network {
 public:
  Network(TopologyKind kind, FaultKind fault, FaultTarget target) : struck_(2) {
    become(scenario_.topology, kind);
    scenario_.faults = {Fault{.kind = fault, .target = target}, Fault{.kind = fault}};
    if (kind == TopologyKind::dual_switch) bonds_.emplace();
    begin(0);
  }

  void begin(std::size_t number) {
    const Struck struck =
        struck_.begin(scenario_, number, first_is_primary, [](auto...) { return true; });
    if (bonds_) bonds_->begin(number, scenario_.faults[number], struck.hosts);
  }
  void end(std::size_t number) {
    struck_.end(number);
    if (bonds_) bonds_->end(number);
  }
  void then(FaultTarget target) {
    scenario_.faults[1].target = target;
    begin(1);
  }
  DualSwitch& bonds() { return *bonds_; }
  [[nodiscard]] bool linked(Host host) const {
    return own_link(host, scenario_, struck_, bonds_ ? &*bonds_ : nullptr) == OwnLink::up;
  }

 private:
  Scenario scenario_;
  StruckFaults struck_;
  std::optional<DualSwitch> bonds_;
};

constexpr std::array of_single_cables = {TopologyKind::lan, TopologyKind::wan,
                                         TopologyKind::routed};

TEST(OwnLink, IsDownWhileTheServersCableIsOut) {
  for (const TopologyKind kind : of_single_cables) {
    Network network(kind, FaultKind::link_down, FaultTarget::monitor);
    EXPECT_FALSE(network.linked(Host::second)) << to_text(kind);
    EXPECT_TRUE(network.linked(Host::first)) << to_text(kind);
    network.end(0);
    EXPECT_TRUE(network.linked(Host::second)) << to_text(kind);
  }
}

TEST(OwnLink, IsDownUntilTheLastOfItsFaultsIsOver) {
  Network network(TopologyKind::lan, FaultKind::link_down, FaultTarget::second);
  network.then(FaultTarget::pair);
  network.end(0);
  EXPECT_FALSE(network.linked(Host::second));
  network.end(1);
  EXPECT_TRUE(network.linked(Host::second));
}

TEST(OwnLink, IsDownWithWhatItHangsOn) {
  for (const TopologyKind kind : of_single_cables) {
    const Network network(kind, FaultKind::switch_failure, FaultTarget::network);
    EXPECT_FALSE(network.linked(Host::first)) << to_text(kind);
    EXPECT_FALSE(network.linked(Host::second)) << to_text(kind);
  }
  const Network site(TopologyKind::wan, FaultKind::switch_failure, FaultTarget::switch_b);
  EXPECT_TRUE(site.linked(Host::first));
  EXPECT_FALSE(site.linked(Host::second));
}

TEST(OwnLink, DoesNotShowWhatLiesFartherOff) {
  const Network tunnel(TopologyKind::wan, FaultKind::link_down, FaultTarget::wan);
  EXPECT_TRUE(tunnel.linked(Host::first));
  EXPECT_TRUE(tunnel.linked(Host::second));
  const Network client(TopologyKind::lan, FaultKind::link_down, FaultTarget::client);
  EXPECT_TRUE(client.linked(Host::first));
  for (const FaultKind kind :
       {FaultKind::partition, FaultKind::loss, FaultKind::delay, FaultKind::congestion}) {
    const Network network(TopologyKind::lan, kind, FaultTarget::network);
    EXPECT_TRUE(network.linked(Host::second)) << to_text(kind);
  }
}

TEST(OwnLink, OfABondIsDownOnlyWhileBothPortsAre) {
  Network network(TopologyKind::dual_switch, FaultKind::switch_failure, FaultTarget::switch_a);
  EXPECT_TRUE(network.linked(Host::second));
  network.then(FaultTarget::switch_b);
  EXPECT_FALSE(network.linked(Host::second));
  network.end(0);
  EXPECT_TRUE(network.linked(Host::second)) << "before its bond has gone over";
}

TEST(OwnLink, OfABondLosesACableAtATime) {
  Network network(TopologyKind::dual_switch, FaultKind::link_down, FaultTarget::second);
  EXPECT_TRUE(network.linked(Host::second));
  network.bonds().use(Host::second, Port::b);
  network.then(FaultTarget::second);
  EXPECT_FALSE(network.linked(Host::second));
  EXPECT_TRUE(network.linked(Host::first));
}

TEST(OwnLink, DoesNotShowTheUplink) {
  const Network network(TopologyKind::dual_switch, FaultKind::link_down, FaultTarget::uplink);
  EXPECT_TRUE(network.linked(Host::first));
  EXPECT_TRUE(network.linked(Host::second));
}

}  // namespace
}  // namespace understudy
