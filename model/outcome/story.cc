// SPDX-License-Identifier: MIT
#include "understudy/outcome/story.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <initializer_list>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "understudy/failover/time_text.h"
#include "understudy/outcome/columns.h"
#include "understudy/scenario/faults.h"
#include "understudy/scenario/spelling.h"
#include "understudy/scenario/units.h"
#include "understudy/scenario/words.h"

namespace understudy {
namespace {

using Kind = Event::Kind;

using Line = StoryLine;

// ---- words ----

std::string joined(std::initializer_list<std::string_view> parts) {
  std::string text;
  for (const std::string_view part : parts) text += part;
  return text;
}

std::string counted(std::uint64_t count, std::string_view thing) {
  return joined({std::to_string(count), " ", thing, count == 1 ? "" : "s"});
}

std::string address_text(Address address) {
  return address == Address::witness ? "the witness"
                                     : joined({"the ", to_text(address), " address"});
}

// The server that a server watches and can boot.
std::string_view peer(Host host) { return to_text(other(static_cast<ServerId>(host))); }

std::string order_text(const Event& event) {
  switch (event.order) {
    case PowerOrder::off:
      return joined({"orders the power channel to switch ", peer(event.host), " off"});
    case PowerOrder::on:
      return joined({"orders the power channel to switch ", peer(event.host), " on"});
    case PowerOrder::reboot:
      return joined({"orders the power channel to reboot ", peer(event.host)});
  }
  return {};
}

std::string report_text(const Event& event) {
  switch (event.result) {
    case FenceResult::off: return joined({"hears that ", peer(event.host), " is off"});
    case FenceResult::on: return joined({"hears that ", peer(event.host), " has power again"});
    case FenceResult::refused: return "hears that the power channel refuses";
  }
  return {};
}

std::string hosts_text(HostSet set) {
  std::vector<std::string_view> names;
  for (const Host host : all_hosts) {
    if (set.has(host)) names.push_back(to_text(host));
  }
  return listed(names, "and");
}

// "between first and second, client and witness" would be a riddle: a dash parts the sides.
std::string sides_text(const Fault& fault, const Struck& struck) {
  if (struck.hosts.empty()) return {};
  return joined({" between ", hosts_text(struck.hosts), fault.ways == Ways::one ? " -> " : " <-> ",
                 hosts_text(struck.others)});
}

// What there is to say of a kind, besides its name.
std::string details_text(const Fault& fault) {
  const auto with = [](double chance) { return " with probability " + number_to_text(chance); };
  switch (fault.kind) {
    case FaultKind::loss:
      return " of packets" + with(fault.chance()) +
             (fault.burst_begins ? ", in bursts" + with(fault.burst_probability) : "");
    case FaultKind::duplicate:
    case FaultKind::reorder:
    case FaultKind::corrupt: return " of packets" + with(fault.chance());
    case FaultKind::clock_rate: return ", " + number_to_text(fault.factor) + " times as fast";
    case FaultKind::power_failure:
      return fault.answer == PowerAnswer::refusal ? ", orders are refused"
                                                  : ", orders are not heard of again";
    case FaultKind::congestion: return " with load " + number_to_text(fault.load);
    default: return {};
  }
}

std::string fault_text(const Fault& fault, const Struck& struck) {
  std::string text = joined({to_text(fault.kind), details_text(fault)});
  if (among(kinds_with_sides, fault.kind)) text += sides_text(fault, struck);
  return text;
}

// What an operator does is no fault.
bool of_operator(const Fault& fault) {
  return fault.kind == FaultKind::switchover || fault.kind == FaultKind::maintenance;
}

std::string begun_text(const Event& event, const Fault& fault) {
  if (of_operator(fault)) {
    return joined({"is asked by its operator for ",
                   fault.kind == FaultKind::switchover ? "a switchover" : "maintenance"});
  }
  return joined(
      {"is struck by fault ", std::to_string(event.fault), ": ", fault_text(fault, event.struck)});
}

std::string ended_text(const Event& event, const Fault& fault) {
  if (of_operator(fault)) return "has its maintenance behind it";
  return joined({"has fault ", std::to_string(event.fault), " behind it"});
}

std::string ending_text(const Ending& ending) {
  std::string text = "the run ends:";
  for (const ServerId id : {ServerId::first, ServerId::second}) {
    text += joined({id == ServerId::first ? " " : ", ", to_text(id), " is ",
                    state_text(ending.fates[index(id)], ending.roles[index(id)])});
  }
  return text;
}

// Asks for nothing but what is in the note; a change of role also for the role before it.
std::string note_text(const Note& note, Role before) {
  switch (note.kind) {
    case Note::Kind::became: {
      const Transition* row = find_transition(before, note.cause);
      return joined({"is now ", to_text(note.role), ": ",
                     row != nullptr ? row->reason : to_text(note.cause)});
    }
    case Note::Kind::missed:
      if (note.count == 1) return "misses an answer from " + address_text(note.address);
      return joined({"misses an answer from ", address_text(note.address), ", ",
                     std::to_string(note.count), " in a row"});
    case Note::Kind::declared_failure:
      return joined({"declares the ", to_text(note.address), " failed after ",
                     std::to_string(note.count), note.count == 1 ? " miss" : " misses"});
    case Note::Kind::held_fire: return joined({"declares nothing: ", to_text(note.hold)});
    case Note::Kind::conflict_won:
      return joined({"keeps ", address_text(note.address), ", which another server holds too"});
    case Note::Kind::slept: return "was asleep";
    case Note::Kind::copy_started: return "starts to copy the memory";
    case Note::Kind::copy_whole: return "has a whole copy of the memory";
    case Note::Kind::copy_failed: return "gets no whole copy of the memory";
    case Note::Kind::newer_memory: return "takes the memory of the other, which is newer";
  }
  return {};
}

// What is not told one by one.
struct Routine {
  std::uint64_t answered = 0;
  std::uint64_t missed = 0;
  std::uint64_t copies = 0;
};

std::string routine_text(const Routine& routine) {
  std::string text = "has ";
  if (routine.answered > 0)
    text += joined({"had ", counted(routine.answered, "ping"), " answered"});
  if (routine.missed > 0) text += joined({" and missed ", std::to_string(routine.missed)});
  if (routine.answered > 0 && routine.copies > 0) text += ", and ";
  if (routine.copies > 0) text += "copied the memory " + counted(routine.copies, "time");
  return text;
}

// ---- the narrator ----

class Narrator {
 public:
  Narrator(const Scenario& scenario, Telling telling)
      : scenario_(scenario), telling_(telling), short_gap_(scenario.config().ping_interval) {}

