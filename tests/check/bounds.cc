// SPDX-License-Identifier: MIT
#include "bounds.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>

#include "understudy/failover/derive.h"

namespace understudy::check {
namespace {

// The smallest whole numbers: I = T = probe_timeout = 1 tick, F = C = 1, and boots of 4 to 5 ticks
// (boot_min > n I + T + F; F + C < fence_validity <= boot_min - T). All else is derived.
PairSettings smallest(const Bounds& bounds) {
  PairSettings settings;
  settings.ping_interval = tick;
  settings.ping_timeout = tick;
  settings.probe_timeout = tick;
  settings.probes = 1;
  settings.misses = bounds.misses;
  settings.fence_max = tick;
  settings.confirm_max = tick;
  settings.clock_drift = 0.0;
  settings.boot_min = (bounds.misses + 3) * tick;
  settings.boot_max = *settings.boot_min + tick;
  settings.max_boots = bounds.max_boots;
  settings.fence_attempts = 2;
  settings.handover_timeout = 3 * tick;
  settings.taking_over_timeout = 5 * tick;
  settings.copy_every = bounds.memory ? 1 : 0;
  settings.newer_memory_wins = bounds.memory;
  return settings;
}

template <class T>
void say(std::optional<T>& field, const std::optional<T>& said) {
  if (said) field = said;
}

std::array<Policy, 7> make_policies() {
  const auto with = [](auto change) {
    PairSettings settings;
    change(settings);
    return settings;
  };
  return {
      Policy{"fence-first", "take over once the other is surely off; off and on are two orders",
             with([](PairSettings& s) { s.takeover = Takeover::fence_first; })},
      Policy{"fence-first-reboot", "the same, with one order for off and on",
             with([](PairSettings& s) {
               s.takeover = Takeover::fence_first;
               s.fence_mode = FenceMode::reboot;
             })},
      Policy{"restart-first", "leave the role to the booted server, if it hurries",
             with([](PairSettings& s) { s.takeover = Takeover::restart_first; })},
      Policy{"restart-first-reboot", "the same, with one order for off and on",
             with([](PairSettings& s) {
               s.takeover = Takeover::restart_first;
               s.fence_mode = FenceMode::reboot;
             })},
      Policy{"immediate", "take over while the other is being booted",
             with([](PairSettings& s) { s.takeover = Takeover::immediate; }), false},
      Policy{"takeover", "fence-first, but take over unconfirmed if booting the other fails",
             with([](PairSettings& s) { s.on_fence_failure = OnFenceFailure::takeover; }), false},
      Policy{"original", "the bare method",
             with([](PairSettings& s) { s.method = Method::original; }), false, false},
  };
}

const std::array<Policy, 7>& all_policies() {
  static const std::array<Policy, 7> all = make_policies();
  return all;
}

std::uint32_t number(std::string_view key, std::string_view value, std::uint32_t least,
                     std::uint32_t most) {
  std::uint32_t parsed = 0;
  const auto [end, error] = std::from_chars(value.begin(), value.end(), parsed);
  if (error != std::errc() || end != value.end() || parsed < least || parsed > most) {
    throw std::invalid_argument("--bound " + std::string(key) + "=" + std::string(value) +
                                ": must be a whole number from " + std::to_string(least) + " to " +
                                std::to_string(most));
  }
  return parsed;
}

bool yes(std::string_view key, std::string_view value) {
  if (value == "yes") return true;
  if (value == "no") return false;
  throw std::invalid_argument("--bound " + std::string(key) + "=" + std::string(value) +
                              ": must be yes or no");
}

void set_bound(Bounds& bounds, std::string_view key, std::string_view value) {
  if (key == "faults") {
    bounds.faults = number(key, value, 0, 20);
  } else if (key == "requests") {
    bounds.requests = number(key, value, 0, 20);
  } else if (key == "losses") {
    bounds.losses = yes(key, value);
  } else if (key == "lateness") {
    bounds.lateness = number(key, value, 0, 30);
  } else if (key == "misses") {
    bounds.misses = number(key, value, 1, 20);
  } else if (key == "max_boots") {
    bounds.max_boots = number(key, value, 0, 8);
  } else if (key == "terms") {
    bounds.terms = number(key, value, 1, 100);
  } else if (key == "memory") {
    bounds.memory = yes(key, value);
  } else {
    throw std::invalid_argument("--bound " + std::string(key) +
                                ": no such bound; there are faults, requests, losses, lateness, "
                                "misses, max_boots, terms and memory");
  }
}

// States are told apart by bytes (canonical.cc): spans in ticks, and misses in a row, which a
// back-off doubles with every fence of the window and with every one that failed.
void refuse_what_fits_no_byte(const Bounds& bounds, const Config& config) {
  constexpr std::int64_t most = 200;
  const std::int64_t longest =
      std::max({config.boots_window, config.monitor_grace, config.restart_deadline}) / tick;
  const std::uint32_t doubled =
      config.max_boots == 0 ? 0 : std::max(config.max_boots, bounds.faults);
  const std::int64_t misses = config.watch_misses + (std::int64_t{1} << std::min(doubled, 8U));
  if (longest <= most && misses <= most) return;
  throw std::invalid_argument("--bound " + to_text(bounds) +
                              ": too large to tell its states apart; fewer misses or max_boots");
}

}  // namespace

void set_bounds(Bounds& bounds, std::string_view text) {
  while (!text.empty()) {
    const std::string_view item = text.substr(0, text.find(','));
    text.remove_prefix(std::min(item.size() + 1, text.size()));
    const auto equals = item.find('=');
    if (equals == std::string_view::npos) {
      throw std::invalid_argument("--bound " + std::string(item) +
                                  ": must be KEY=VALUE, as in faults=2");
    }
    set_bound(bounds, item.substr(0, equals), item.substr(equals + 1));
  }
}

std::string to_text(const Bounds& bounds) {
  const auto flag = [](bool on) { return on ? "yes" : "no"; };
  std::string text = "faults=" + std::to_string(bounds.faults);
  text += ",requests=" + std::to_string(bounds.requests);
  text += std::string(",losses=") + flag(bounds.losses);
  text += ",lateness=" + std::to_string(bounds.lateness);
  text += ",misses=" + std::to_string(bounds.misses);
  text += ",max_boots=" + std::to_string(bounds.max_boots);
  text += ",terms=" + std::to_string(bounds.terms);
  text += std::string(",memory=") + flag(bounds.memory);
  return text;
}

std::span<const Bounds> standard_bounds() {
  static const std::array<Bounds, 6> all = {
      Bounds{},
      Bounds{.faults = 3, .losses = false},
      Bounds{.faults = 0, .requests = 1},
      Bounds{.faults = 1, .requests = 2, .losses = false, .memory = true},
      Bounds{.faults = 0, .misses = 2},
      Bounds{.faults = 1, .losses = false, .max_boots = 2},
  };
  return all;
}

std::span<const Policy> policies() { return all_policies(); }

const Policy* find_policy(std::string_view name) {
  const auto found = std::ranges::find(all_policies(), name, &Policy::name);
  return found == all_policies().end() ? nullptr : &*found;
}

Config config_of(const Policy& policy, const Bounds& bounds) {
  PairSettings settings = smallest(bounds);
  say(settings.method, policy.settings.method);
  say(settings.takeover, policy.settings.takeover);
  say(settings.fence_mode, policy.settings.fence_mode);
  say(settings.on_fence_failure, policy.settings.on_fence_failure);
  const Config config = derive(settings);
  for (const Violation& violation : violations(config)) throw std::logic_error(violation.text);
  refuse_what_fits_no_byte(bounds, config);
  return config;
}

}  // namespace understudy::check
