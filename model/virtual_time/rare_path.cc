// SPDX-License-Identifier: MIT
#include "understudy/virtual_time/rare_path.h"

#include <algorithm>

#include "understudy/outcome/outcome.h"

namespace understudy {
namespace {

// The misses that a fence takes after so many in a row that have failed (Agent::misses_needed).
std::uint32_t misses_after(const Config& config, std::uint32_t failed) {
  constexpr std::uint32_t greatest_back_off = 8;
  if (failed == 0 || config.max_boots == 0) return config.misses;
  return config.misses + (1U << std::min(failed, greatest_back_off));
}

// The clients ask in vain: what becomes of them is no part of any rare event, and takes time.
Scenario without_clients(Scenario scenario) {
  scenario.service.enabled = false;
  return scenario;
}

}  // namespace

std::string_view to_text(RareEvent event) {
  return event == RareEvent::false_failover ? "false_failover" : "dual_primary";
}

RareCourse::RareCourse(const Scenario& scenario, RareEvent event)
    : scenario_(without_clients(scenario)), event_(event) {
  const Config config = scenario.config();
  if (event == RareEvent::false_failover) {
    attempts_.push_back({.misses = config.misses, .from = 0});
    levels_ = config.misses - 1;  // with the last miss it is declared
    return;
  }
  const bool goes_on = config.on_fence_failure == OnFenceFailure::takeover;
  const std::uint32_t fences = goes_on ? std::max(config.fence_attempts, 1U) : 1;
  for (std::uint32_t i = 0; i < fences; ++i) {
    const std::uint32_t misses = misses_after(config, i);
    attempts_.push_back({.misses = misses, .from = levels_});
    levels_ += misses + 1;
  }
  --levels_;  // with the failure of the last one it happens
}

std::uint32_t RareCourse::level(const VirtualWorld& world) const {
  std::uint32_t most = 0;
  for (const ServerId id : {ServerId::first, ServerId::second}) {
    if (world.fate(id) == Fate::running) most = std::max(most, level(world.agent(id)));
  }
  return most;
}

std::uint32_t RareCourse::level(const Agent& agent) const {
  const State& state = agent.state();
  const bool acting = state.role == Role::fencing || state.role == Role::restarting;
  if (event_ == RareEvent::false_failover) {
    return state.role == Role::monitor ? std::min(state.misses, levels_) : 0;
  }
  if (!acting && state.role != Role::monitor) return 0;
  const std::size_t failed = std::min<std::size_t>(state.failed_fences, attempts_.size() - 1);
  const Attempt& attempt = attempts_[failed];
  return std::min(attempt.from + (acting ? attempt.misses : std::min(state.misses, attempt.misses)),
                  levels_);
}

bool RareCourse::is_cue(const Event& event) const {
  if (event_ == RareEvent::dual_primary) {
    return (event.kind == Event::Kind::claimed && event.address == Address::primary) ||
           event.kind == Event::Kind::thawed;
  }
  return event.kind == Event::Kind::note && event.note.kind == Note::Kind::declared_failure &&
         event.note.address == Address::primary;
}

bool RareCourse::happened(const VirtualWorld& world) const {
  Timeline so_far;
  so_far.events = world.events();
  // That two hold an address shows once time passes.
  so_far.ending.at = after(world.now(), Duration(1));
  const Outcome outcome = measure(scenario_, so_far);
  if (event_ == RareEvent::dual_primary) return outcome.dual_primary > Duration::zero();
  return outcome.false_failovers > 0;
}

}  // namespace understudy
