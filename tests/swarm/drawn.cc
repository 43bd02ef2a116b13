// SPDX-License-Identifier: MIT
#include "drawn.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "understudy/failover/derive.h"
#include "understudy/scenario/faults.h"
#include "understudy/scenario/topologies.h"

namespace understudy::swarm {
namespace {

using std::chrono::milliseconds;

class Dice {
 public:
  explicit Dice(const Run& run) : stream_(run, "swarm") {}

  bool chance(double probability) { return stream_.chance(probability); }
  // A whole number from `least` to `most`.
  std::uint32_t count(std::uint32_t least, std::uint32_t most) {
    return least + static_cast<std::uint32_t>(stream_.bits() % (most - least + 1));
  }
  // To the millisecond, so that a scenario file reads well.
  Duration span(milliseconds least, milliseconds most) {
    const auto width = static_cast<std::uint64_t>((most - least).count()) + 1;
    return least + milliseconds(static_cast<milliseconds::rep>(stream_.bits() % width));
  }
  // In hundredths.
  double part(std::uint32_t least, std::uint32_t most) {
    return static_cast<double>(count(least, most)) / 100.0;
  }
  template <class Options>
  auto pick(const Options& options) {
    return options[stream_.bits() % std::size(options)];
  }

 private:
  Stream stream_;
};

// ---- the pair -----------------------------------------------------------------------------------

void draw_power(Dice& dice, Scenario& s) {
  s.power.latency = dice.span(milliseconds(0), milliseconds(300));
  s.power.confirmation = dice.span(milliseconds(0), milliseconds(100));
}

// Above the worst round trip, which is drawn first; the boot above all that must fit into one.
void draw_times(Dice& dice, Scenario& s) {
  const Duration delay = dice.span(milliseconds(1), milliseconds(8));
  const Duration spread =
      dice.chance(0.5) ? dice.span(milliseconds(0), milliseconds(8)) : Duration(0);
  if (spread > Duration(0)) {
    s.topology.delay = Uniform{delay, delay + spread};
  } else {
    s.topology.delay = delay;
  }
  s.pair.ping_timeout = 2 * (delay + spread) + dice.span(milliseconds(5), milliseconds(60));
  s.pair.ping_interval = *s.pair.ping_timeout + dice.span(milliseconds(0), milliseconds(150));
  s.pair.probe_timeout = 2 * (delay + spread) + dice.span(milliseconds(5), milliseconds(60));
  s.pair.misses = dice.count(1, 4);
  s.pair.probes = dice.count(1, 3);
  const Duration least = *s.pair.misses * *s.pair.ping_interval + *s.pair.ping_timeout;
  const auto longest = milliseconds(dice.chance(0.3) ? 2500 : 500);
  const Duration boot = least + milliseconds(550) + dice.span(milliseconds(0), longest);
  s.server.boot_time = Uniform{boot, boot + dice.span(milliseconds(0), milliseconds(500))};
  s.pair.clock_drift = dice.chance(0.5) ? 0.0 : dice.part(0, 5);
}

void draw_pair(Dice& dice, Scenario& s) {
  if (dice.chance(0.05)) s.pair.method = Method::original;
  const bool original = s.pair.method == Method::original;
  if (!original) {
    s.pair.takeover = dice.pick(std::array{Takeover::fence_first, Takeover::fence_first,
                                           Takeover::restart_first, Takeover::immediate});
    if (dice.chance(0.4)) s.pair.fence_mode = FenceMode::reboot;
    if (dice.chance(0.1)) s.pair.on_fence_failure = OnFenceFailure::takeover;
    // From the few answers that an adaptive detector has after a boot it can learn to be hasty; one
    // miss must not be enough then.
    if (dice.chance(0.2) && *s.pair.misses > 2)
      s.pair.detector = dice.pick(std::array{DetectorKind::chen, DetectorKind::phi});
    if (dice.chance(0.15)) s.pair.witness = true;
    if (s.pair.witness) s.pair.witness_patience = dice.span(milliseconds(100), milliseconds(2000));
    // A window of boots that ends in time to see what comes after it.
    s.pair.max_boots = dice.chance(0.9) ? 0 : dice.count(2, 3);
    s.pair.handover_timeout =
        2 * *s.pair.ping_timeout + dice.span(milliseconds(20), milliseconds(300));
    s.pair.taking_over_timeout =
        *s.pair.handover_timeout + dice.span(milliseconds(20), milliseconds(300));
    s.pair.fence_attempts = dice.count(1, 3);
  }
  s.pair.copy_every = dice.count(0, 3);
}

// ---- what goes wrong ----------------------------------------------------------------------------

constexpr auto first_fault = milliseconds(500);
constexpr auto last_end = milliseconds(7000);

constexpr std::array kinds = {
    FaultKind::crash,          FaultKind::hang,           FaultKind::pause,
    FaultKind::service_hang,   FaultKind::slow,           FaultKind::boot_failure,
    FaultKind::daemon_restart, FaultKind::clock_rate,     FaultKind::power_failure,
    FaultKind::power_delay,    FaultKind::link_down,      FaultKind::partition,
    FaultKind::loss,           FaultKind::delay,          FaultKind::jitter,
    FaultKind::duplicate,      FaultKind::reorder,        FaultKind::corrupt,
    FaultKind::congestion,     FaultKind::switch_failure, FaultKind::switchover,
    FaultKind::maintenance,
};

Side draw_side(Dice& dice) {
  return {dice.pick(std::array{Side::Member::first, Side::Member::second, Side::Member::primary,
                               Side::Member::monitor})};
}

void draw_network_fault(Dice& dice, Fault& fault) {
  if (fault.kind == FaultKind::partition || dice.chance(0.5)) {
    fault.from = draw_side(dice);
    if (dice.chance(0.4)) fault.ways = Ways::one;
  }
  if (among(kinds_with_probability, fault.kind)) fault.probability = dice.part(1, 90);
  if (among(kinds_with_bursts, fault.kind) && dice.chance(0.3)) {
    fault.probability.reset();
    fault.burst_begins = dice.part(1, 30);
    fault.burst_ends = dice.part(5, 90);
  }
  if (among(kinds_with_queue, fault.kind)) fault.load = dice.part(50, 150);
}

// When faults strike: at any time or, so that they meet, within a second or so.
struct Season {
  milliseconds begins;
  milliseconds ends;
};

Season draw_season(Dice& dice) {
  constexpr milliseconds latest = last_end - milliseconds(200);
  if (dice.chance(0.5)) return {first_fault, latest};
  const auto begins =
      std::chrono::duration_cast<milliseconds>(dice.span(first_fault, latest - milliseconds(1500)));
  return {begins, begins + milliseconds(1500)};
}

std::vector<FaultTarget> targets_on(TopologyKind topology, FaultKind kind) {
  std::vector<FaultTarget> found;
  for (const FaultTarget target : targets_of(kind)) {
    if (has_part(topology, target)) found.push_back(target);
  }
  return found;
}

Fault draw_fault(Dice& dice, FaultKind kind, const Season& season, const Scenario& s) {
  Fault fault;
  become(fault, kind);
  fault.target = dice.pick(targets_on(s.topology.kind, kind));
  const Duration at = dice.span(season.begins, season.ends);
  fault.at = at;
  const auto left = std::chrono::duration_cast<milliseconds>(Duration(last_end) - at);
  if (among(kinds_with_duration, kind)) {
    fault.lasts =
        dice.span(milliseconds(1), dice.chance(0.5) ? std::min(left, milliseconds(800)) : left);
  }
  if (among(kinds_with_sides, kind)) draw_network_fault(dice, fault);
  if (among(kinds_with_delay, kind)) {
    const auto longest = milliseconds(dice.chance(0.2) ? 3000 : 500);
    fault.delay = Uniform{Duration(0), dice.span(milliseconds(1), longest)};
  }
  if (kind == FaultKind::clock_rate) {
    const double drift = *s.pair.clock_drift;
    fault.factor = dice.chance(0.5) ? 1.0 + drift : 1.0 - drift;
  }
  if (kind == FaultKind::power_failure && dice.chance(0.5)) fault.answer = PowerAnswer::silence;
  return fault;
}

void draw_faults(Dice& dice, Scenario& s) {
  std::vector<FaultKind> in;
  for (const FaultKind kind : kinds) {
    if (dice.chance(0.25)) in.push_back(kind);
  }
  if (in.empty()) return;
  const std::uint32_t count = dice.count(1, dice.chance(0.5) ? 3 : 8);
  const Season season = draw_season(dice);
  bool clock_set = false;  // two such faults at once would make more than the drift of it
  for (std::uint32_t i = 0; i < count; ++i) {
    const FaultKind kind = dice.pick(in);
    if (kind == FaultKind::clock_rate && std::exchange(clock_set, true)) continue;
    s.faults.push_back(draw_fault(dice, kind, season, s));
  }
}

}  // namespace

Scenario draw_scenario(const Run& run) {
  Dice dice(run);
  Scenario s;
  s.name = "swarm-" + std::to_string(run.seed) + "-" + std::to_string(run.number);
  s.service.enabled = false;
  s.service.health_interval = milliseconds(200);
  s.memory.write_rate_per_s = 20.0;
  s.memory.copy_timeout = milliseconds(300);
  draw_power(dice, s);
  draw_times(dice, s);
  draw_pair(dice, s);
  if (dice.chance(0.2)) s.run.start = Start::cold;
  draw_faults(dice, s);
  if (s.pair.method != Method::original && dice.chance(0.1)) s.pair.own_link = false;
  s.run.duration = (faults_end(s) - Time{}) + settling_time(s);
  return s;
}

Time faults_end(const Scenario& scenario) {
  Time last{};
  Duration delays{};  // of one packet, at most, by all faults together
  for (const Fault& fault : scenario.faults) {
    Time end = Time{} + fault.at.mean();
    if (fault.lasts) end += fault.lasts->mean();
    if (fault.delay) delays += 2 * fault.delay->mean();  // they are drawn from 0 to that
    last = std::max(last, end);
  }
  return last + delays;
}

Duration settling_time(const Scenario& scenario) {
  const Config c = scenario.config();
  const Duration round = c.boot_max + c.probes * c.probe_timeout + c.startup_grace + c.fence_max;
  const Duration fencing = c.fence_attempts * (c.fence_timeout + c.misses * c.ping_interval);
  Duration time = c.monitor_grace + 2 * round + fencing + c.watch_misses * c.ping_interval +
                  c.handover_timeout + c.taking_over_timeout + std::chrono::seconds(1);
  if (c.takeover == Takeover::restart_first) time += c.restart_deadline;
  if (c.witness) time += c.witness_patience;
  if (c.max_boots > 0) time += c.boots_window + 260 * c.ping_interval;
  return time;
}

}  // namespace understudy::swarm
