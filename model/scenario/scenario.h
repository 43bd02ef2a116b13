// SPDX-License-Identifier: MIT
//
// What an experiment is: plain data. One scenario file describes it (reader.h), one table names
// every key of such a file (keys.h), every substrate runs it.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

#include "understudy/failover/config.h"
#include "understudy/failover/names.h"
#include "understudy/scenario/distribution.h"

namespace understudy {

// Where hosts are and how far apart: topologies.h has the pictures.
enum class TopologyKind : std::uint8_t {
  lan,          // one switch
  dual_switch,  // two switches, and a port of each host to either
  routed,       // each server behind a router of its own
  wan,          // two sites, far from each other
};
enum class IpVersion : std::uint8_t { v4, v6 };

// Not every kind has every field (topologies.h); what it has not is as here.
struct Topology {
  TopologyKind kind = TopologyKind::lan;
  Distribution delay{std::chrono::microseconds(50)};  // one way, host to host
  double bandwidth_bps = 1e9;
  IpVersion ip = IpVersion::v4;

  // dual_switch: a port loses or regains its carrier -> its host has noticed
  Distribution failover_delay{std::chrono::milliseconds(100)};

  // routed: a router hears of another holder of a shared address -> it sends packets there
  Distribution route_delay{std::chrono::milliseconds(50)};

  // wan: one way from first's site to second's, on top of `delay`, and back
  Distribution wan_delay{std::chrono::milliseconds(10)};
  std::optional<Distribution> wan_delay_back{};  // as wan_delay if not said
  double wan_bandwidth_bps = 1e8;
  ServerId client_site = ServerId::first;  // whose site the client and the witness are at
  bool operator==(const Topology&) const = default;
};

struct Server {
  Distribution boot_time{Normal{std::chrono::seconds(20), std::chrono::seconds(2)}};
  bool operator==(const Server&) const = default;
};

// The channel through which each server can boot the other.
struct PowerChannel {
  Distribution latency{std::chrono::milliseconds(500)};    // order given -> the other is off
  Distribution confirmation{std::chrono::nanoseconds(0)};  // the other is off -> confirmed
  double refusal = 0.0;                                    // probability that an order is refused
  bool operator==(const PowerChannel&) const = default;
};

// The clients' request stream, to the primary address.
struct ServiceLoad {
  bool enabled = true;
  Duration request_interval = std::chrono::milliseconds(10);
  Duration request_timeout = std::chrono::milliseconds(50);
  Duration health_interval = std::chrono::seconds(1);  // between two checks of the service
  bool operator==(const ServiceLoad&) const = default;
};

// The memory that is copied, and what changes it: a Poisson process of writes on whoever serves.
struct MemoryLoad {
  std::uint64_t size_bytes = std::uint64_t{64} << 10;
  double write_rate_per_s = 200.0;
  Duration copy_timeout = std::chrono::seconds(5);  // a copy that takes longer has failed
  bool operator==(const MemoryLoad&) const = default;
};

// What goes wrong. Each says what it models; what it leaves out is in the header of the part that
// does it: impairments.h (network), power_faults.h, and each substrate's for the servers.
enum class FaultKind : std::uint8_t {
  // of a server
  crash,           // its power goes off at an instant; it stays off until fenced, or for `for`
  hang,            // nothing runs or answers and what arrives is lost, until its power is cut
  pause,           // the same, but what arrives waits; the clock counts the sleep
  service_hang,    // the kernel and the agent run, the service neither answers nor writes
  slow,            // whatever it sends leaves later by a drawn `delay`
  boot_failure,    // its boots do not end
  daemon_restart,  // the agent's process dies and starts again; kernel and addresses stay
  clock_rate,      // its clock runs `factor` times as fast as it should
  // of the power channel to a server
  power_failure,  // orders are refused, or never answered
  power_delay,    // orders take `delay` longer
  // of the network
  link_down,       // a cable carries nothing
  partition,       // nothing gets from one side to the other
  loss,            // each packet is lost with `probability`, alone or in bursts
  delay,           // packets take `delay` longer, drawn once
  jitter,          // packets take `delay` longer, drawn for each
  duplicate,       // packets arrive twice
  reorder,         // packets are held back for `delay`, so that later ones overtake them
  corrupt,         // packets arrive damaged, which a checksum notices
  congestion,      // other traffic fills a queue that packets pass
  switch_failure,  // a switch, or all of them, carries nothing
  // No faults, but what an operator does to the pair.
  switchover,   // asks the primary to hand over
  maintenance,  // tells servers that nobody is to be fenced
};

// What a fault strikes. A role means whoever holds its address at that instant.
enum class FaultTarget : std::uint8_t {
  first,
  second,
  primary,
  monitor,
  pair,  // both servers at once
  client,
  witness,
  network,
  // Parts of it, where the topology has them (topologies.h).
  switch_a,
  switch_b,
  uplink,  // from switch to switch
  wan,     // from site to site
};

// Hosts on one side of a network fault: by name, or by the role that they have when it begins.
// A set; empty: not said.
class Side {
 public:
  enum class Member : std::uint8_t { first, second, primary, monitor, client, witness };

