// SPDX-License-Identifier: MIT
#include "understudy/failover/derive.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <initializer_list>
#include <limits>
#include <utility>

#include "understudy/failover/ports.h"
#include "understudy/failover/time_text.h"

namespace understudy {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// ---- sums of spans, which end at `forever` instead of overflowing -------------------------------

Duration plus(std::initializer_list<Duration> spans) {
  Duration::rep sum = 0;
  for (const Duration span : spans) {
    if (__builtin_add_overflow(sum, span.count(), &sum)) {
      return span > Duration::zero() ? forever : Duration::min();
    }
  }
  return Duration(sum);
}

Duration times(std::uint32_t n, Duration span) {
  Duration::rep product = 0;
  if (!__builtin_mul_overflow(span.count(), n, &product)) return Duration(product);
  return span > Duration::zero() ? forever : Duration::min();
}

Duration less(Duration span, Duration by) {
  return by == Duration::min() ? forever : plus({span, -by});
}

// ---- the quantities that the formulas are made of -----------------------------------------------

// Q: what a booted server's probes take, unanswered.
Duration probing(const Config& c) { return times(c.probes, c.probe_timeout); }

// nI + T: silence to declared failure, at most.
Duration striking(const Config& c) {
  return plus({times(c.misses, c.ping_interval), c.ping_timeout});
}

// boot_max + Q + I + T: power on to an answered ping, at most.
Duration returning(const Config& c) {
  return plus({c.boot_max, probing(c), c.ping_interval, c.ping_timeout});
}

Duration least_monitor_grace(const Config& c) {
  return plus({times(2, c.fence_max), c.boot_max, probing(c), c.startup_grace, striking(c)});
}

// One round of a war: both boot, wait and fence again.
Duration war_round(const Config& c) {
  return plus({c.boot_max, probing(c), c.startup_grace, c.fence_max});
}

// By our clock, which may be fast or slow, surely less than `span` by any other.
Duration shortened_by_drift(Duration span, double drift) {
  const double shorter = std::round(static_cast<double>(span.count()) * (1.0 - drift));
  const auto limit = static_cast<double>(forever.count());
  if (!(std::abs(shorter) < limit)) return shorter > 0 ? forever : Duration::zero();
  return Duration(static_cast<Duration::rep>(shorter));
}

// Before the other can be up again, though one of its answers may be on its way.
Duration greatest_fence_validity(const Config& c) {
  return std::max(less(shortened_by_drift(c.boot_min, c.clock_drift), c.ping_timeout),
                  Duration::zero());
}

// ---- defaults -----------------------------------------------------------------------------------

// With off and on apart nothing rests on boot_min, so a slow detector or power channel must not
// make an error of a value that nobody wrote.
Duration least_boot_min(const Config& c) {
  if (c.fence_mode == FenceMode::reboot) return Duration::zero();
  return plus({striking(c), c.fence_max, Duration(1)});
}

Duration default_boot_max(const PairSettings& said, const Config& c) {
  return std::max(
      {Duration(seconds(120)), said.boot_min.value_or(Duration::zero()), least_boot_min(c)});
}

Duration default_boot_min(const Config& c) {
  return std::min(c.boot_max, std::max<Duration>(seconds(15), least_boot_min(c)));
}

Duration default_fence_timeout(const Config& c) {
  // A channel that takes no time at all must not time out before it has spoken.
  return std::max<Duration>(
      std::min(times(2, plus({c.fence_max, c.confirm_max})), c.fence_validity), milliseconds(1));
}

std::uint32_t default_watch_misses(const Config& c) {
  const Duration interval = std::max(c.ping_interval, Duration(1));
  const Duration::rep slack =
      c.fence_max / interval + (c.fence_max % interval > Duration::zero() ? 1 : 0);
  constexpr Duration::rep most = std::numeric_limits<std::uint32_t>::max();
  return static_cast<std::uint32_t>(
      std::clamp<Duration::rep>(c.misses + Duration::rep{2} + std::min(slack, most), 1, most));
}

Duration default_asleep_after(const Config& c) {
  if (c.misses <= 1) return c.ping_interval;
  return plus({times(c.misses - 1, c.ping_interval), c.ping_timeout}) / 2;
}

bool original(const Config& c) { return c.method == Method::original; }

// Whoever lets go in a switchover finds no monitor and becomes one. It must not strike while the
// other still waits for its GO, which may be lost: startup_grace outlasts taking_over_timeout, and
// the ping thereafter.
Duration default_startup_grace(const PairSettings& said, const Config& c) {
  if (original(c)) return Duration::zero();
  const Duration switchover =
      said.taking_over_timeout.value_or(times(2, said.handover_timeout.value_or(Duration::zero())));
  return std::max(returning(c), plus({switchover, c.ping_interval, c.ping_timeout}));
}

Duration default_handover_timeout(const PairSettings& said, const Config& c) {
  Duration most = seconds(5);
  // A grace that is shorter than it should be is no reason to hurry.
  if (!original(c)) most = std::min(most, plus({c.boot_max, probing(c)}) / 2);
  return std::min(std::max(most, times(2, c.ping_timeout)),
                  said.taking_over_timeout.value_or(forever) / 2);
}

void derive_signals(const PairSettings& said, Config& c) {
  c.ping_interval = said.ping_interval.value_or(
      std::max<Duration>(milliseconds(100), said.ping_timeout.value_or(Duration::zero())));
  c.ping_timeout =
      said.ping_timeout.value_or(std::min<Duration>(milliseconds(50), c.ping_interval));
  c.misses = said.misses.value_or(original(c) ? 1 : 3);
  c.detector = said.detector.value_or(DetectorKind::fixed);
  c.chen_margin = said.chen_margin.value_or(milliseconds(20));
  c.phi_threshold = said.phi_threshold.value_or(8.0);
  c.probe_timeout = said.probe_timeout.value_or(milliseconds(200));
  c.probes = said.probes.value_or(original(c) ? 1 : 3);
}

void derive_failure(const PairSettings& said, Config& c) {
  c.takeover = said.takeover.value_or(original(c) ? Takeover::immediate : Takeover::fence_first);
  c.fence_mode = said.fence_mode.value_or(original(c) ? FenceMode::reboot : FenceMode::off_on);
  c.clock_drift = said.clock_drift.value_or(0.001);
  c.fence_max = said.fence_max.value_or(seconds(10));
  c.confirm_max = said.confirm_max.value_or(seconds(1));
  c.boot_max = said.boot_max.value_or(default_boot_max(said, c));
  c.boot_min = said.boot_min.value_or(default_boot_min(c));
  c.fence_validity = said.fence_validity.value_or(
      c.fence_mode == FenceMode::off_on ? forever : greatest_fence_validity(c));
  c.fence_timeout = said.fence_timeout.value_or(default_fence_timeout(c));
  c.fence_attempts = said.fence_attempts.value_or(3);
  c.on_fence_failure = said.on_fence_failure.value_or(OnFenceFailure::hold);
  c.restart_deadline = said.restart_deadline.value_or(plus({c.fence_max, returning(c)}));
}

void derive_patience(const PairSettings& said, Config& c) {
  c.startup_grace = said.startup_grace.value_or(default_startup_grace(said, c));
  c.monitor_grace = said.monitor_grace.value_or(original(c) ? seconds(0) : least_monitor_grace(c));
  c.max_boots = said.max_boots.value_or(original(c) ? 0 : 3);
  c.boots_window = said.boots_window.value_or(times(2, times(c.max_boots, war_round(c))));
}

void derive_rest(const PairSettings& said, Config& c) {
  c.copy_every = said.copy_every.value_or(10);
  c.newer_memory_wins = said.newer_memory_wins.value_or(!original(c));
  c.watch_monitor = said.watch_monitor.value_or(!original(c));
  c.watch_misses = said.watch_misses.value_or(default_watch_misses(c));
  c.announce_interval = said.announce_interval.value_or(original(c) ? seconds(0) : c.ping_interval);
  c.conflict_detection = said.conflict_detection.value_or(!original(c));
  c.asleep_after = said.asleep_after.value_or(original(c) ? forever : default_asleep_after(c));
  c.own_link = said.own_link.value_or(!original(c));
  c.witness = said.witness.value_or(false);
  c.witness_patience = said.witness_patience.value_or(seconds(30));
  c.unhealthy_after = said.unhealthy_after.value_or(3);
  c.handover_timeout = said.handover_timeout.value_or(default_handover_timeout(said, c));
  c.taking_over_timeout = said.taking_over_timeout.value_or(times(2, c.handover_timeout));
}

// ---- inequalities -------------------------------------------------------------------------------

// A side of an inequality: a field, or a formula whose words are fields.
struct Side {
  std::string_view formula;
  Duration value{};
};

std::vector<std::string> words(std::string_view formula) {
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz_";
  std::vector<std::string> found;
  for (std::size_t from = formula.find_first_of(letters); from != std::string_view::npos;) {
    const std::size_t end = std::min(formula.find_first_not_of(letters, from), formula.size());
    found.emplace_back(formula.substr(from, end - from));
    from = formula.find_first_of(letters, end);
  }
  return found;
}

std::string shortest(double number) {
  std::array<char, 32> text{};
  return {text.data(), std::to_chars(text.begin(), text.end(), number).ptr};
}

std::string shown(std::string_view formula, const std::string& value) {
  const bool field = formula.find(' ') == std::string_view::npos;
  std::string text = field ? "pair." : "";
  text += formula;
  text += " (" + value + ")";
  return text;
}

class Findings {
 public:
  void fails(Severity severity, const Side& left, std::string_view must, const Side& right,
             std::string_view or_else = {}) {
    add(severity, {left.formula, right.formula},
        shown(left.formula, to_text(left.value)) + " must " + std::string(must) + " " +
            shown(right.formula, to_text(right.value)) + std::string(or_else));
  }
  void at_most(Severity severity, const Side& left, const Side& right) {
    if (left.value > right.value) fails(severity, left, "not exceed", right);
  }
  void at_least(Severity severity, const Side& left, const Side& right,
                std::string_view or_else = {}) {
    if (left.value < right.value) fails(severity, left, "be at least", right, or_else);
  }
  void above(Severity severity, const Side& left, const Side& right) {
    if (left.value <= right.value) fails(severity, left, "exceed", right);
  }
  void below(Severity severity, const Side& left, const Side& right) {
    if (left.value >= right.value) fails(severity, left, "be below", right);
  }
  // A value that makes no sense whatever the others are.
  void senseless(std::string_view field, const std::string& value, std::string_view must) {
    add(Severity::error, {field}, shown(field, value) + " must be " + std::string(must));
  }
  void unwise(std::string_view field, const std::string& value, std::string_view must) {
    add(Severity::warning, {field}, shown(field, value) + " must be " + std::string(must));
  }

