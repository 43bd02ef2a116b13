// SPDX-License-Identifier: MIT
//
// The table of keys.h. Nothing else in the project knows the name of a key or where it is kept.
#include <array>
#include <limits>
#include <optional>
#include <utility>

#include "understudy/failover/ports.h"
#include "understudy/scenario/faults.h"
#include "understudy/scenario/keys.h"
#include "understudy/scenario/topologies.h"
#include "understudy/scenario/units.h"

namespace understudy {
namespace {

// ---- ranges -------------------------------------------------------------------------------------

constexpr auto longest = static_cast<double>(longest_span.count());
constexpr auto any_count = static_cast<double>(std::numeric_limits<std::uint32_t>::max());
constexpr double least_positive = std::numeric_limits<double>::min();

constexpr Range unlimited{};
constexpr Range span_from_0{0, longest, "0s or more"};
constexpr Range span_above_0{1, longest, "above 0s"};
constexpr Range count_from_0{0, any_count, "0 or more"};
constexpr Range count_from_1{1, any_count, "1 or more"};
constexpr Range boots{0, History::capacity, "0 to 8"};
static_assert(History::capacity == 8);
constexpr Range positive{least_positive, std::numeric_limits<double>::max(), "above 0"};
constexpr Range probability{0, 1, "0 to 1"};
constexpr Range drift{0, 0.5, "0 to 0.5"};
constexpr Range clock_factor{0.01, 100, "0.01 to 100"};
constexpr Range some_load{0, 100, "0 to 100"};
constexpr Range some_packets{1, 1e6, "1 to 1000000"};
// A copy of the largest over the slowest still takes less time than there is.
constexpr Range some_size{1, 0x1p40, "1B to 1TiB"};
constexpr Range some_bandwidth{1e3, 1e12, "1kbps to 1000Gbps"};
constexpr Range some_rate{0, 1e6, "0/s to 1000000/s"};

constexpr Range or_forever(Range range, std::string_view meaning) {
  range.forever = meaning;
  return range;
}

// ---- access -------------------------------------------------------------------------------------

template <class Member>
struct MemberType;
template <class Class, class T>
struct MemberType<T Class::*> {
  using type = T;
};
template <class T>
struct Plain {
  using type = T;
};
template <class T>
struct Plain<std::optional<T>> {
  using type = T;
};
template <auto member>
using Value = typename Plain<typename MemberType<decltype(member)>::type>::type;

template <class E>
constexpr auto words_of() -> std::vector<std::string_view> (*)() {
  if constexpr (HasWords<E>) {
    return &all_words<E>;
  } else {
    return nullptr;
  }
}

// Where defaults come from.
const Scenario& quiet() {
  static const Scenario scenario = [] {
    Scenario with_a_fault;
    with_a_fault.faults.emplace_back();
    return with_a_fault;
  }();
  return scenario;
}

// A field of one of the scenario's tables.
template <auto table, auto member>
constexpr Access in = {
    [](Scenario& s, std::size_t, const Reading& reading) { read_value(reading, s.*table.*member); },
    [](const Scenario& s, std::size_t, ValueType type) {
      return write_value(s.*table.*member, type);
    },
    [](Scenario& s, std::size_t) { s.*table.*member = quiet().*table.*member; },
    words_of<Value<member>>()};

// A field of one of the faults.
template <auto member>
constexpr Access in_fault = {
    [](Scenario& s, std::size_t i, const Reading& reading) {
      read_value(reading, s.faults[i].*member);
    },
    [](const Scenario& s, std::size_t i, ValueType type) {
      return write_value(s.faults[i].*member, type);
    },
    [](Scenario& s, std::size_t i) { s.faults[i].*member = quiet().faults.front().*member; },
    words_of<Value<member>>()};

// The kind decides what else a fault can have, and the target that it has if nothing is said.
constexpr Access fault_kind = {
    [](Scenario& s, std::size_t i, const Reading& reading) {
      FaultKind kind{};
      read_value(reading, kind);
      become(s.faults[i], kind);
    },
    in_fault<&Fault::kind>.write,
    [](Scenario& s, std::size_t i) { become(s.faults[i], quiet().faults.front().kind); },
    in_fault<&Fault::kind>.words};

constexpr Access fault_target = {
    in_fault<&Fault::target>.read, in_fault<&Fault::target>.write,
    [](Scenario& s, std::size_t i) { s.faults[i].target = targets_of(s.faults[i].kind).front(); },
    in_fault<&Fault::target>.words};

constexpr std::span<const FaultKind> any_kind;

// Two fields have an access of their own.
template <auto member>
constexpr Access of_fault = in_fault<member>;
template <>
constexpr Access of_fault<&Fault::kind> = fault_kind;
template <>
constexpr Access of_fault<&Fault::target> = fault_target;

// The kind decides what else a topology has.
constexpr std::span<const TopologyKind> any_topology;
constexpr Access topology_kind_access = {
    [](Scenario& s, std::size_t, const Reading& reading) {
      TopologyKind kind{};
      read_value(reading, kind);
      become(s.topology, kind);
    },
    in<&Scenario::topology, &Topology::kind>.write,
    [](Scenario& s, std::size_t) { become(s.topology, quiet().topology.kind); },
    in<&Scenario::topology, &Topology::kind>.words};

// ---- rows ---------------------------------------------------------------------------------------

using enum ValueType;

template <auto member>
constexpr Key pair(std::string_view name, ValueType type, const Range& range,
                   std::string_view formula, std::string_view meaning) {
  return {"pair", name, type, range, any_kind, formula, meaning, in<&Scenario::pair, member>};
}

template <auto member>
constexpr Key fault(std::string_view name, ValueType type, const Range& range,
                    std::span<const FaultKind> kinds, std::string_view formula,
                    std::string_view meaning) {
  return {"fault", name, type, range, kinds, formula, meaning, of_fault<member>};
}

template <auto table_member, auto member>
constexpr Key plain(std::string_view table, std::string_view name, ValueType type,
                    const Range& range, std::string_view meaning) {
  return {table, name, type, range, any_kind, "", meaning, in<table_member, member>};
}

constexpr Key topology_kind = {
    "topology",
    "kind",
    word,
    unlimited,
    any_kind,
    "",
    "Where the hosts are. `lan`: one switch with the servers, a client and a witness on it. "
    "`dual-switch`: two, and a port of each host to either. `routed`: each server behind a router "
    "of its own. `wan`: two sites, and a server at each.",
    topology_kind_access};

template <auto member>
constexpr Key topology(std::string_view name, ValueType type, const Range& range,
                       std::span<const TopologyKind> topologies, std::string_view formula,
                       std::string_view meaning) {
  return {"topology", name,    type,    range,
          any_kind,   formula, meaning, in<&Scenario::topology, member>,
          topologies};
}

template <auto member>
constexpr auto power = plain<&Scenario::power, member>;
template <auto member>
constexpr auto service = plain<&Scenario::service, member>;
template <auto member>
constexpr auto memory = plain<&Scenario::memory, member>;
template <auto member>
constexpr auto run = plain<&Scenario::run, member>;

constexpr std::array all_keys = {
    // clang-format off
    pair<&PairSettings::method>("method", word, unlimited, "",
        "Whether the additions to the bare method are on; `original` changes defaults only, and "
        "what is said still wins."),
    pair<&PairSettings::ping_interval>("ping_interval", duration, span_above_0,
        "100ms, or `ping_timeout` if that is more",
        "Time between two pings."),
    pair<&PairSettings::ping_timeout>("ping_timeout", duration, span_above_0,
        "50ms, or `ping_interval` if that is less",
        "Time within which a ping must be answered; later is a miss."),
    pair<&PairSettings::misses>("misses", count, count_from_1,
        "3; `original`: 1",
        "Misses in a row that make a failure."),
    pair<&PairSettings::detector>("detector", word, unlimited, "",
        "What decides that an answer is late: `fixed` waits `ping_timeout`; `chen` and `phi` learn "
        "how long answers take and wait at most `ping_interval`."),
    pair<&PairSettings::chen_margin>("chen_margin", duration, span_from_0, "",
        "`chen` only: the safety margin on top of the expected answer."),
    pair<&PairSettings::phi_threshold>("phi_threshold", number, positive, "",
        "`phi` only: the suspicion level at which an answer counts as missed; 8 means that one "
        "answer in 10^8 is later, if their times are normal."),
    pair<&PairSettings::probe_timeout>("probe_timeout", duration, span_above_0, "",
        "Time within which a booted server's probe must be answered."),
    pair<&PairSettings::probes>("probes", count, count_from_1,
        "3; `original`: 1",
        "Probes that a booted server sends before it believes that there is no monitor."),
    pair<&PairSettings::takeover>("takeover", word, unlimited,
        "\"fence-first\"; `original`: \"immediate\"",
        "When the monitor claims the primary address after a failure: at once, once the other is "
        "confirmed to be off, or only if it does not come back."),
    pair<&PairSettings::fence_mode>("fence_mode", word, unlimited,
        "\"off-on\"; `original`: \"reboot\"",
        "How the power channel boots the other: off and, once that is confirmed, on; or both by "
        "one order."),
    pair<&PairSettings::boot_min>("boot_min", duration, span_from_0,
        "from `server.boot_time`; a daemon: 15s, and with `off-on` more than "
        "`misses` * `ping_interval` + `ping_timeout` + `fence_max`",
        "Least time from power-on to a running agent."),
    pair<&PairSettings::boot_max>("boot_max", duration, span_from_0,
        "from `server.boot_time`; a daemon: 120s, or `boot_min`, or `misses` * `ping_interval` + "
        "`ping_timeout` + `fence_max` if that is more",
        "Greatest time from power-on to a running agent."),
    pair<&PairSettings::fence_max>("fence_max", duration, span_from_0,
        "from `power.latency`; a daemon: 10s",
        "Greatest time from an order to the power channel until the other is off."),
    pair<&PairSettings::confirm_max>("confirm_max", duration, span_from_0,
        "from `power.confirmation`; a daemon: 1s",
        "Greatest time from the other being off until the channel confirms it."),
    pair<&PairSettings::fence_timeout>("fence_timeout", duration, span_above_0,
        "the lesser of 2 (`fence_max` + `confirm_max`) and `fence_validity`, at least 1ms",
        "Time after which an unconfirmed fence counts as failed."),
    pair<&PairSettings::fence_validity>("fence_validity", duration,
        or_forever(span_above_0, "the other cannot boot by itself"),
        "`boot_min` (1 - `clock_drift`) - `ping_timeout`; `off-on`: forever",
        "`reboot` only: age beyond which a confirmation is worthless, because the other may have "
        "booted since the order."),
    pair<&PairSettings::clock_drift>("clock_drift", number, drift, "",
        "Greatest relative error of a server's clock."),
    pair<&PairSettings::fence_attempts>("fence_attempts", count, count_from_1, "",
        "Fences in a row, each after fresh misses, that may fail before `on_fence_failure`."),
    pair<&PairSettings::on_fence_failure>("on_fence_failure", word, unlimited, "",
        "Whether to keep trying then, or to claim the primary address unconfirmed, which gives up "
        "the promise of a single primary."),
    pair<&PairSettings::restart_deadline>("restart_deadline", duration,
        or_forever(span_above_0, "never fence again"),
        "`fence_max` + `boot_max` + `probes` * `probe_timeout` + `ping_interval` + `ping_timeout`",
        "`restart-first` only: time for the booted server to answer pings again, before it is "
        "fenced once more and its role taken."),
    pair<&PairSettings::startup_grace>("startup_grace", duration, span_from_0,
        "`boot_max` + `probes` * `probe_timeout` + `ping_interval` + `ping_timeout`, or, where a "
        "time-out of the switchover is said, `taking_over_timeout` + `ping_interval` + "
        "`ping_timeout` if that is more; `original`: 0s",
        "Time that a monitor which has never been answered leaves the other to boot."),
    pair<&PairSettings::monitor_grace>("monitor_grace", duration, span_from_0,
        "2 `fence_max` + `boot_max` + `probes` * `probe_timeout` + `startup_grace` + `misses` * "
        "`ping_interval` + `ping_timeout`; `original`: 0s",
        "The same for a primary that has never been answered by a monitor, and after each of its "
        "fences."),
    pair<&PairSettings::max_boots>("max_boots", count, boots,
        "3; `original`: 0",
        "Fences within `boots_window` after which a server holds its fire; 0: no limit and no "
        "back-off."),
    pair<&PairSettings::boots_window>("boots_window", duration, span_from_0,
        "2 `max_boots` (`boot_max` + `probes` * `probe_timeout` + `startup_grace` + `fence_max`)",
        "The time within which fences count for `max_boots`."),
    pair<&PairSettings::copy_every>("copy_every", count, count_from_0, "",
        "Answered pings between two copies of the primary's memory; 0: never."),
    pair<&PairSettings::newer_memory_wins>("newer_memory_wins", truth, unlimited,
        "true; `original`: false",
        "Whether a server that comes to serve by arbitration first asks its peer for a newer "
        "memory."),
    pair<&PairSettings::watch_monitor>("watch_monitor", truth, unlimited,
        "true; `original`: false",
        "Whether the primary pings the monitor and boots a dead one."),
    pair<&PairSettings::watch_misses>("watch_misses", count, count_from_1,
        "`misses` + 2 + `fence_max` / `ping_interval`, rounded up",
        "Misses in a row that make a dead monitor."),
    pair<&PairSettings::announce_interval>("announce_interval", duration, span_from_0,
        "`ping_interval`; `original`: 0s",
        "Time between two announcements of a held address; 0s: only when it is claimed."),
    pair<&PairSettings::conflict_detection>("conflict_detection", truth, unlimited,
        "true; `original`: false",
        "Whether a second holder of a held address is noticed and answered."),
    pair<&PairSettings::asleep_after>("asleep_after", duration,
        or_forever(span_above_0, "no server sleeps"),
        "((`misses` - 1) `ping_interval` + `ping_timeout`) / 2; for one miss `ping_interval`; "
        "`original`: forever",
        "A timer that fires later than this means that the server was asleep and that its evidence "
        "is stale."),
    pair<&PairSettings::own_link>("own_link", truth, unlimited,
        "true; `original`: false",
        "Whether a server whose own link is down fences nobody. Not for two that are joined by a "
        "cable without a switch, whose link is dead with either of them."),
    pair<&PairSettings::witness>("witness", truth, unlimited, "",
        "Whether a monitor must reach the witness, an address that always answers, to declare a "
        "failure."),
    pair<&PairSettings::witness_patience>("witness_patience", duration,
        or_forever(span_from_0, "as long as it is silent"), "",
        "How long a silent witness can hold a failover back."),
    pair<&PairSettings::unhealthy_after>("unhealthy_after", count, count_from_1, "",
        "Health checks in a row that must fail before the primary hands over."),
    pair<&PairSettings::handover_timeout>("handover_timeout", duration, span_above_0,
        "the least of 5s, half of `taking_over_timeout` and half of (`boot_max` + `probes` * "
        "`probe_timeout`), but 2 `ping_timeout` rather than that sum",
        "Time that a primary waits for the monitor to be ready, once it has stopped serving for a "
        "switchover."),
    pair<&PairSettings::taking_over_timeout>("taking_over_timeout", duration, span_above_0,
        "2 `handover_timeout`",
        "Time that a monitor, once ready, waits for the primary to let go."),

    topology_kind,
    topology<&Topology::delay>("delay", distribution, span_from_0, any_topology, "",
        "Time that a packet takes from host to host, one way; of a `wan`, within a site."),
    topology<&Topology::bandwidth_bps>("bandwidth", bandwidth, some_bandwidth, any_topology, "",
        "Of every cable; a copy takes size / bandwidth and a round trip."),
    topology<&Topology::ip>("ip", word, unlimited, any_topology, "",
        "Version of the Internet Protocol."),
    topology<&Topology::failover_delay>("failover_delay", distribution, span_from_0,
        topologies_with_bonds, "",
        "Time from a port's loss of its carrier until its host goes over to the other, drawn for "
        "each; a bonding driver's `miimon` of 100 ms is { uniform = [\"0s\", \"100ms\"] }."),
    topology<&Topology::route_delay>("route_delay", distribution, span_from_0,
        topologies_with_routers, "",
        "Time from when a router hears of another holder of a shared address until it sends "
        "packets there, drawn for each router and change."),
    topology<&Topology::wan_delay>("wan_delay", distribution, span_from_0, topologies_with_sites,
        "",
        "Time that a packet from the site of `first` to that of `second` takes on top of `delay`."),
    topology<&Topology::wan_delay_back>("wan_delay_back", distribution, span_from_0,
        topologies_with_sites, "`wan_delay`",
        "The same, from the site of `second` to that of `first`."),
    topology<&Topology::wan_bandwidth_bps>("wan_bandwidth", bandwidth, some_bandwidth,
        topologies_with_sites, "",
        "Of the link between the sites; a copy takes the lesser of this and `bandwidth`."),
    topology<&Topology::client_site>("client_site", word, unlimited, topologies_with_sites, "",
        "Whose site the client and the witness are at."),

    plain<&Scenario::server, &Server::boot_time>("server", "boot_time", distribution, span_from_0,
        "Time from power-on to a running agent."),

    power<&PowerChannel::latency>("power", "latency", distribution, span_from_0,
        "Time from an order until the other is off."),
    power<&PowerChannel::confirmation>("power", "confirmation", distribution, span_from_0,
        "Time from then until the order is confirmed."),
    power<&PowerChannel::refusal>("power", "refusal", number, probability,
        "Probability that an order is refused."),

    service<&ServiceLoad::enabled>("service", "enabled", truth, unlimited,
        "Whether there is a client."),
    service<&ServiceLoad::request_interval>("service", "request_interval", duration, span_above_0,
        "Time between two requests of the client to the primary address."),
    service<&ServiceLoad::request_timeout>("service", "request_timeout", duration, span_above_0,
        "Time within which a request must be answered; later is lost."),
    service<&ServiceLoad::health_interval>("service", "health_interval", duration, span_above_0,
        "Time between two checks of a server's service, which tell its agent how it is."),

    memory<&MemoryLoad::size_bytes>("memory", "size", size, some_size,
        "Of the memory that is copied."),
    memory<&MemoryLoad::write_rate_per_s>("memory", "write_rate", rate, some_rate,
        "Writes by whoever serves, at random instants."),
    memory<&MemoryLoad::copy_timeout>("memory", "copy_timeout", duration, span_above_0,
        "Time after which a copy has failed."),

    run<&RunSettings::duration>("run", "duration", duration, span_above_0,
        "Length of a run."),
    run<&RunSettings::start>("run", "start", word, unlimited,
        "`settled`: `first` is primary, `second` a monitor that has heard it and holds a copy; "
        "`cold`: both are powered on at 0."),

    fault<&Fault::kind>("kind", word, unlimited, any_kind, "",
        "What goes wrong, or what an operator does."),
    fault<&Fault::target>("target", word, unlimited, any_kind,
        "the first that the kind can strike",
        "What it strikes; a role means whoever has it at that instant, `pair` both servers at "
        "once."),
    fault<&Fault::at>("at", distribution, span_from_0, any_kind, "",
        "When it begins, since the start of the run."),
    fault<&Fault::lasts>("for", distribution, span_from_0, kinds_with_duration,
        "`crash`: until fenced; `daemon-restart`: 0s; others: to the end",
        "How long it lasts; a crashed server then boots by itself."),
    fault<&Fault::every>("every", distribution, span_above_0, any_kind,
        "it happens once",
        "Time from its beginning until it begins again; not before it has ended."),
    fault<&Fault::from>("from", hosts, unlimited, kinds_with_sides,
        "all hosts, or all but `to`",
        "One side: hosts by name, or by the role that they have when it begins."),
    fault<&Fault::to>("to", hosts, unlimited, kinds_with_sides,
        "all hosts, or all but `from`",
        "The other side."),
    fault<&Fault::ways>("ways", word, unlimited, kinds_with_sides, "",
        "Whether it strikes what goes from either side to the other, or from `from` to `to` only."),
    fault<&Fault::probability>("probability", number, probability, kinds_with_probability,
        "0.1; with `burst_begins`: 0",
        "That it strikes a packet; of a `loss` with bursts, outside them."),
    fault<&Fault::burst_begins>("burst_begins", number, probability, kinds_with_bursts,
        "there are no bursts",
        "Probability that a burst of losses begins, at each packet outside one."),
    fault<&Fault::burst_ends>("burst_ends", number, probability, kinds_with_bursts, "",
        "Probability that it ends, at each packet within; its inverse is the mean length in "
        "packets."),
    fault<&Fault::burst_probability>("burst_probability", number, probability, kinds_with_bursts,
        "",
        "That a packet is lost in a burst."),
    fault<&Fault::delay>("delay", distribution, span_from_0, kinds_with_delay,
        "100ms; `power-delay`: 10s",
        "How much longer it takes: drawn for each packet or order, of a `delay` once."),
    fault<&Fault::factor>("factor", number, clock_factor, kinds_with_factor, "",
        "How fast the clock runs; 2 is twice as fast as the world."),
    fault<&Fault::answer>("answer", word, unlimited, kinds_with_answer, "",
        "What becomes of an order: it is refused, or there is only silence."),
    fault<&Fault::load>("load", number, some_load, kinds_with_queue, "",
        "Other traffic, as a part of `topology.bandwidth`."),
    fault<&Fault::queue>("queue", count, some_packets, kinds_with_queue, "",
        "Packets of 1500 B that fit into the queue; one more is lost."),
    // clang-format on
};

constexpr std::array<Table, 8> all_tables = {
    {{"pair", false, "The algorithm; the daemon reads the same table."},
     {"topology", false, "The network."},
     {"server", false, "Both servers."},
     {"power", false, "The channel through which each server can boot the other."},
     {"service", false, "The client that asks at the primary address."},
     {"memory", false, "The memory that is copied, and what changes it."},
     {"run", false, "The experiment."},
     {"fault", true, "What goes wrong and when; any number of them."}}};

}  // namespace

std::span<const Key> keys() { return all_keys; }

std::span<const Table> tables() { return all_tables; }

}  // namespace understudy
