// SPDX-License-Identifier: MIT
#include "understudy/outcome/outcome.h"

#include <algorithm>
#include <array>
#include <functional>

#include "understudy/scenario/dual_switch.h"
#include "understudy/scenario/faults.h"
#include "understudy/scenario/topologies.h"

namespace understudy {
namespace {

using Kind = Event::Kind;

// Walks a timeline once, event by event, with the state of the pair at that time.
class Meter {
 public:
  explicit Meter(const Scenario& scenario) : scenario_(scenario) {}

  void take(const Event& event) {
    pass_time(event.at);
    switch (event.kind) {
      case Kind::claimed: hold(event, true); break;
      case Kind::released: hold(event, false); break;
      case Kind::serving: server(event.host).serving = true; break;
      case Kind::resting: server(event.host).serving = false; break;
      case Kind::powered_off: server(event.host) = ServerFacts{}; break;
      case Kind::froze: server(event.host).frozen = true; break;
      case Kind::thawed: server(event.host).frozen = false; break;
      case Kind::powered_on: outcome_.boots += event.by_channel ? 1 : 0; break;
      case Kind::ordered:
        if (event.order != PowerOrder::on) ++server(event.host).fences;
        break;
      case Kind::reported:
        if (event.result != FenceResult::on && server(event.host).fences > 0) {
          --server(event.host).fences;
        }
        break;
      case Kind::fault_began: fault_began(event); break;
      case Kind::fault_ended: part(event, -1); break;
      case Kind::moved_port: dual_switch_.use(event.host, static_cast<Port>(event.value)); break;
      case Kind::note: note(event.note); break;
      default: break;
    }
    follow_roles();
  }

  Outcome finish(const Timeline& timeline) {
    pass_time(timeline.ending.at);
    outcome_.fates = timeline.ending.fates;
    outcome_.roles = timeline.ending.roles;
    outcome_.requests = timeline.ending.requests;
    outcome_.lost_requests = timeline.ending.lost_requests;
    outcome_.lost_writes = timeline.ending.writes_accepted - timeline.ending.writes_of_last_primary;
    for (const std::size_t i : unemptied_) watches_[i].result.redundancy = Duration::zero();
    for (std::size_t i = 0; i < watches_.size(); ++i) measure_outage(i, timeline);
    for (const Watch& watch : watches_) outcome_.faults.push_back(watch.result);
    return std::move(outcome_);
  }

 private:
  struct ServerFacts {
    std::array<bool, 2> holds{};  // by address: primary, monitor
    bool serving = false;
    bool frozen = false;
    std::uint32_t fences = 0;  // ordered by it, whose end it has not been told

    // For all that anybody can see.
    [[nodiscard]] bool shows(Address address) const {
      return holds[static_cast<std::size_t>(address)] && !frozen;
    }
  };

  // A fault, and how far its consequences have come.
  struct Watch {
    FaultOutcome result;
    bool detectable = true;  // what is declared after it may be put down to it
    Time declared = never;
  };

  ServerFacts& server(Host host) { return servers_[static_cast<std::size_t>(host)]; }

  [[nodiscard]] int holders(Address address) const {
    return static_cast<int>(
        std::ranges::count_if(servers_, [&](const ServerFacts& s) { return s.shows(address); }));
  }

  void hold(const Event& event, bool holds) {
    server(event.host).holds[static_cast<std::size_t>(event.address)] = holds;
    if (!holds || event.address != Address::primary) return;
    had_primary_ = true;
    for (const std::size_t i : takeovers_due_) {
      watches_[i].result.takeover = now_ - watches_[i].declared;
    }
    takeovers_due_.clear();
  }

  void pass_time(Time now) {
    const int primaries = holders(Address::primary);
    if (primaries > 1) outcome_.dual_primary += now - now_;
    if (primaries == 0 && had_primary_) outcome_.no_primary += now - now_;
    now_ = now;
  }

  // How many faults cut a direction.
  std::int32_t& cuts_on(Host from, Host to) {
    return cuts_.at(static_cast<std::size_t>(from) * host_count + static_cast<std::size_t>(to));
  }

  // A fault parts hosts (1), or does so no longer (-1).
  void part(const Event& event, std::int32_t change) {
    const Fault& fault = scenario_.faults.at(event.fault);
    if (!cuts(fault)) return;
    const bool all = event.struck.hosts.empty();
    const Struck struck = all ? Struck{HostSet::all(), HostSet::all()} : event.struck;
    const bool dual = scenario_.topology.kind == TopologyKind::dual_switch;
    if (dual && DualSwitch::concerns(fault.kind)) {
      if (change > 0) return dual_switch_.begin(event.fault, fault, struck.hosts);
      return dual_switch_.end(event.fault);
    }
    for (const Host from : all_hosts) {
      for (const Host to : all_hosts) {
        const bool there = struck.hosts.has(from) && struck.others.has(to);
        const bool back = struck.others.has(from) && struck.hosts.has(to) && both_ways(fault);
        if (there || back) cuts_on(from, to) += change;
      }
    }
  }

