// SPDX-License-Identifier: MIT
//
// The network of the virtual world: how long a packet takes from one host to another, and whether
// it gets there.
//
// Faithful: the topology (topologies.h): its one-way delays, fixed or drawn for each packet, and
// which way is open; what faults do to packets, drawn for each (impairments.h); all from the run's
// streams, by kind of packet and direction. Left out: the time that bits take on the wire (0.7 µs a
// hop for a ping on 1 Gbit/s), queues without congestion, ARP exchanges, and what switches have
// learned: whoever uses another port is found there at once.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "understudy/failover/time.h"
#include "understudy/outcome/timeline.h"
#include "understudy/scenario/draws.h"
#include "understudy/scenario/dual_switch.h"
#include "understudy/scenario/impairments.h"
#include "understudy/scenario/links.h"
#include "understudy/scenario/scenario.h"
#include "understudy/virtual_time/lane.h"

namespace understudy {

class VirtualLinks {
 public:
  VirtualLinks() = default;
  VirtualLinks(const Topology& topology, const Run& run);

  // The delay of every packet, if it is the same for all and each gets through.
  [[nodiscard]] std::optional<Duration> plain_delay() const {
    if (!plain_ || !uniform_) return std::nullopt;
    return fixed_delays_.front();
  }
  // The same, of the packets from one host to another.
  [[nodiscard]] std::optional<Duration> plain_delay(Host from, Host to) const {
    if (!plain_) return std::nullopt;
    return fixed_delay(from, to);
  }

  // A packet that was sent: how often it arrives, and how long it takes.
  struct Carried {
    Duration delay{};
    std::uint8_t copies = 1;  // 0: it is lost
    explicit operator bool() const { return copies > 0; }
  };
  // Of the next packet of this kind.
  [[nodiscard]] Carried carry(const Path& path) {
    if (plain_) return {.delay = fixed_delay(path.from, path.to)};
    return draw(path);
  }
  // The packets of this kind, if nothing happens to them but that they are delayed and lost, each
  // by itself.
  [[nodiscard]] std::optional<Lane> lane(const Path& path);

  // How long a stream of packets takes on average; none: nothing gets through, one way or the
  // other.
  [[nodiscard]] std::optional<Duration> mean_delay(Host from, Host to) const;
  // How long so much takes on the narrowest of the links that it passes.
  [[nodiscard]] Duration time_on_wire(Host from, Host to, std::uint64_t bytes) const;

  void begin(std::size_t number, const Fault& fault, const Struck& struck);
  void end(std::size_t number);

  // A host that is to look at its ports, so much later (dual-switch).
  struct Look {
    Host host = Host::first;
    Duration later{};
    bool operator==(const Look&) const = default;
  };
  // Those that follow from what began and ended since the last call.
  [[nodiscard]] std::vector<Look> take_looks();
  // It looks, and may go over to the other port: to that one.
  std::optional<Port> look(Host host);

  // The state of a dual-switch; none: it is none.
  [[nodiscard]] const DualSwitch* bonds() const {
    return topology_.kind == TopologyKind::dual_switch ? &dual_switch_ : nullptr;
  }

  // Further draws are those of another branch of the run (draws.h).
  void branch(std::uint64_t number);
  // Importance sampling (impairments.h).
  void tilt(const std::optional<Impairments::Tilt>& how) { impairments_.tilt(how); }
  [[nodiscard]] double log_likelihood() const { return impairments_.log_likelihood(); }

  bool operator==(const VirtualLinks&) const = default;

 private:
  using Carriers = std::array<HostSet, 2>;  // by port

  [[nodiscard]] Duration fixed_delay(Host from, Host to) const {
    return fixed_delays_[static_cast<std::size_t>(from) * host_count +
                         static_cast<std::size_t>(to)];
  }
  [[nodiscard]] bool open(Host from, Host to) const {
    return topology_.kind != TopologyKind::dual_switch || dual_switch_.connected(from, to);
  }
  [[nodiscard]] Carried draw(const Path& path);
  [[nodiscard]] Stream& delay_stream_of(const Path& path) {
    std::optional<Stream>& stream = delay_streams_[index(path)];
    return stream ? *stream : stream.emplace(run_, delay_stream(path));
  }
  [[nodiscard]] Duration draw_wan_delay(const Path& path);
  [[nodiscard]] Carriers carriers() const;
  void follow();

  Run run_{};
  Topology topology_;
  std::array<Duration, host_count * host_count> fixed_delays_{};  // mean ones, if drawn
  bool fixed_ = true;                                             // they are the delays
  bool uniform_ = true;                                           // all of them are alike
  bool all_open_ = true;                                          // everybody reaches everybody
  bool plain_ = true;
  Duration usual_delay_{};  // of a lane, if drawn
  Impairments impairments_;
  // One a path, made when it is first needed.
  std::array<std::optional<Stream>, path_count> delay_streams_{};
  std::array<std::optional<Stream>, path_count> wan_streams_{};

  DualSwitch dual_switch_;
  Carriers carriers_{};
  std::array<Stream, host_count> failover_streams_{};
  std::vector<Look> looks_;
};

}  // namespace understudy
