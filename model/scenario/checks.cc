// SPDX-License-Identifier: MIT
#include "understudy/scenario/checks.h"

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

#include "understudy/failover/time_text.h"
#include "understudy/scenario/bad_input.h"
#include "understudy/scenario/faults.h"
#include "understudy/scenario/spelling.h"
#include "understudy/scenario/topologies.h"
#include "understudy/scenario/words.h"

namespace understudy {
namespace {

// A field of the pair that follows from another table where [pair] does not say it.
struct Source {
  std::string_view field;
  std::optional<Duration> PairSettings::*member;
  std::string_view key;
};
constexpr std::array<Source, 4> sources = {
    {{"boot_min", &PairSettings::boot_min, "server.boot_time"},
     {"boot_max", &PairSettings::boot_max, "server.boot_time"},
     {"fence_max", &PairSettings::fence_max, "power.latency"},
     {"confirm_max", &PairSettings::confirm_max, "power.confirmation"}}};

// "pair.boot_min (1s) must …" is a riddle to somebody who wrote server.boot_time only.
Finding finding(const Scenario& scenario, Violation violation) {
  Finding found{violation.severity, std::move(violation.text), {}};
  std::string notes;
  for (const std::string& field : violation.fields) {
    found.keys.push_back("pair." + field);
    for (const Source& source : sources) {
      if (source.field != field || scenario.pair.*source.member) continue;
      found.keys.emplace_back(source.key);
      notes += (notes.empty() ? "; " : ", ") + field + " follows from " + std::string(source.key);
    }
  }
  found.text += notes;
  return found;
}

// Inequalities 1 and 10 once more: spans that must exceed a round trip, which the pair cannot know.
void check_round_trip(const Scenario& scenario, const Config& config, std::vector<Finding>& found) {
  if (config.method == Method::original) return;
  const Duration round_trip = greatest_round_trip(scenario.topology);
  std::vector<std::string> its_keys = {"", "topology.delay"};
  std::string its_name = "2 topology.delay";
  if (scenario.topology.kind == TopologyKind::wan) {
    its_keys.insert(its_keys.end(), {"topology.wan_delay", "topology.wan_delay_back"});
    its_name += " + topology.wan_delay + topology.wan_delay_back";
  }
  const auto exceeds = [&](Severity severity, const std::string& key, Duration span) {
    if (span > round_trip) return;
    its_keys.front() = key;
    found.push_back({severity,
                     key + " (" + to_text(span) + ") must exceed " + its_name + " (" +
                         to_text(round_trip) + "), the worst round trip",
                     its_keys});
  };
  exceeds(Severity::warning, "pair.ping_timeout", config.ping_timeout);
  exceeds(Severity::warning, "pair.probe_timeout", config.probe_timeout);
  exceeds(Severity::error, "pair.handover_timeout", config.handover_timeout);
}

// A monitor more hasty than the bonds takes a port that fails for a server that does.
void check_failover_delay(const Scenario& scenario, const Config& config,
                          std::vector<Finding>& found) {
  if (scenario.topology.kind != TopologyKind::dual_switch) return;
  const Duration patience =
      sum(config.ping_interval * (std::int64_t{config.misses} - 1), config.ping_timeout);
  const Duration delay = scenario.topology.failover_delay.greatest();
  if (patience > delay) return;
  found.push_back({Severity::warning,
                   "topology.failover_delay (" + to_text(delay) +
                       ") must be less than (misses - 1) * ping_interval + ping_timeout (" +
                       to_text(patience) + "), or a dead switch is taken for a dead server",
                   {"topology.failover_delay", "pair.misses"}});
}

// What never ends cannot begin again.
void check_repetition(const Fault& fault, const std::string& name, std::vector<Finding>& found) {
  if (!fault.every) return;
  if (lasts(fault.kind) && !fault.lasts) {
    found.push_back({Severity::error,
                     name + ".every: a fault of kind " + in_quotes(to_text(fault.kind)) +
                         " without an end happens once; write " + name + ".for too",
                     {name + ".every"}});
  }
  if (fault.every->mean() <= Duration::zero()) {
    found.push_back({Severity::error,
                     name + ".every: 0s on average is no time; write a longer one",
                     {name + ".every"}});
  }
}

void check_sides(const Fault& fault, const std::string& name, std::vector<Finding>& found) {
  if (!among(kinds_with_sides, fault.kind)) return;
  const auto fail = [&](const std::string& key, const std::string& what) {
    found.push_back({Severity::error, name + key + ": " + what, {name + key, name + ".kind"}});
  };
  const bool sides = !fault.from.empty() || !fault.to.empty();
  if (!sides && fault.kind == FaultKind::partition) {
    fail(".from",
         R"(a partition needs a side; write one such as "primary" or ["first", "client"])");
  }
  if (!sides && fault.ways == Ways::one) {
    fail(".ways", R"("one" needs a side to start from; write from, to or both)");
  }
  for (const Word<Side::Member>& member : words<Side::Member>) {
    if (!fault.from.has(member.value) || !fault.to.has(member.value)) continue;
    fail(".to",
         in_quotes(member.text) + " is on the other side already; write it in one of from and to");
    return;
  }
  const auto everybody = [](Side side) {
    return side.has(Side::Member::first) && side.has(Side::Member::second) &&
           side.has(Side::Member::client) && side.has(Side::Member::witness);
  };
  if (everybody(fault.from)) fail(".from", "leaves nobody on the other side; leave a host out");
  if (everybody(fault.to)) fail(".to", "leaves nobody on the other side; leave a host out");
}

void check_fault(const Scenario& scenario, std::size_t i, std::vector<Finding>& found) {
  const Fault& fault = scenario.faults[i];
  const std::string name = "fault." + std::to_string(i);
  if (!can_strike(fault.kind, fault.target)) {
    std::vector<std::string_view> targets;
    for (const FaultTarget target : targets_of(fault.kind)) targets.push_back(to_text(target));
    found.push_back({Severity::error,
                     name + ".target: " + in_quotes(to_text(fault.target)) +
                         " cannot be struck by kind " + in_quotes(to_text(fault.kind)) +
                         "; write " + listed(targets, "or"),
                     {name + ".target", name + ".kind"}});
  }
  if (!has_part(scenario.topology.kind, fault.target)) {
    std::vector<std::string_view> targets;
    for (const FaultTarget target : targets_of(fault.kind)) {
      if (has_part(scenario.topology.kind, target)) targets.push_back(to_text(target));
    }
    found.push_back({Severity::error,
                     name + ".target: a topology of kind " +
                         in_quotes(to_text(scenario.topology.kind)) + " has no " +
                         in_quotes(to_text(fault.target)) + "; write " + listed(targets, "or"),
                     {name + ".target", "topology.kind"}});
  }
  const Duration least = fault.at.least();
  if (least >= scenario.run.duration) {
    found.push_back({Severity::error,
                     name + ".at: " + to_text(least) +
                         (fault.at.fixed() ? "" : " at the earliest") +
                         " is not before the run's end; write less than run.duration (" +
                         to_text(scenario.run.duration) + ") or lengthen that",
                     {name + ".at", "run.duration"}});
  }
  check_repetition(fault, name, found);
  check_sides(fault, name, found);
}

}  // namespace

std::vector<Finding> findings(const Scenario& scenario) {
  const Config config = derive(scenario.pair_settings());
  std::vector<Finding> found;
  for (Violation& violation : violations(config)) {
    found.push_back(finding(scenario, std::move(violation)));
  }
  check_round_trip(scenario, config, found);
  check_failover_delay(scenario, config, found);
  if (scenario.faults.size() > most_faults) {
    found.push_back({Severity::error,
                     "fault: there are " + std::to_string(scenario.faults.size()) +
                         "; write at most " + std::to_string(most_faults),
                     {}});
    return found;
  }
  for (std::size_t i = 0; i < scenario.faults.size(); ++i) check_fault(scenario, i, found);
  return found;
}

void check(const Scenario& scenario) {
  for (const Finding& found : findings(scenario)) {
    if (found.severity == Severity::error) throw BadInput(found.text);
  }
}

std::vector<std::string> warnings(const Scenario& scenario) {
  std::vector<std::string> texts;
  for (Finding& found : findings(scenario)) {
    if (found.severity == Severity::warning) texts.push_back(std::move(found.text));
  }
  return texts;
}

PairSettings Scenario::pair_settings() const {
  PairSettings settings = pair;
  const auto fill = [](std::optional<Duration>& field, Duration value) {
    if (!field) field = value;
  };
  fill(settings.boot_min, server.boot_time.least());
  fill(settings.boot_max, server.boot_time.greatest());
  fill(settings.fence_max, power.latency.greatest());
  fill(settings.confirm_max, power.confirmation.greatest());
  return settings;
}

Config Scenario::config() const {
  Config config = derive(pair_settings());
  for (Violation& violation : violations(config)) {
    if (violation.severity == Severity::error) {
      throw BadInput(finding(*this, std::move(violation)).text);
    }
  }
  return config;
}

}  // namespace understudy
