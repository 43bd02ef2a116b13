// SPDX-License-Identifier: MIT
#include "understudy/outcome/lanes.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <utility>

#include "understudy/outcome/columns.h"
#include "understudy/scenario/faults.h"
#include "understudy/scenario/words.h"

namespace understudy {
namespace {

using Kind = Event::Kind;

class Painter {
 public:
  explicit Painter(const Scenario& scenario) : scenario_(scenario) {
    const bool settled = scenario.run.start == Start::settled;
    for (const Host host : {Host::first, Host::second}) {
      fate(host) = settled ? Fate::running : Fate::off;
      change_state(host, Time{});
    }
  }

  void paint(const Event& event) {
    switch (event.kind) {
      case Kind::note:
        if (event.note.kind == Note::Kind::became) become(event.host, event.note.role, event.at);
        break;
      case Kind::claimed:
        begin(Lane::holds, event.host, to_text(event.address), event.at);
        // Only a settled pair has roles that no note tells of.
        if (role(event.host) == Role::arbitrating) {
          become(event.host, event.address == Address::primary ? Role::primary : Role::monitor,
                 event.at);
        }
        break;
      case Kind::released: end(Lane::holds, event.host, to_text(event.address), event.at); break;
      case Kind::serving: begin(Lane::serves, event.host, "serves", event.at); break;
      case Kind::resting: end(Lane::serves, event.host, "serves", event.at); break;
      case Kind::powered_off: power_off(event.host, event.at); break;
      case Kind::powered_on:
        // A crash keeps a server off until it is booted.
        end(Lane::fault, event.host, to_text(FaultKind::crash), event.at);
        come_to(event.host, Fate::booting, event.at);
        break;
      case Kind::up: come_to(event.host, Fate::running, event.at); break;
      case Kind::froze: begin(Lane::frozen, event.host, "frozen", event.at); break;
      case Kind::thawed: end(Lane::frozen, event.host, "frozen", event.at); break;
      case Kind::fault_began: begin_fault(event); break;
      case Kind::fault_ended: end_fault(event); break;
      default: break;
    }
  }

  void paint(const Gap& gap, Time end_of_run) {
    const Time end = gap.next_answer == never ? end_of_run : gap.next_answer;
    add({.lane = Lane::unanswered,
         .who = to_text(Host::client),
         .what = std::to_string(gap.lost) + " lost",
         .begin = gap.first_lost_sent,
         .end = end});
  }

  std::vector<Span> finish(Time end_of_run) {
    while (!open_.empty()) close(open_.begin(), end_of_run);
    std::ranges::stable_sort(spans_, {},
                             [](const Span& span) { return std::pair(span.lane, span.begin); });
    return std::move(spans_);
  }

 private:
  struct Subject {
    Lane lane;
    std::string_view who;
    std::string what;
    auto operator<=>(const Subject&) const = default;
  };
  using Open = std::map<Subject, Time>;

  Fate& fate(Host host) { return fates_.at(static_cast<std::size_t>(host)); }
  Role& role(Host host) { return roles_.at(static_cast<std::size_t>(host)); }

  void begin(const Subject& subject, Time at) { open_.try_emplace(subject, at); }
  void begin(Lane lane, Host host, std::string_view what, Time at) {
    begin(Subject{lane, to_text(host), std::string(what)}, at);
  }
  void end(const Subject& subject, Time at) {
    if (const auto found = open_.find(subject); found != open_.end()) close(found, at);
  }
  void end(Lane lane, Host host, std::string_view what, Time at) {
    end(Subject{lane, to_text(host), std::string(what)}, at);
  }
  void end_all(Lane lane, Host host, Time at) {
    for (auto next = open_.begin(); next != open_.end();) {
      const auto each = next++;
      if (each->first.lane == lane && each->first.who == to_text(host)) close(each, at);
    }
  }
  void close(Open::iterator one, Time at) {
    add({one->first.lane, one->first.who, one->first.what, one->second, at});
    open_.erase(one);
  }
  void add(Span span) {
    if (span.begin < span.end) spans_.push_back(std::move(span));
  }

  void change_state(Host host, Time at) {
    end_all(Lane::state, host, at);
    begin(Lane::state, host, state_text(fate(host), role(host)), at);
  }
  void become(Host host, Role next, Time at) {
    role(host) = next;
    change_state(host, at);
  }
  void come_to(Host host, Fate next, Time at) {
    fate(host) = next;
    change_state(host, at);
  }
  void power_off(Host host, Time at) {
    for (const Lane lane : {Lane::holds, Lane::serves, Lane::frozen}) end_all(lane, host, at);
    role(host) = Role::arbitrating;
    come_to(host, Fate::off, at);
  }

  // For each server that it strikes, or for the part of the network.
  void begin_fault(const Event& event) {
    const Fault& fault = scenario_.faults.at(event.fault);
    if (of_network(fault.target)) {
      return begin(Subject{Lane::fault, to_text(fault.target), std::string(to_text(fault.kind))},
                   event.at);
    }
    for (const Host host : all_hosts) {
      if (event.struck.hosts.has(host)) begin(Lane::fault, host, to_text(fault.kind), event.at);
    }
  }
  // The end may be told of one of those that were struck, or of all.
  void end_fault(const Event& event) {
    const Fault& fault = scenario_.faults.at(event.fault);
    for (auto next = open_.begin(); next != open_.end();) {
      const auto each = next++;
      const Subject& subject = each->first;
      if (subject.lane != Lane::fault || subject.what != to_text(fault.kind)) continue;
      const bool struck = std::ranges::any_of(all_hosts, [&](Host host) {
        return event.struck.hosts.has(host) && subject.who == to_text(host);
      });
      if (event.struck.hosts.empty() || struck || subject.who == to_text(fault.target)) {
        close(each, event.at);
      }
    }
  }

  const Scenario& scenario_;
  std::array<Fate, 2> fates_{};
  std::array<Role, 2> roles_{};
  Open open_;
  std::vector<Span> spans_;
};

}  // namespace

std::string_view to_text(Lane lane) {
  switch (lane) {
    case Lane::state: return "state";
    case Lane::holds: return "holds";
    case Lane::serves: return "serves";
    case Lane::frozen: return "frozen";
    case Lane::fault: return "fault";
    case Lane::unanswered: return "unanswered";
  }
  return "?";
}

std::vector<Span> lanes(const Scenario& scenario, const Timeline& timeline) {
  Painter painter(scenario);
  for (const Event& event : timeline.events) painter.paint(event);
  for (const Gap& gap : timeline.gaps) painter.paint(gap, timeline.ending.at);
  return painter.finish(timeline.ending.at);
}

}  // namespace understudy
