// SPDX-License-Identifier: MIT
#include "understudy/outcome/outcome.h"

#include <algorithm>
#include <functional>

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
      case Kind::fault_ended: blackouts_ -= is_blackout(event) ? 1 : 0; break;
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
    for (std::size_t i = 0; i < watches_.size(); ++i) measure_outage(i, timeline);
    for (const Watch& watch : watches_) outcome_.faults.push_back(watch.result);
    return std::move(outcome_);
  }

 private:
  struct ServerFacts {
    std::array<bool, 2> holds{};  // by address: primary, monitor
    bool serving = false;
    std::uint32_t fences = 0;  // ordered by it, whose end it has not been told
  };

  // A fault, and how far its consequences have come.
  struct Watch {
    FaultOutcome result;
    bool detectable = true;  // what is declared after it may be put down to it
    Time declared = never;
    bool takeover_due = false;  // the primary was declared failed; nobody has claimed its address
    bool emptied = false;       // a role was, since
  };

  ServerFacts& server(Host host) { return servers_[static_cast<std::size_t>(host)]; }

  [[nodiscard]] int holders(Address address) const {
    return static_cast<int>(std::ranges::count_if(servers_, [&](const ServerFacts& s) {
      return s.holds[static_cast<std::size_t>(address)];
    }));
  }

  void hold(const Event& event, bool holds) {
    server(event.host).holds[static_cast<std::size_t>(event.address)] = holds;
    if (!holds || event.address != Address::primary) return;
    had_primary_ = true;
    for (Watch& watch : watches_) {
      if (!watch.takeover_due) continue;
      watch.takeover_due = false;
      watch.result.takeover = now_ - watch.declared;
    }
  }

  void pass_time(Time now) {
    const int primaries = holders(Address::primary);
    if (primaries > 1) outcome_.dual_primary += now - now_;
    if (primaries == 0 && had_primary_) outcome_.no_primary += now - now_;
    now_ = now;
  }

  // A fault that lets no packet through: the client reaches nobody.
  [[nodiscard]] bool is_blackout(const Event& event) const {
    const Fault& fault = scenario_.faults.at(event.fault);
    return fault.kind == FaultKind::loss && fault.probability >= 1.0;
  }

  void fault_began(const Event& event) {
    const Fault& cause = scenario_.faults.at(event.fault);
    Watch watch;
    watch.result.number = event.fault;
    watch.result.kind = cause.kind;
    watch.result.at = event.at;
    bool seat_empty = holders(Address::primary) == 0;
    if (cause.target != FaultTarget::network) {
      watch.result.server = static_cast<ServerId>(event.host);
      seat_empty |= std::ranges::none_of(server(event.host).holds, std::identity{});
    }
    watch.detectable = !seat_empty && std::ranges::none_of(servers_, [](const ServerFacts& s) {
      return s.fences > 0;
    });
    blackouts_ += is_blackout(event) ? 1 : 0;
    watches_.push_back(watch);
  }

  void note(const Note& note) {
    if (note.kind != Note::Kind::declared_failure) return;
    const bool of_primary = note.address == Address::primary;
    if (of_primary && can_serve()) ++outcome_.false_failovers;
    for (Watch& watch : watches_) {
      if (!watch.detectable || watch.declared != never) continue;
      watch.declared = now_;
      watch.takeover_due = of_primary;
      watch.result.detection = now_ - watch.result.at;
    }
  }

  // Some holder is up, healthy and reached by the client.
  [[nodiscard]] bool can_serve() const {
    return blackouts_ == 0 && std::ranges::any_of(servers_, [](const ServerFacts& s) {
             return s.holds[static_cast<std::size_t>(Address::primary)] && s.serving;
           });
  }

  void follow_roles() {
    const bool filled = holders(Address::primary) > 0 && holders(Address::monitor) > 0;
    for (Watch& watch : watches_) {
      if (!filled) {
        watch.emptied = true;
      } else if (watch.emptied && !watch.result.redundancy) {
        watch.result.redundancy = now_ - watch.result.at;
      }
    }
  }

  // The gap that a fault caused is the first that loses a request which was on its way when it
  // struck, or sent later; unless it opens only when a later fault has struck.
  void measure_outage(std::size_t i, const Timeline& timeline) {
    FaultOutcome& result = watches_[i].result;
    if (!watches_[i].emptied) result.redundancy = Duration::zero();
    if (!scenario_.service.enabled) return;
    result.outage = Duration::zero();
    const Duration flight = longest_flight();
    for (const Gap& gap : timeline.gaps) {
      if (gap.last_lost_sent + flight < result.at || gap.next_answer <= result.at) continue;
      if (gap.first_lost_sent + flight >= next_fault_after(result.at)) return;
      const Time from = gap.last_answer == never ? result.at : gap.last_answer;
      result.censored = gap.next_answer == never;
      result.outage = (result.censored ? timeline.ending.at : gap.next_answer) - from;
      return;
    }
  }

  // How long a request and its answer may be on their way.
  [[nodiscard]] Duration longest_flight() const {
    return std::min(2 * scenario_.topology.delay.greatest(), scenario_.service.request_timeout);
  }

  [[nodiscard]] Time next_fault_after(Time when) const {
    for (const Watch& watch : watches_) {
      if (watch.result.at > when) return watch.result.at;
    }
    return never;
  }

  const Scenario& scenario_;
  Outcome outcome_;
  std::array<ServerFacts, 2> servers_{};
  std::vector<Watch> watches_;
  std::uint32_t blackouts_ = 0;  // under way
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