  void tell(const Event& event) {
    follow(event);
    if (telling_ == Telling::everything) {
      lines_.push_back(line(event));
    } else if (is_miss(event)) {
      held_misses_.push_back(event);
    } else if (is_routine(event)) {
      pass_over(event);
    } else {
      tell_routine(event.host);
      lines_.push_back(line(event));
    }
    if (event.kind == Kind::note && event.note.kind == Note::Kind::became) {
      role(event.host) = event.note.role;
    }
  }

  void tell(const Gap& gap) {
    const bool open = gap.next_answer == never;
    if (telling_ == Telling::turns && !open && gap.next_answer - gap.first_lost_sent < short_gap_) {
      short_losses_ += gap.lost;
      return;
    }
    gaps_.push_back({gap.first_lost_sent, "client", "gets no answer from here on"});
    if (open) return;
    gaps_.push_back({gap.next_answer, "client",
                     joined({"is answered again, after ", counted(gap.lost, "lost request")})});
  }

  // All lines in the order of time; of one instant, what the client makes of it comes last.
  std::vector<Line> finish(const Ending& ending) {
    tell_routine(Host::client);
    lines_.insert(lines_.end(), gaps_.begin(), gaps_.end());
    std::ranges::stable_sort(lines_, {}, &Line::at);
    if (short_losses_ > 0) {
      lines_.push_back({ending.at, "client",
                        joined({"has lost ", counted(short_losses_, "request"),
                                " in gaps shorter than ", to_text(short_gap_)})});
    }
    lines_.push_back({ending.at, "", ending_text(ending)});
    return std::move(lines_);
  }

