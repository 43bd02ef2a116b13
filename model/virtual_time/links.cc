// SPDX-License-Identifier: MIT
#include "understudy/virtual_time/links.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "understudy/scenario/topologies.h"

namespace understudy {

VirtualLinks::VirtualLinks(const Topology& topology, const Run& run)
    : run_(run),
      topology_(topology),
      fixed_(topology.delay.fixed()),
      usual_delay_(topology.delay.at_most(Lane::usual_share)),
      impairments_(topology, run) {
  for (const Host from : all_hosts) {
    failover_streams_[static_cast<std::size_t>(from)] = Stream(run, failover_stream(from));
    for (const Host to : all_hosts) {
      Duration& delay =
          fixed_delays_[static_cast<std::size_t>(from) * host_count + static_cast<std::size_t>(to)];
      delay = topology.delay.mean();
      const Distribution* const wan = wan_delay(topology, from, to);
      if (wan == nullptr) continue;
      delay = sum(delay, wan->mean());
      fixed_ &= wan->fixed();
      uniform_ = false;
    }
  }
  carriers_ = carriers();
  follow();
}

std::optional<Duration> VirtualLinks::mean_delay(Host from, Host to) const {
  if (impairments_.cut(from, to) || impairments_.cut(to, from) || !open(from, to)) {
    return std::nullopt;
  }
  return sum(fixed_delay(from, to), impairments_.mean_delay(from, to));
}

Duration VirtualLinks::time_on_wire(Host from, Host to, std::uint64_t bytes) const {
  const double bits = 8.0 * static_cast<double>(bytes);
  return Duration(std::llround(bits / bandwidth_bps(topology_, from, to) * 1e9));
}

void VirtualLinks::begin(std::size_t number, const Fault& fault, const Struck& struck) {
  if (topology_.kind == TopologyKind::dual_switch && DualSwitch::concerns(fault.kind)) {
    dual_switch_.begin(number, fault, struck.hosts);
  } else {
    impairments_.begin(number, fault, struck);
  }
  follow();
}

void VirtualLinks::end(std::size_t number) {
  impairments_.end(number);
  dual_switch_.end(number);
  follow();
}

// What follows from another state of the network: a look for each port that lost or regained its
// carrier, those of a host one after the other.
void VirtualLinks::follow() {
  const Carriers before = std::exchange(carriers_, carriers());
  all_open_ = true;
  for (const Host host : all_hosts) {
    for (std::size_t port = 0; port < before.size(); ++port) {
      if (before[port].has(host) == carriers_[port].has(host)) continue;
      Stream& stream = failover_streams_[static_cast<std::size_t>(host)];
      looks_.push_back({.host = host, .later = topology_.failover_delay.draw(stream)});
    }
    all_open_ &= std::ranges::all_of(all_hosts, [&](Host to) { return open(host, to); });
  }
  plain_ = fixed_ && impairments_.none() && all_open_;
}

VirtualLinks::Carriers VirtualLinks::carriers() const {
  Carriers carriers;
  for (const Port port : both_ports) {
    for (const Host host : all_hosts) {
      if (dual_switch_.carrier(host, port)) carriers[static_cast<std::size_t>(port)].add(host);
    }
  }
  return carriers;
}

std::vector<VirtualLinks::Look> VirtualLinks::take_looks() { return std::exchange(looks_, {}); }

std::optional<Port> VirtualLinks::look(Host host) {
  const std::optional<Port> port = dual_switch_.better(host);
  if (!port) return std::nullopt;
  dual_switch_.use(host, *port);
  follow();
  return port;
}

Duration VirtualLinks::draw_wan_delay(const Path& path) {
  const Distribution* const wan = wan_delay(topology_, path.from, path.to);
  if (wan == nullptr) return {};
  std::optional<Stream>& stream = wan_streams_[index(path)];
  if (!stream) stream = Stream(run_, wan_stream(path));
  return wan->draw(*stream);
}

void VirtualLinks::branch(std::uint64_t number) {
  run_ = branch_of(run_, number);
  impairments_.branch(number);
  for (auto* const streams : {&delay_streams_, &wan_streams_}) {
    for (std::optional<Stream>& stream : *streams) {
      if (stream) stream->branch(number);
    }
  }
  for (Stream& stream : failover_streams_) stream.branch(number);
}

VirtualLinks::Carried VirtualLinks::draw(const Path& path) {
  Duration delay = topology_.delay.draw(delay_stream_of(path));
  if (!uniform_) delay = sum(delay, draw_wan_delay(path));
  if (!all_open_ && !open(path.from, path.to)) return {.delay = delay, .copies = 0};
  if (impairments_.none()) return {.delay = delay};
  const Impairments::Verdict verdict = impairments_.judge(path);
  return {.delay = sum(delay, verdict.delay), .copies = verdict.copies};
}

// A wan adds a delay of another distribution, and is left out.
std::optional<Lane> VirtualLinks::lane(const Path& path) {
  if (plain_) return Lane(fixed_delay(path.from, path.to));
  if (!uniform_ || !all_open_) return std::nullopt;
  const auto losses = impairments_.mere_losses(path);
  if (!losses) return std::nullopt;
  return Lane(topology_.delay, delay_stream_of(path), usual_delay_, *losses);
}

}  // namespace understudy
