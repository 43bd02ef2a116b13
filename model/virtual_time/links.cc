// SPDX-License-Identifier: MIT
#include "understudy/virtual_time/links.h"

namespace understudy {
namespace {

std::size_t index(const Path& path) {
  const auto from = static_cast<std::size_t>(path.from);
  const auto to = static_cast<std::size_t>(path.to);
  return (from * host_count + to) * packet_kind_count + static_cast<std::size_t>(path.kind);
}

}  // namespace

VirtualLinks::VirtualLinks(const Topology& topology, const Run& run)
    : run_(run), delay_(topology.delay), fixed_delay_(topology.delay.mean()) {}

std::optional<Duration> VirtualLinks::draw(const Path& path) {
  std::optional<Streams>& streams = streams_[index(path)];
  if (!streams) {
    streams = {.loss = Stream(run_, loss_stream(path)), .delay = Stream(run_, delay_stream(path))};
  }
  const bool lost = loss_ > 0.0 && streams->loss.chance(loss_);
  const Duration delay = delay_.draw(streams->delay);
  if (lost) return std::nullopt;
  return delay;
}

}  // namespace understudy
