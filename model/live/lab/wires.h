// SPDX-License-Identifier: MIT
//
// The cables and switches between the hosts: a relay in user space, which reads each frame at one
// host's cable and writes it at another's, later and as often as the topology and the faults of the
// network want it.
//
// Why not the kernel's bridge: it can pull cables, but lose and delay no packets of our choice
// (there is not always netem), and its locks are those of all other namespaces, so that a cut would
// come milliseconds late. Here a cut holds from one frame to the next, and what chance decides of a
// packet is drawn from the same streams of the run as in virtual time and in ns-3
// (impairments.h). Bits take their time on the cable of whoever sends, one frame after the other,
// for as long as that takes: the queue has no end, and outlives the power. Left out: the time on
// the other cable and between the sites, and so topology.wan_bandwidth; ports that learn (whoever
// is moved is found at once). The bonds of a dual-switch are here as well, not in the hosts'
// kernels; what a server's kernel sees is a carrier that goes when the last of its ports is dead.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "understudy/failover/ports.h"
#include "understudy/lab/frames.h"
#include "understudy/lab/host_network.h"
#include "understudy/lab/loop.h"
#include "understudy/scenario/dual_switch.h"
#include "understudy/scenario/impairments.h"
#include "understudy/scenario/scenario.h"

namespace understudy::lab {

// What the host at a cable's end does with what arrives.
enum class Plug : std::uint8_t {
  taken,    // the kernel gets it
  dropped,  // no power, or hung: nothing leaves either
  kept,     // paused: it gets it when it goes on
};

class Wires {
 public:
  // What goes on, for whoever listens.
  struct Ears {
    std::function<void(Host from, const FrameFacts&)> sent;
    std::function<void(Host to, const FrameFacts&)> arrived;
    std::function<void(Host, Port)> moved_port;
    std::function<void(Host at, const Frame&)> passed;  // its end of the cable
  };
  using Cables = std::array<HostNetwork, host_count>;

  Wires(Loop& loop, Topology topology, const Run& run, const Cables& cables, Ears ears);

  // Draws begin anew: from here on the packets of the run are counted.
  void begin_run();
  void plug(Host host, Plug plug);
  // As if the host had sent it.
  void send(Host from, const Frame& frame);

  void begin_fault(std::size_t number, const Fault& fault, const Struck& struck);
  void end_fault(std::size_t number);
  // The state of a dual-switch; none: it is none.
  [[nodiscard]] const DualSwitch* bonds() const {
    return topology_.kind == TopologyKind::dual_switch ? &dual_switch_ : nullptr;
  }
  // The host's kernel sees a carrier, or none.
  void show_link(Host host, OwnLink link);

 private:
  using Carriers = std::array<HostSet, 2>;  // by port
  struct Arriving {
    Frame frame;
    FrameFacts facts;
  };
  struct End {
    int cable = -1;
    Plug plug = Plug::taken;
    OwnLink link = OwnLink::up;
    Time free{};  // for the next frame
    std::vector<Arriving> kept;
  };

  End& end(Host host) { return ends_[static_cast<std::size_t>(host)]; }
  void read_cable(Host from);
  [[nodiscard]] Time on_the_wire(Host from, std::size_t bytes);
  void carry(const Path& path, const Arriving& what, Time sent);
  [[nodiscard]] Duration draw_delay(const Path& path);
  void arrive(Host to, const Arriving& what);
  void follow_carriers();
  [[nodiscard]] Carriers carriers() const;
  void look_at_ports(Host host);

  Loop& loop_;
  Topology topology_;
  Run run_;
  Ears ears_;
  std::array<End, host_count> ends_{};
  Impairments impairments_;
  std::array<std::optional<Stream>, path_count> delay_streams_{};
  std::array<std::optional<Stream>, path_count> wan_streams_{};
  DualSwitch dual_switch_;
  Carriers carriers_{};
  std::array<Stream, host_count> failover_streams_{};
};

}  // namespace understudy::lab
