// SPDX-License-Identifier: MIT
#include "words.h"

#include <charconv>
#include <cmath>
#include <map>
#include <sstream>
#include <variant>

namespace understudy::transcript {
namespace {

using Spans = std::map<std::string_view, std::optional<Duration> PairSettings::*>;
using Counts = std::map<std::string_view, std::optional<std::uint32_t> PairSettings::*>;
using Flags = std::map<std::string_view, std::optional<bool> PairSettings::*>;

const Spans spans = {
    {"ping_interval", &PairSettings::ping_interval},
    {"ping_timeout", &PairSettings::ping_timeout},
    {"chen_margin", &PairSettings::chen_margin},
    {"probe_timeout", &PairSettings::probe_timeout},
    {"boot_min", &PairSettings::boot_min},
    {"boot_max", &PairSettings::boot_max},
    {"fence_max", &PairSettings::fence_max},
    {"confirm_max", &PairSettings::confirm_max},
    {"fence_timeout", &PairSettings::fence_timeout},
    {"fence_validity", &PairSettings::fence_validity},
    {"restart_deadline", &PairSettings::restart_deadline},
    {"startup_grace", &PairSettings::startup_grace},
    {"monitor_grace", &PairSettings::monitor_grace},
    {"boots_window", &PairSettings::boots_window},
    {"announce_interval", &PairSettings::announce_interval},
    {"asleep_after", &PairSettings::asleep_after},
    {"witness_patience", &PairSettings::witness_patience},
    {"handover_timeout", &PairSettings::handover_timeout},
    {"taking_over_timeout", &PairSettings::taking_over_timeout},
};

const Counts counts = {
    {"misses", &PairSettings::misses},
    {"probes", &PairSettings::probes},
    {"fence_attempts", &PairSettings::fence_attempts},
    {"max_boots", &PairSettings::max_boots},
    {"copy_every", &PairSettings::copy_every},
    {"watch_misses", &PairSettings::watch_misses},
    {"unhealthy_after", &PairSettings::unhealthy_after},
};

const Flags flags = {
    {"newer_memory_wins", &PairSettings::newer_memory_wins},
    {"watch_monitor", &PairSettings::watch_monitor},
    {"conflict_detection", &PairSettings::conflict_detection},
    {"own_link", &PairSettings::own_link},
    {"witness", &PairSettings::witness},
};

const std::map<std::string_view, Duration Surroundings::*> surroundings = {
    {"delay", &Surroundings::delay},           {"boot_time", &Surroundings::boot_time},
    {"fence_time", &Surroundings::fence_time}, {"confirm_time", &Surroundings::confirm_time},
    {"copy_time", &Surroundings::copy_time},   {"copy_timeout", &Surroundings::copy_timeout},
};

template <class T>
T pick(const std::map<std::string_view, T>& choices, std::string_view word) {
  const auto found = choices.find(word);
  if (found == choices.end()) throw BadScript("no such value: " + std::string(word));
  return found->second;
}

double parse_number(std::string_view word) {
  double number = 0.0;
  const auto [end, error] = std::from_chars(word.begin(), word.end(), number);
  if (error != std::errc() || end != word.end()) {
    throw BadScript("not a number: " + std::string(word));
  }
  return number;
}

// Fields of types of their own.
bool set_choice(std::string_view key, std::string_view value, PairSettings& pair) {
  if (key == "method") {
    pair.method = pick<Method>({{"today", Method::today}, {"original", Method::original}}, value);
  } else if (key == "takeover") {
    pair.takeover = pick<Takeover>({{"immediate", Takeover::immediate},
                                    {"fence-first", Takeover::fence_first},
                                    {"restart-first", Takeover::restart_first}},
                                   value);
  } else if (key == "fence_mode") {
    pair.fence_mode =
        pick<FenceMode>({{"off-on", FenceMode::off_on}, {"reboot", FenceMode::reboot}}, value);
  } else if (key == "on_fence_failure") {
    pair.on_fence_failure = pick<OnFenceFailure>(
        {{"hold", OnFenceFailure::hold}, {"takeover", OnFenceFailure::takeover}}, value);
  } else if (key == "detector") {
    pair.detector = pick<DetectorKind>(
        {{"fixed", DetectorKind::fixed}, {"chen", DetectorKind::chen}, {"phi", DetectorKind::phi}},
        value);
  } else if (key == "phi_threshold") {
    pair.phi_threshold = parse_number(value);
  } else if (key == "clock_drift") {
    pair.clock_drift = parse_number(value);
  } else {
    return false;
  }
  return true;
}

}  // namespace

std::vector<std::string> split(std::string_view line) {
  std::istringstream words{std::string(line)};
  std::vector<std::string> found;
  for (std::string word; words >> word;) found.push_back(word);
  return found;
}

Duration parse_span(std::string_view word) {
  const auto unit_at = word.find_first_not_of("0123456789.");
  if (unit_at == std::string_view::npos) throw BadScript("no unit: " + std::string(word));
  const double ns_per_unit = pick<double>(
      {{"us", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"min", 60e9}, {"h", 3600e9}}, word.substr(unit_at));
  return Duration(std::llround(parse_number(word.substr(0, unit_at)) * ns_per_unit));
}

std::uint32_t parse_count(std::string_view word) {
  std::uint32_t count = 0;
  const auto [end, error] = std::from_chars(word.begin(), word.end(), count);
  if (error != std::errc() || end != word.end()) {
    throw BadScript("not a whole number: " + std::string(word));
  }
  return count;
}

ServerId parse_server(std::string_view word) {
  return pick<ServerId>({{"first", ServerId::first}, {"second", ServerId::second}}, word);
}

void set(std::string_view setting, PairSettings& pair, Surroundings& around) {
  const auto equals = setting.find('=');
  if (equals == std::string_view::npos) throw BadScript("not a setting: " + std::string(setting));
  const std::string_view key = setting.substr(0, equals);
  const std::string_view value = setting.substr(equals + 1);
  if (const auto span = spans.find(key); span != spans.end()) {
    pair.*span->second = parse_span(value);
  } else if (const auto count = counts.find(key); count != counts.end()) {
    pair.*count->second = parse_count(value);
  } else if (const auto flag = flags.find(key); flag != flags.end()) {
    pair.*flag->second = pick<bool>({{"yes", true}, {"no", false}}, value);
  } else if (const auto world = surroundings.find(key); world != surroundings.end()) {
    around.*world->second = parse_span(value);
  } else if (!set_choice(key, value, pair)) {
    throw BadScript("no such key: " + std::string(key));
  }
}

}  // namespace understudy::transcript
