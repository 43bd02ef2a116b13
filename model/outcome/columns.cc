// SPDX-License-Identifier: MIT
#include "understudy/outcome/columns.h"

#include <array>
#include <chrono>
#include <optional>

#include "understudy/scenario/words.h"

namespace understudy {
namespace {

constexpr std::string_view detection_meaning = "fault -> first failure declared at or after it";
constexpr std::string_view takeover_meaning = "that declaration -> primary address claimed";
constexpr std::string_view outage_meaning =
    "last good answer -> the next, around the requests that it cost";
constexpr std::string_view censored_meaning = "the outage lasted to the end of the run, or longer";
constexpr std::string_view redundancy_meaning =
    "fault -> both roles filled again; 0 if they never emptied";

Value null() { return {}; }
Value text(std::string_view words) { return {words}; }
Value count(std::uint64_t number) { return {number}; }

Value seconds(Duration span) {
  return {static_cast<double>(span.count()) / static_cast<double>(std::nano::den)};
}

Value seconds(const std::optional<Duration>& span) { return span ? seconds(*span) : null(); }

Value final_roles(const Outcome& outcome) {
  Value::Record roles;
  for (const ServerId id : {ServerId::first, ServerId::second}) {
    roles.emplace_back(to_text(id),
                       text(state_text(outcome.fates[index(id)], outcome.roles[index(id)])));
  }
  return {roles};
}

// ---- of each fault ----

Value kind(const FaultOutcome& fault) { return text(to_text(fault.kind)); }
Value target(const FaultOutcome& fault) {
  return text(fault.server ? to_text(*fault.server) : to_text(fault.target));
}
Value at(const FaultOutcome& fault) { return seconds(fault.at.time_since_epoch()); }
Value detection(const FaultOutcome& fault) { return seconds(fault.detection); }
Value takeover(const FaultOutcome& fault) { return seconds(fault.takeover); }
Value outage(const FaultOutcome& fault) { return seconds(fault.outage); }
Value censored(const FaultOutcome& fault) { return {fault.censored}; }
Value redundancy(const FaultOutcome& fault) { return seconds(fault.redundancy); }

constexpr std::array<Column<FaultOutcome>, 8> fault_table = {{
    {"kind", "", "what struck", kind},
    {"target", "",
     "what it struck: first, second, pair, client, witness, network or a part of that", target},
    {"at_s", "s", "when it struck, since the start of the run", at},
    {"detection_s", "s", detection_meaning, detection},
    {"takeover_s", "s", takeover_meaning, takeover},
    {"outage_s", "s", outage_meaning, outage},
    {"censored", "", censored_meaning, censored},
    {"redundancy_s", "s", redundancy_meaning, redundancy},
}};

// ---- of a run ----

Value faults(const Outcome& outcome) {
  Value::List list;
  for (const FaultOutcome& fault : outcome.faults) {
    Value::Record record;
    for (const auto& column : fault_table) record.emplace_back(column.name, column.value(fault));
    list.push_back({record});
  }
  return {list};
}

template <Value (*of_fault)(const FaultOutcome&)>
Value of_first_fault(const Outcome& outcome) {
  return outcome.faults.empty() ? null() : of_fault(outcome.faults.front());
}

constexpr std::array<Column<Outcome>, 14> table = {{
    {"faults", "", "each fault that struck, with what followed from it", faults},
    {"detection_s", "s", detection_meaning, of_first_fault<detection>},
    {"takeover_s", "s", takeover_meaning, of_first_fault<takeover>},
    {"outage_s", "s", outage_meaning, of_first_fault<outage>},
    {"censored", "", censored_meaning, of_first_fault<censored>},
    {"redundancy_s", "s", redundancy_meaning, of_first_fault<redundancy>},
    {"dual_primary_s", "s", "time that two servers held the primary address",
     [](const Outcome& outcome) { return seconds(outcome.dual_primary); }},
    {"no_primary_s", "s", "time that no server held it, from the first primary on",
     [](const Outcome& outcome) { return seconds(outcome.no_primary); }},
    {"false_failovers", "", "failures declared although the primary could serve",
     [](const Outcome& outcome) { return count(outcome.false_failovers); }},
    {"boots", "", "power cycles that the power channel carried out",
     [](const Outcome& outcome) { return count(outcome.boots); }},
    {"requests", "", "sent between the first primary and the end less the timeout",
     [](const Outcome& outcome) { return count(outcome.requests); }},
    {"lost_requests", "", "of these, not answered in time",
     [](const Outcome& outcome) { return count(outcome.lost_requests); }},
    {"lost_writes", "", "accepted by any server, but not in the last primary's memory",
     [](const Outcome& outcome) { return count(outcome.lost_writes); }},
    {"final_roles", "", "what each server is at the end: a role, booting or off", final_roles},
}};

}  // namespace

std::string_view state_text(Fate fate, Role role) {
  switch (fate) {
    case Fate::off: return "off";
    case Fate::booting: return "booting";
    case Fate::running: return to_text(role);
  }
  return "?";
}

std::span<const Column<Outcome>> columns() { return table; }

std::span<const Column<FaultOutcome>> fault_columns() { return fault_table; }

}  // namespace understudy
