// SPDX-License-Identifier: MIT
//
// What an experiment is: plain data. One scenario file describes it (reader.h), one table names
// every key of such a file (keys.h), every substrate runs it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "understudy/failover/config.h"
#include "understudy/scenario/distribution.h"

namespace understudy {

// Where hosts are and how far apart.
enum class TopologyKind : std::uint8_t {
  lan,  // one switch; first, second, client and witness each on a port of it
};
enum class IpVersion : std::uint8_t { v4, v6 };

struct Topology {
  TopologyKind kind = TopologyKind::lan;
  Distribution delay{std::chrono::microseconds(50)};  // one way, host to host
  double bandwidth_bps = 1e9;
  IpVersion ip = IpVersion::v4;
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
  bool operator==(const ServiceLoad&) const = default;
};

// The memory that is copied, and what changes it: a Poisson process of writes on whoever serves.
struct MemoryLoad {
  std::uint64_t size_bytes = std::uint64_t{64} << 10;
  double write_rate_per_s = 200.0;
  Duration copy_timeout = std::chrono::seconds(5);  // a copy that takes longer has failed
  bool operator==(const MemoryLoad&) const = default;
};

enum class FaultKind : std::uint8_t {
  crash,  // a server's power goes off at an instant; it stays off until fenced, or for `for`
  loss,   // every packet between hosts is lost with `probability`, each on its own
};

// What a fault strikes. A role means whoever holds its address at that instant.
enum class FaultTarget : std::uint8_t { first, second, primary, monitor, network };

struct Fault {
  FaultKind kind = FaultKind::crash;
  FaultTarget target = FaultTarget::primary;
  Distribution at{};                    // since the start of the run
  std::optional<Distribution> lasts{};  // key `for`; a crashed server then boots by itself
  double probability = 0.1;             // loss
  bool operator==(const Fault&) const = default;
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
