// SPDX-License-Identifier: MIT
#include "understudy/scenario/faults.h"

#include "understudy/scenario/topologies.h"

namespace understudy {
namespace {

using enum FaultTarget;

constexpr std::array servers = {primary, monitor, first, second, pair};
constexpr std::array one_server = {primary, first, second};
constexpr std::array operators_servers = {pair, primary, monitor, first, second};
constexpr std::array cables = {primary, monitor, first, second, pair, client, witness, uplink, wan};
constexpr std::array switches = {network, switch_a, switch_b};
constexpr std::array everything = {network};

std::optional<Host> host_meant(Side::Member member, const Holders& holders) {
  const auto of = [](std::optional<ServerId> holder) {
    return holder ? std::optional(host_of(*holder)) : std::nullopt;
  };
  switch (member) {
    case Side::Member::first: return Host::first;
    case Side::Member::second: return Host::second;
    case Side::Member::primary: return of(holders.primary);
    case Side::Member::monitor: return of(holders.monitor);
    case Side::Member::client: return Host::client;
    case Side::Member::witness: return Host::witness;
  }
  return std::nullopt;
}

HostSet hosts_on(Side side, const Holders& holders) {
  HostSet set;
  for (std::size_t i = 0; i <= static_cast<std::size_t>(Side::Member::witness); ++i) {
    const auto member = static_cast<Side::Member>(i);
    if (!side.has(member)) continue;
    if (const auto host = host_meant(member, holders)) set.add(*host);
  }
  return set;
}

HostSet hosts_meant(FaultTarget target, const Holders& holders) {
  switch (target) {
    case first: return {Host::first};
    case second: return {Host::second};
    case primary: return hosts_on({Side::Member::primary}, holders);
    case monitor: return hosts_on({Side::Member::monitor}, holders);
    case pair: return {Host::first, Host::second};
    case client: return {Host::client};
    case witness: return {Host::witness};
    case network:
    case switch_a:
    case switch_b:
    case uplink:
    case wan: return HostSet::all();
  }
  return {};
}

// Of a fault of a part of a wan: the site behind a switch, the two sites that the link joins.
Struck sites_of(FaultTarget target, const Topology& topology) {
  const HostSet a = hosts_at(topology, Site::a);
  const HostSet b = hosts_at(topology, Site::b);
  switch (target) {
    case switch_a: return {a, HostSet::all()};
    case switch_b: return {b, HostSet::all()};
    default: return {a, b};
  }
}

// Of a fault that has sides.
Struck sides_of(const Fault& fault, const Holders& holders) {
  if (fault.from.empty() && fault.to.empty()) return {HostSet::all(), HostSet::all()};
  HostSet from = hosts_on(fault.from, holders);
  HostSet to = hosts_on(fault.to, holders).without(from);
  if (fault.from.empty()) from = HostSet::all().without(to);
  if (fault.to.empty()) to = HostSet::all().without(from);
  if (from.empty() || to.empty()) return {};
  return {from, to};
}

}  // namespace

std::span<const FaultTarget> targets_of(FaultKind kind) {
  switch (kind) {
    case FaultKind::crash:
    case FaultKind::hang:
    case FaultKind::pause:
    case FaultKind::service_hang:
    case FaultKind::slow:
    case FaultKind::boot_failure:
    case FaultKind::daemon_restart:
    case FaultKind::clock_rate:
    case FaultKind::power_failure:
    case FaultKind::power_delay: return servers;
    case FaultKind::link_down: return cables;
    case FaultKind::partition:
    case FaultKind::loss:
    case FaultKind::delay:
    case FaultKind::jitter:
    case FaultKind::duplicate:
    case FaultKind::reorder:
    case FaultKind::corrupt:
    case FaultKind::congestion: return everything;
    case FaultKind::switch_failure: return switches;
    case FaultKind::switchover: return one_server;
    case FaultKind::maintenance: return operators_servers;
  }
  return {};
}

bool can_strike(FaultKind kind, FaultTarget target) {
  return std::ranges::count(targets_of(kind), target) > 0;
}

std::string_view meaning_of(FaultKind kind) {
  switch (kind) {
    case FaultKind::crash:
      return "A server's power goes off at an instant, and stays off until the server is fenced. "
             "What was on the wire arrives.";
    case FaultKind::hang:
      return "Nothing runs on a server and nothing answers; what arrives is lost. It still holds "
             "its addresses, and when it goes on its agent's timers fire late. Ends with `for` or "
             "when its power is cut.";
    case FaultKind::pause:
      return "The same, but what arrives waits and meets with the server when it goes on: a "
             "virtual machine that is paused. Its clock counts the pause. Left out: a limit to "
             "what can wait.";
    case FaultKind::service_hang:
      return "A server's kernel answers pings and its agent runs, but its service neither answers "
             "requests nor accepts writes. The agent hears of it from the next health check on "
             "(`service.health_interval`). Ends with `for` or when its power is cut.";
    case FaultKind::slow:
      return "Whatever a server sends, orders to the power channel too, leaves later by `delay`, "
             "drawn for each packet. Left out: that it also computes slowly.";
    case FaultKind::boot_failure:
      return "Boots of a server do not end. One that got stuck so comes up after another power "
             "cycle or, when the fault ends, by being switched on again.";
    case FaultKind::daemon_restart:
      return "The agent's process dies and, after `for`, starts again. Kernel, addresses and "
             "service go on; copies to it and from it are cut off.";
    case FaultKind::clock_rate:
      return "A server's clock runs `factor` times as fast as the world, and its agent's timers "
             "with it. It neither jumps nor goes back. Several at once multiply.";
    case FaultKind::power_failure:
      return "Orders to the power channel about a server change nothing: they are refused, or "
             "nothing is heard of them (`answer`).";
    case FaultKind::power_delay:
      return "Orders to the power channel about a server take `delay` longer, which may exceed "
             "what the pair reckons with (`pair.fence_max`).";
    case FaultKind::link_down:
      return "A host's cable carries nothing, either way: of a `dual-switch`, the one to the port "
             "that the host uses when it strikes. A server that has no other one knows of it "
             "(`pair.own_link`). `uplink`: the cable between the switches of a `dual-switch`; "
             "`wan`: the link between the sites.";
    case FaultKind::partition:
      return "Nothing gets from one side of the network to the other. The power channel is no "
             "part of it.";
    case FaultKind::loss:
      return "Each packet is lost with `probability`, alone, or in bursts after Gilbert and "
             "Elliott: each kind of packet has in each direction a channel which is good or bad "
             "and may change at each packet.";
    case FaultKind::delay:
      return "Packets take `delay` longer, drawn once each time that the fault begins.";
    case FaultKind::jitter:
      return "Packets take `delay` longer, drawn for each, so that they can overtake each other.";
    case FaultKind::duplicate: return "Packets arrive twice with `probability`, at once.";
    case FaultKind::reorder:
      return "Packets are held back for `delay` with `probability`, so that later ones overtake "
             "them.";
    case FaultKind::corrupt:
      return "Packets arrive damaged with `probability`. Whoever gets them drops them for their "
             "checksum, so it equals a loss.";
    case FaultKind::congestion:
      return "Other traffic fills a queue in front of each link: packets wait in it, or are lost "
             "if it is full, as in an M/M/1/K queue in its steady state.";
    case FaultKind::switch_failure:
      return "A switch carries nothing: all there are (`network`; of `routed`, the routers), or "
             "one of the two of a `dual-switch` or a `wan`.";
    case FaultKind::switchover:
      return "No fault: an operator asks the primary to hand over. A server that is none does "
             "nothing.";
    case FaultKind::maintenance:
      return "No fault: an operator tells servers that nobody is to be fenced or replaced. Who "
             "does not listen is told, or told that it is over, as soon as it does.";
  }
  return {};
}

void become(Fault& fault, FaultKind kind) {
  Fault fresh{.kind = kind, .target = targets_of(kind).front(), .at = fault.at};
  fresh.every = fault.every;
  const bool said = fault.target != targets_of(fault.kind).front();
  if (said && can_strike(kind, fault.target)) fresh.target = fault.target;
  if (among(kinds_with_duration, kind)) fresh.lasts = fault.lasts;
  if (among(kinds_with_sides, kind)) {
    fresh.from = fault.from;
    fresh.to = fault.to;
    fresh.ways = fault.ways;
  }
  if (among(kinds_with_probability, kind)) fresh.probability = fault.probability;
  if (among(kinds_with_bursts, kind)) {
    fresh.burst_begins = fault.burst_begins;
    fresh.burst_ends = fault.burst_ends;
    fresh.burst_probability = fault.burst_probability;
  }
  if (among(kinds_with_delay, kind)) fresh.delay = fault.delay;
  if (among(kinds_with_factor, kind)) fresh.factor = fault.factor;
  if (among(kinds_with_answer, kind)) fresh.answer = fault.answer;
  if (among(kinds_with_queue, kind)) {
    fresh.load = fault.load;
    fresh.queue = fault.queue;
  }
  fault = fresh;
}

Distribution extra_delay(const Fault& fault) {
  if (fault.delay) return *fault.delay;
  if (fault.kind == FaultKind::power_delay) return std::chrono::seconds(10);
  return std::chrono::milliseconds(100);
}

bool of_network(FaultTarget target) { return target >= network; }

bool strikes_servers(FaultKind kind) {
  return kind != FaultKind::link_down && targets_of(kind).front() != FaultTarget::network;
}

bool ends_with_the_power(FaultKind kind) {
  return kind == FaultKind::hang || kind == FaultKind::pause || kind == FaultKind::service_hang ||
         kind == FaultKind::daemon_restart;
}

bool lasts(FaultKind kind) {
  return kind != FaultKind::crash && kind != FaultKind::switchover && !ends_with_the_power(kind);
}

Struck struck_by(const Fault& fault, const Topology& topology, const Holders& holders) {
  if (among(kinds_with_sides, fault.kind)) return sides_of(fault, holders);
  const bool of_part = of_network(fault.target) && fault.target != network;
  if (of_part && topology.kind == TopologyKind::wan) return sites_of(fault.target, topology);
  Struck struck{.hosts = hosts_meant(fault.target, holders), .others = {}};
  if (fault.kind == FaultKind::slow || fault.kind == FaultKind::link_down ||
      fault.kind == FaultKind::switch_failure) {
    struck.others = HostSet::all();  // of each of them; nobody sends to itself
  }
  return struck;
}

bool cuts(const Fault& fault) {
  switch (fault.kind) {
    case FaultKind::link_down:
    case FaultKind::partition:
    case FaultKind::switch_failure: return true;
    case FaultKind::loss:
      return fault.chance() >= 1.0 && (!fault.burst_begins || fault.burst_probability >= 1.0);
    case FaultKind::corrupt: return fault.chance() >= 1.0;
    default: return false;
  }
}

bool both_ways(const Fault& fault) {
  return fault.ways == Ways::both && fault.kind != FaultKind::slow;
}

double combined_loss(const std::vector<Fault>& faults, const std::vector<bool>& active) {
  double kept = 1.0;
  for (std::size_t i = 0; i < active.size(); ++i) {
    if (active[i]) kept *= 1.0 - faults[i].chance();
  }
  return 1.0 - kept;
}

}  // namespace understudy