 private:
  struct Signal {
    std::uint64_t number = 0;  // in the order of sending
    bool probe = false;
  };

  Role& role(Host host) { return roles_.at(static_cast<std::size_t>(host)); }

  void follow(const Event& event) {
    switch (event.kind) {
      case Kind::powered_off: role(event.host) = Role::arbitrating; break;
      case Kind::claimed:  // only a settled pair has roles that no note tells of
        if (role(event.host) == Role::arbitrating) {
          role(event.host) = event.address == Address::primary ? Role::primary : Role::monitor;
        }
        break;
      case Kind::ping_sent:
        signals_[event.value] = {.number = ++signals_told_,
                                 .probe = role(event.host) == Role::arbitrating};
        break;
      default: break;
    }
  }

  [[nodiscard]] static bool is_miss(const Event& event) {
    return event.kind == Kind::note && event.note.kind == Note::Kind::missed;
  }

  [[nodiscard]] bool is_routine(const Event& event) {
    switch (event.kind) {
      case Kind::ping_sent:
      case Kind::ping_heard:
      case Kind::answer_heard: return !signals_[event.value].probe;
      case Kind::announcement_sent:
      case Kind::message_sent:
      case Kind::copy_begun: return true;
      case Kind::note:
        return event.note.kind == Note::Kind::copy_started ||
               event.note.kind == Note::Kind::copy_whole;
      default: return false;
    }
  }

  void pass_over(const Event& event) {
    Routine& routine = routines_.at(static_cast<std::size_t>(event.host));
    if (event.kind == Kind::answer_heard && event.address != Address::witness) {
      ++routine.answered;
      routine.missed +=
          std::erase_if(held_misses_, [&](const Event& miss) { return miss.host == event.host; });
    } else if (event.kind == Kind::note && event.note.kind == Note::Kind::copy_whole) {
      ++routine.copies;
    } else {
      return;
    }
    routine_until_ = event.at;
  }

  // Before something is told of a host: what was passed over until then, and the misses.
  void tell_routine(Host told_next) {
    const Time until =
        held_misses_.empty() ? routine_until_ : std::min(routine_until_, held_misses_.front().at);
    for (const Host host : {Host::first, Host::second}) {
      const Routine routine =
          std::exchange(routines_.at(static_cast<std::size_t>(host)), Routine{});
      if (routine.answered == 0 && routine.copies == 0) continue;
      lines_.push_back({until, to_text(host), routine_text(routine)});
    }
    // Each miss is a step towards what is told next, if the same server does it.
    for (std::size_t i = 0; i < held_misses_.size(); ++i) {
      const Event& miss = held_misses_[i];
      const bool last = std::none_of(held_misses_.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                                     held_misses_.end(),
                                     [&](const Event& later) { return later.host == miss.host; });
      if (last || miss.host == told_next) lines_.push_back(line(miss));
    }
    held_misses_.clear();
  }

  [[nodiscard]] Line line(const Event& event) { return {event.at, who(event), what(event)}; }

  [[nodiscard]] std::string_view who(const Event& event) const {
    if (event.kind != Kind::fault_began && event.kind != Kind::fault_ended) {
      return to_text(event.host);
    }
    const FaultTarget target = fault(event).target;
    const bool one_by_one =
        !of_network(target) && (target != FaultTarget::pair || event.kind == Kind::fault_ended);
    return one_by_one ? to_text(event.host) : to_text(target);
  }

