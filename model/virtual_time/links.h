// SPDX-License-Identifier: MIT
//
// The network of the virtual world: how long a packet takes from one host to another, and whether
// it gets there.
//
// Faithful: one-way delay, fixed or drawn for each packet; loss, drawn for each packet; both from
// the run's streams, by kind of packet and direction. Left out: the time that bits take on the wire
// (0.7 µs a hop for a ping on 1 Gbit/s), queues, ARP exchanges.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "understudy/failover/time.h"
#include "understudy/outcome/timeline.h"
#include "understudy/scenario/draws.h"
#include "understudy/scenario/links.h"
#include "understudy/scenario/scenario.h"

namespace understudy {

class VirtualLinks {
 public:
  VirtualLinks() = default;
  VirtualLinks(const Topology& topology, const Run& run);

  // The delay of every packet, if it is the same for all and none is lost.
  [[nodiscard]] std::optional<Duration> plain_delay() const {
    if (loss_ > 0.0 || !delay_.fixed()) return std::nullopt;
    return fixed_delay_;
  }

  // How long the next packet of this kind takes; none: it is lost.
  [[nodiscard]] std::optional<Duration> carry(const Path& path) {
    if (loss_ == 0.0 && delay_.fixed()) return fixed_delay_;
    return draw(path);
  }

  void set_loss(double probability) { loss_ = probability; }

  bool operator==(const VirtualLinks&) const = default;

 private:
  struct Streams {
    Stream loss;
    Stream delay;
    bool operator==(const Streams&) const = default;
  };
  [[nodiscard]] std::optional<Duration> draw(const Path& path);

  Run run_{};
  Distribution delay_;
  Duration fixed_delay_{};
  double loss_ = 0.0;
  // One a path, made when it is first needed.
  std::array<std::optional<Streams>, host_count * host_count * packet_kind_count> streams_{};
};

}  // namespace understudy