  [[nodiscard]] std::vector<Violation> take() { return std::move(found_); }

 private:
  void add(Severity severity, std::initializer_list<std::string_view> formulas, std::string text) {
    Violation violation{severity, std::move(text), {}};
    for (const std::string_view formula : formulas) {
      for (std::string& word : words(formula)) violation.fields.push_back(std::move(word));
    }
    found_.push_back(std::move(violation));
  }

  std::vector<Violation> found_;
};

// What an agent waits for must come while it lives, and before its clock runs over.
void check_ends(const Config& c, Findings& found) {
  constexpr Duration longest = std::chrono::hours(24 * 36500);
  const std::initializer_list<Side> awaited = {
      {"ping_interval", c.ping_interval},       {"ping_timeout", c.ping_timeout},
      {"chen_margin", c.chen_margin},           {"probe_timeout", c.probe_timeout},
      {"fence_timeout", c.fence_timeout},       {"announce_interval", c.announce_interval},
      {"handover_timeout", c.handover_timeout}, {"taking_over_timeout", c.taking_over_timeout}};
  for (const Side& side : awaited) {
    if (side.value <= longest) continue;
    found.senseless(side.formula, to_text(side.value), "at most " + to_text(longest));
  }
}

void check_spans(const Config& c, Findings& found) {
  const std::initializer_list<Side> positive = {
      {"ping_interval", c.ping_interval},       {"ping_timeout", c.ping_timeout},
      {"probe_timeout", c.probe_timeout},       {"fence_timeout", c.fence_timeout},
      {"restart_deadline", c.restart_deadline}, {"asleep_after", c.asleep_after},
      {"handover_timeout", c.handover_timeout}, {"taking_over_timeout", c.taking_over_timeout}};
  for (const Side& side : positive) {
    if (side.value > Duration::zero()) continue;
    found.senseless(side.formula, to_text(side.value), "above 0s");
  }
  const std::initializer_list<Side> not_negative = {{"chen_margin", c.chen_margin},
                                                    {"boot_min", c.boot_min},
                                                    {"boot_max", c.boot_max},
                                                    {"fence_max", c.fence_max},
                                                    {"confirm_max", c.confirm_max},
                                                    {"startup_grace", c.startup_grace},
                                                    {"monitor_grace", c.monitor_grace},
                                                    {"boots_window", c.boots_window},
                                                    {"announce_interval", c.announce_interval},
                                                    {"witness_patience", c.witness_patience}};
  for (const Side& side : not_negative) {
    if (side.value >= Duration::zero()) continue;
    found.senseless(side.formula, to_text(side.value), "0s or more");
  }
  check_ends(c, found);
  found.at_most(Severity::error, {"boot_min", c.boot_min}, {"boot_max", c.boot_max});
}

void check_numbers(const Config& c, Findings& found) {
  const std::initializer_list<std::pair<std::string_view, std::uint32_t>> counts = {
      {"misses", c.misses},
      {"probes", c.probes},
      {"fence_attempts", c.fence_attempts},
      {"watch_misses", c.watch_misses},
      {"unhealthy_after", c.unhealthy_after}};
  for (const auto& [field, count] : counts) {
    if (count == 0) found.senseless(field, "0", "at least 1");
  }
  if (c.max_boots > History::capacity) {
    found.senseless("max_boots", std::to_string(c.max_boots),
                    "at most " + std::to_string(History::capacity));
  }
  if (!(c.phi_threshold > 0.0 && std::isfinite(c.phi_threshold))) {
    found.senseless("phi_threshold", shortest(c.phi_threshold), "above 0");
  }
  if (!(c.clock_drift >= 0.0 && c.clock_drift < 1.0)) {
    found.senseless("clock_drift", shortest(c.clock_drift), "at least 0 and below 1");
  }
}

// In the numbering of the pair's inequalities: 2, one order for off and on.
void check_reboot(const Config& c, Findings& found) {
  const Side confirmed{"fence_max + confirm_max", plus({c.fence_max, c.confirm_max})};
  if (c.fence_mode == FenceMode::off_on) {
    // No promise hangs on it here, but a channel that always counts as failed never gives service.
    found.at_least(Severity::warning, {"fence_timeout", c.fence_timeout}, confirmed);
    return;
  }
  found.above(Severity::error, {"fence_validity", c.fence_validity}, confirmed);
  found.at_most(Severity::error, {"fence_validity", c.fence_validity},
                {"boot_min * (1 - clock_drift) - ping_timeout", greatest_fence_validity(c)});
  found.at_least(Severity::error, {"fence_timeout", c.fence_timeout}, confirmed);
}

// 3 and 4: the primary watches the monitor, but strikes second and not twice.
void check_watch(const Config& c, Findings& found) {
  found.at_least(Severity::error, {"monitor_grace", c.monitor_grace},
                 {"2 fence_max + boot_max + probes * probe_timeout + startup_grace + "
                  "misses * ping_interval + ping_timeout",
                  least_monitor_grace(c)});
  found.at_least(Severity::warning,
                 {"watch_misses * ping_interval", times(c.watch_misses, c.ping_interval)},
                 {"misses * ping_interval + fence_max + ping_interval",
                  plus({times(c.misses, c.ping_interval), c.fence_max, c.ping_interval})},
                 // Each turns the other off, and nobody is left to turn one on.
                 c.fence_mode == FenceMode::off_on
                     ? ", or a partition may leave both servers off: each fences the other"
                     : ", or under a partition both servers fence each other");
}

// 6, and what it is for: a server that does not come back is fenced a second time.
void check_restart(const Config& c, Findings& found) {
  found.at_least(Severity::warning, {"restart_deadline", c.restart_deadline},
                 {"fence_max + boot_max + probes * probe_timeout + ping_interval + ping_timeout",
                  plus({c.fence_max, returning(c)})});
  if (c.max_boots == 1) {  // 0: no limit
    found.unwise("max_boots", "1",
                 "at least 2 for restart-first: a server that does not come back is fenced again");
  }
}

// 5, and what a switchover asks of it: the server that has let go finds no monitor, becomes one,
// and waits for the first answer of the other, which may wait for its GO as long.
void check_startup_grace(const Config& c, Findings& found) {
  const Side grace{"startup_grace", c.startup_grace};
  found.at_least(
      Severity::warning, grace,
      {"boot_max + probes * probe_timeout + ping_interval + ping_timeout", returning(c)});
  found.above(Severity::warning, grace, {"taking_over_timeout", c.taking_over_timeout});
}

// 5 to 11.
void check_patience(const Config& c, Findings& found) {
  check_startup_grace(c, found);
  if (c.takeover == Takeover::restart_first) check_restart(c, found);
  found.above(
      Severity::error, {"boot_min", c.boot_min},
      {"misses * ping_interval + ping_timeout + fence_max", plus({striking(c), c.fence_max})});
  if (c.misses > 1) {
    found.below(Severity::warning, {"asleep_after", c.asleep_after},
                {"(misses - 1) * ping_interval + ping_timeout",
                 plus({times(c.misses - 1, c.ping_interval), c.ping_timeout})});
  }
  if (c.announce_interval == Duration::zero()) {  // not at all
    found.unwise("announce_interval", "0s", "above 0s: two holders that never speak never heal");
  }
  found.at_most(Severity::warning, {"announce_interval", c.announce_interval},
                {"ping_interval", c.ping_interval});
  found.above(Severity::error, {"taking_over_timeout", c.taking_over_timeout},
              {"handover_timeout", c.handover_timeout});
  if (c.max_boots > 0) {
    found.above(Severity::warning, {"boots_window", c.boots_window},
                {"max_boots * (boot_max + probes * probe_timeout + startup_grace + fence_max)",
                 times(c.max_boots, war_round(c))});
  }
}

}  // namespace