  constexpr Side() = default;
  constexpr Side(std::initializer_list<Member> members) {
    for (const Member member : members) add(member);
  }
  constexpr void add(Member member) { members_ |= bit(member); }
  [[nodiscard]] constexpr bool has(Member member) const { return (members_ & bit(member)) != 0; }
  [[nodiscard]] constexpr bool empty() const { return members_ == 0; }
  bool operator==(const Side&) const = default;

 private:
  static constexpr std::uint8_t bit(Member member) {
    return static_cast<std::uint8_t>(1U << static_cast<unsigned>(member));
  }
  std::uint8_t members_ = 0;
};

enum class Ways : std::uint8_t {
  both,
  one,  // only what goes from `from` to `to`
};

// What a power channel that fails says to an order.
enum class PowerAnswer : std::uint8_t {
  refusal,
  silence,
};

// Not every kind has every field (faults.h); what it has not is as here.
struct Fault {
  FaultKind kind = FaultKind::crash;
  FaultTarget target = FaultTarget::primary;
  Distribution at{};                    // since the start of the run
  std::optional<Distribution> lasts{};  // key `for`; what it means not to say it is in faults.h
  std::optional<Distribution> every{};  // from one beginning to the next; none: happens once

  Side from{};  // neither said: all hosts; one said: the other is the rest
  Side to{};
  Ways ways = Ways::both;

  std::optional<double> probability{};   // chance() if not said
  std::optional<double> burst_begins{};  // loss: of a burst, at each packet; none: no bursts
  double burst_ends = 0.5;               // and of its end
  double burst_probability = 1.0;        // that a packet is lost in it
  std::optional<Distribution> delay{};   // extra_delay() if not said
  double factor = 1.01;                  // clock_rate
  PowerAnswer answer = PowerAnswer::refusal;
  double load = 1.2;          // congestion: other traffic, as a part of the bandwidth
  std::uint32_t queue = 100;  // congestion: packets that fit
  bool operator==(const Fault&) const = default;

  // That a packet meets this fault; outside bursts, where there are any.
  [[nodiscard]] double chance() const { return probability.value_or(burst_begins ? 0.0 : 0.1); }
};

enum class Start : std::uint8_t {
  settled,  // first is primary, second a monitor that has heard it and holds a copy
  cold,     // both are powered on at 0
};

struct RunSettings {
  Duration duration = std::chrono::seconds(60);
  Start start = Start::settled;
  bool operator==(const RunSettings&) const = default;
};

struct Scenario {
  std::string name = "scenario";  // of the file, without folder and ending
  PairSettings pair;
  Topology topology;
  Server server;
  PowerChannel power;
  ServiceLoad service;
  MemoryLoad memory;
  std::vector<Fault> faults;
  RunSettings run;
  bool operator==(const Scenario&) const = default;

  // `pair`, with boot and power times from `server` and `power` where it does not say them.
  [[nodiscard]] PairSettings pair_settings() const;

  // The parameters that the agents of this scenario run on: derived (derive.h) from these.
  // Throws BadInput (bad_input.h) if what it says cannot hold.
  [[nodiscard]] Config config() const;
};

}  // namespace understudy
