// SPDX-License-Identifier: MIT
//
// What of a dual-switch works and which way packets go: the cables, the switches, the uplink, and
// the port that each host's bond uses (topologies.h has the picture and the rules). A value that is
// told of faults and of bonds that went over; whoever has a network without packets, or measures
// one that had them, asks it who can reach whom.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "understudy/scenario/faults.h"
#include "understudy/scenario/links.h"
#include "understudy/scenario/scenario.h"

namespace understudy {

// A host's port to switch A, to switch B.
enum class Port : std::uint8_t { a, b };
inline constexpr std::array both_ports = {Port::a, Port::b};
[[nodiscard]] constexpr Port other(Port port) { return port == Port::a ? Port::b : Port::a; }

class DualSwitch {
 public:
  // Whether a fault of this kind is one of its cables and switches.
  [[nodiscard]] static constexpr bool concerns(FaultKind kind) {
    return kind == FaultKind::link_down || kind == FaultKind::switch_failure;
  }
  // Such a fault has struck: a host, at the port that it uses now.
  void begin(std::size_t number, const Fault& fault, HostSet hosts);
  void end(std::size_t number);

  [[nodiscard]] bool carrier(Host host, Port port) const {
    return !broken_.at(port) && !broken_.cables_at(port).has(host);
  }
  [[nodiscard]] bool switch_works(Port port) const { return !broken_.at(port); }
  // With a carrier at both its ends.
  [[nodiscard]] bool uplink_works() const {
    return !broken_.uplink && !broken_.at(Port::a) && !broken_.at(Port::b);
  }

  [[nodiscard]] Port in_use(Host host) const { return on_b_.has(host) ? Port::b : Port::a; }
  // The port that a host goes over to if it looks now; none: it stays.
  [[nodiscard]] std::optional<Port> better(Host host) const;
  void use(Host host, Port port);

  // Whether frames get from one to the other.
  [[nodiscard]] bool connected(Host from, Host to) const;

  bool operator==(const DualSwitch&) const = default;

 private:
  struct Broken {
    std::array<HostSet, 2> cables{};  // by port
    std::array<bool, 2> switches{};
    bool uplink = false;
    [[nodiscard]] bool at(Port port) const { return switches[static_cast<std::size_t>(port)]; }
    [[nodiscard]] HostSet cables_at(Port port) const {
      return cables[static_cast<std::size_t>(port)];
    }
    bool operator==(const Broken&) const = default;
  };
  struct Active {
    std::size_t number = 0;
    Broken broken;
    bool operator==(const Active&) const = default;
  };
  void sum_up();

  std::vector<Active> active_;
  Broken broken_;  // by all of them
  HostSet on_b_;   // who uses the port to B
};

}  // namespace understudy
