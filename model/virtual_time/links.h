// SPDX-License-Identifier: MIT
//
// The network of the virtual world: how long a packet takes from one host to another, and whether
// it gets there.
//
// Faithful: one-way delay, fixed or drawn for each packet; what faults do to packets, drawn for
// each (impairments.h); all from the run's streams, by kind of packet and direction. Left out: the
// time that bits take on the wire (0.7 µs a hop for a ping on 1 Gbit/s), queues without congestion,
// ARP exchanges.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "understudy/failover/time.h"
#include "understudy/outcome/timeline.h"
#include "understudy/scenario/draws.h"
#include "understudy/scenario/impairments.h"
#include "understudy/scenario/links.h"
#include "understudy/scenario/scenario.h"

namespace understudy {

class VirtualLinks {
 public:
  VirtualLinks() = default;
  VirtualLinks(const Topology& topology, const Run& run);

  // The delay of every packet, if it is the same for all and each gets through.
  [[nodiscard]] std::optional<Duration> plain_delay() const {
    if (!plain_) return std::nullopt;
    return fixed_delay_;
  }

  // A packet that was sent: how often it arrives, and how long it takes.
  struct Carried {
    Duration delay{};
    std::uint8_t copies = 1;  // 0: it is lost
    explicit operator bool() const { return copies > 0; }
  };
  // Of the next packet of this kind.
  [[nodiscard]] Carried carry(const Path& path) {
    if (plain_) return {.delay = fixed_delay_};
    return draw(path);
  }

  // How long a stream of packets takes on average; none: nothing gets through, one way or the
  // other.
  [[nodiscard]] std::optional<Duration> mean_delay(Host from, Host to) const;

  void begin(std::size_t number, const Fault& fault, const Struck& struck);
  void end(std::size_t number);

  bool operator==(const VirtualLinks&) const = default;

 private:
  [[nodiscard]] Carried draw(const Path& path);

  Run run_{};
  Distribution delay_;
  Duration fixed_delay_{};
  bool plain_ = true;
  Impairments impairments_;
  // One a path, made when it is first needed.
  std::array<std::optional<Stream>, path_count> delay_streams_{};
};

}  // namespace understudy