  void fault_began(const Event& event) {
    const Fault& cause = scenario_.faults.at(event.fault);
    FaultOutcome result;
    result.number = event.fault;
    result.kind = cause.kind;
    result.at = event.at;
    bool seat_empty = holders(Address::primary) == 0;
    switch (cause.target) {
      case FaultTarget::pair:
      case FaultTarget::client:
      case FaultTarget::witness:
      case FaultTarget::network:
      case FaultTarget::switch_a:
      case FaultTarget::switch_b:
      case FaultTarget::uplink:
      case FaultTarget::wan: result.target = cause.target; break;
      default:
        result.server = static_cast<ServerId>(event.host);
        seat_empty |= std::ranges::none_of(server(event.host).holds, std::identity{});
    }
    Watch watch;
    watch.result = result;
    watch.detectable = !seat_empty && std::ranges::none_of(servers_, [](const ServerFacts& s) {
      return s.fences > 0;
    });
    part(event, 1);
    watches_.push_back(watch);
    if (watch.detectable) undeclared_.push_back(watches_.size() - 1);
    unemptied_.push_back(watches_.size() - 1);
  }

  void note(const Note& note) {
    if (note.kind != Note::Kind::declared_failure) return;
    const bool of_primary = note.address == Address::primary;
    if (of_primary && can_serve()) ++outcome_.false_failovers;
    for (const std::size_t i : undeclared_) {
      watches_[i].declared = now_;
      watches_[i].result.detection = now_ - watches_[i].result.at;
      if (of_primary) takeovers_due_.push_back(i);
    }
    undeclared_.clear();
  }

  // Some holder is up, healthy and reached by the client.
  [[nodiscard]] bool can_serve() {
    return std::ranges::any_of(std::array{Host::first, Host::second}, [&](Host host) {
      return server(host).shows(Address::primary) && server(host).serving &&
             cuts_on(Host::client, host) == 0 && cuts_on(host, Host::client) == 0 &&
             dual_switch_.connected(Host::client, host);
    });
  }

  void follow_roles() {
    if (holders(Address::primary) == 0 || holders(Address::monitor) == 0) {
      unfilled_.insert(unfilled_.end(), unemptied_.begin(), unemptied_.end());
      unemptied_.clear();
      return;
    }
    for (const std::size_t i : unfilled_) {
      watches_[i].result.redundancy = now_ - watches_[i].result.at;
    }
    unfilled_.clear();
  }

  // The gap that a fault caused is the first that loses a request which was on its way when it
  // struck, or sent later; unless it opens only when a later fault has struck.
  void measure_outage(std::size_t i, const Timeline& timeline) {
    FaultOutcome& result = watches_[i].result;
    if (!scenario_.service.enabled) return;
    result.outage = Duration::zero();
    const Duration flight = longest_flight();
    // Gaps follow each other in time, so those that were over before are the first.
    const auto over = [&](const Gap& gap) {
      return gap.last_lost_sent + flight < result.at || gap.next_answer <= result.at;
    };
    const auto found = std::ranges::partition_point(timeline.gaps, over);
    if (found == timeline.gaps.end()) return;
    const Gap& gap = *found;
    if (gap.first_lost_sent + flight >= next_fault_after(i)) return;
    const Time from = gap.last_answer == never ? result.at : gap.last_answer;
    result.censored = gap.next_answer == never;
    const Time to = result.censored ? timeline.ending.at : gap.next_answer;
    result.outage = std::max(Duration::zero(), to - from);  // answers may overtake each other
  }

  // How long a request and its answer may be on their way.
  [[nodiscard]] Duration longest_flight() const {
    const Duration timeout = scenario_.service.request_timeout;
    Duration flight = std::min(greatest_round_trip(scenario_.topology), timeout);
    for (const Fault& fault : scenario_.faults) {
      if (fault.kind == FaultKind::congestion) return timeout;
      if (!among(kinds_with_delay, fault.kind) || fault.kind == FaultKind::power_delay) continue;
      flight = std::min(flight + 2 * std::min(extra_delay(fault).greatest(), timeout), timeout);
    }
    return flight;
  }

  [[nodiscard]] Time next_fault_after(std::size_t i) const {
    const Time when = watches_[i].result.at;
    for (++i; i < watches_.size(); ++i) {
      if (watches_[i].result.at > when) return watches_[i].result.at;
    }
    return never;
  }

  const Scenario& scenario_;
  Outcome outcome_;
  std::array<ServerFacts, 2> servers_{};
  std::vector<Watch> watches_;  // by time
  // Some of these, by number: each is in a list while it waits for something, so that the time
  // that a run takes does not grow with the square of its faults.
  std::vector<std::size_t> undeclared_;
  std::vector<std::size_t> takeovers_due_;  // declared; nobody has claimed the address
  std::vector<std::size_t> unemptied_;      // no role was empty since
  std::vector<std::size_t> unfilled_;       // one was, and they have not been filled since
  std::array<std::int32_t, host_count * host_count> cuts_{};  // faults that cut, by direction
  DualSwitch dual_switch_;                                    // whole in another topology
  bool had_primary_ = false;
  Time now_{};
};

}  // namespace

Outcome measure(const Scenario& scenario, const Timeline& timeline) {
  Meter meter(scenario);
  for (const Event& event : timeline.events) meter.take(event);
  return meter.finish(timeline);
}

}  // namespace understudy