  [[nodiscard]] std::string what(const Event& event) {
    switch (event.kind) {
      case Kind::note: return note_text(event.note, role(event.host));
      case Kind::claimed: return "claims " + address_text(event.address);
      case Kind::released: return "releases " + address_text(event.address);
      case Kind::serving: return "serves";
      case Kind::resting: return "no longer serves";
      case Kind::powered_off: return "is off";
      case Kind::powered_on:
        return event.by_channel ? "is switched on and boots" : "has power and boots";
      case Kind::up: return "is up";
      case Kind::ordered: return order_text(event);
      case Kind::reported: return report_text(event);
      case Kind::froze: return "stands still";
      case Kind::thawed: return "goes on";
      case Kind::moved_port:
        return event.value == 0 ? "goes over to its port to switch A"
                                : "goes over to its port to switch B";
      case Kind::fault_began: return begun_text(event, fault(event));
      case Kind::fault_ended: return ended_text(event, fault(event));
      case Kind::announcement_sent: return "announces " + address_text(event.address);
      case Kind::message_sent: return joined({"sends a message to ", peer(event.host)});
      case Kind::copy_begun:
        return joined({"is sent the memory with ", counted(event.value, "write")});
      case Kind::ping_sent:
      case Kind::ping_heard:
      case Kind::answer_heard: return signal_text(event);
    }
    return {};
  }

  [[nodiscard]] std::string signal_text(const Event& event) {
    const Signal signal = signals_[event.value];
    const std::string_view word = signal.probe ? "probe" : "ping";
    const std::string which = telling_ == Telling::everything
                                  ? joined({word, " ", std::to_string(signal.number)})
                                  : joined({"a ", word});
    switch (event.kind) {
      case Kind::ping_sent: return joined({"sends ", which, " to ", address_text(event.address)});
      case Kind::ping_heard: return "answers " + which;
      default: return "hears the answer to " + which;
    }
  }

  [[nodiscard]] const Fault& fault(const Event& event) const {
    return scenario_.faults.at(event.fault);
  }

  const Scenario& scenario_;
  Telling telling_;
  Duration short_gap_;  // no turn of the story
  std::array<Role, 2> roles_{};
  std::unordered_map<Token, Signal> signals_;
  std::uint64_t signals_told_ = 0;
  std::array<Routine, 2> routines_{};
  Time routine_until_{};
  std::vector<Event> held_misses_;  // until it shows whether they lead to anything
  std::uint64_t short_losses_ = 0;
  std::vector<Line> lines_;
  std::vector<Line> gaps_;
};

// "   30.754812 s  second   …", the time to the microsecond below.
std::string printed(const Line& line) {
  const auto micros = std::chrono::floor<std::chrono::microseconds>(line.at.time_since_epoch());
  std::array<char, 64> head{};
  const int length = std::snprintf(head.data(), head.size(), "%6lld.%06lld s  %-8.*s ",
                                   static_cast<long long>(micros.count() / 1'000'000),
                                   static_cast<long long>(micros.count() % 1'000'000),
                                   static_cast<int>(line.who.size()), line.who.data());
  return joined({{head.data(), static_cast<std::size_t>(length)}, line.what, "\n"});
}

}  // namespace

std::vector<StoryLine> story_lines(const Scenario& scenario, const Timeline& timeline,
                                   Telling telling) {
  Narrator narrator(scenario, telling);
  for (const Event& event : timeline.events) narrator.tell(event);
  for (const Gap& gap : timeline.gaps) narrator.tell(gap);
  return narrator.finish(timeline.ending);
}

std::string story(const Scenario& scenario, const Timeline& timeline, Telling telling) {
  std::string text;
  for (const Line& line : story_lines(scenario, timeline, telling)) text += printed(line);
  return text;
}

}  // namespace understudy