Config derive(const PairSettings& said) {
  Config c{};
  c.method = said.method.value_or(Method::today);
  derive_signals(said, c);
  derive_failure(said, c);
  derive_patience(said, c);
  derive_rest(said, c);
  return c;
}

PairSettings settings(const Config& c) {
  return {.method = c.method,
          .ping_interval = c.ping_interval,
          .ping_timeout = c.ping_timeout,
          .misses = c.misses,
          .detector = c.detector,
          .chen_margin = c.chen_margin,
          .phi_threshold = c.phi_threshold,
          .probe_timeout = c.probe_timeout,
          .probes = c.probes,
          .takeover = c.takeover,
          .fence_mode = c.fence_mode,
          .boot_min = c.boot_min,
          .boot_max = c.boot_max,
          .fence_max = c.fence_max,
          .confirm_max = c.confirm_max,
          .fence_timeout = c.fence_timeout,
          .fence_validity = c.fence_validity,
          .clock_drift = c.clock_drift,
          .fence_attempts = c.fence_attempts,
          .on_fence_failure = c.on_fence_failure,
          .restart_deadline = c.restart_deadline,
          .startup_grace = c.startup_grace,
          .monitor_grace = c.monitor_grace,
          .max_boots = c.max_boots,
          .boots_window = c.boots_window,
          .copy_every = c.copy_every,
          .newer_memory_wins = c.newer_memory_wins,
          .watch_monitor = c.watch_monitor,
          .watch_misses = c.watch_misses,
          .announce_interval = c.announce_interval,
          .conflict_detection = c.conflict_detection,
          .asleep_after = c.asleep_after,
          .own_link = c.own_link,
          .witness = c.witness,
          .witness_patience = c.witness_patience,
          .unhealthy_after = c.unhealthy_after,
          .handover_timeout = c.handover_timeout,
          .taking_over_timeout = c.taking_over_timeout};
}

std::vector<Violation> violations(const Config& config) {
  Findings found;
  found.at_most(Severity::error, {"ping_timeout", config.ping_timeout},
                {"ping_interval", config.ping_interval});
  // What the monitor's last copy may take is the one less the other (agent_handover.cc).
  found.above(Severity::error, {"handover_timeout", config.handover_timeout},
              {"ping_timeout", config.ping_timeout});
  check_spans(config, found);
  check_numbers(config, found);
  if (!original(config)) {
    check_reboot(config, found);
    if (config.watch_monitor) check_watch(config, found);
    check_patience(config, found);
  }
  return found.take();
}

}  // namespace understudy
