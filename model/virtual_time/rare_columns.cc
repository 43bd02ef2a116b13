// SPDX-License-Identifier: MIT
#include "understudy/virtual_time/rare_columns.h"

#include <array>
#include <optional>

namespace understudy {
namespace {

using E = RareEstimate;

constexpr double seconds_of_day = 86'400.0;

// What there is of it, times a factor; null, if there is nothing.
Value scaled(const std::optional<double>& number, double factor = 1.0) {
  if (!number) return {};
  return {*number * factor};
}

std::optional<double> low(const E& e) {
  if (!e.rate_interval_per_s) return std::nullopt;
  return e.rate_interval_per_s->low;
}
std::optional<double> high(const E& e) {
  if (!e.rate_interval_per_s) return std::nullopt;
  return e.rate_interval_per_s->high;
}

// Null for what never happens: JSON has no infinity.
Value reciprocal(const std::optional<double>& rate) {
  if (!rate || *rate == 0.0) return {};
  return {1.0 / *rate};
}

Value levels(const E& e) {
  Value::List list;
  for (const E::Level& level : e.levels) {
    list.push_back({Value::Record{{"factor", {std::uint64_t{level.factor}}},
                                  {"entries", {level.entries}},
                                  {"per_run", {level.per_run}}}});
  }
  return {list};
}

constexpr std::array<Column<E>, 21> table = {{
    {"event", "", "what is waited for", [](const E& e) { return Value{to_text(e.event)}; }},
    {"method", "", "how", [](const E& e) { return Value{to_text(e.method)}; }},
    {"runs", "", "independent runs", [](const E& e) { return Value{e.runs}; }},
    {"hits", "", "of these, with an event on some path", [](const E& e) { return Value{e.hits}; }},
    {"rate_per_s", "1/s", "of the first event, while there has been none",
     [](const E& e) { return scaled(e.rate_per_s); }},
    {"rate_low_per_s", "1/s", "the interval that covers it with this confidence",
     [](const E& e) { return scaled(low(e)); }},
    {"rate_high_per_s", "1/s", "or, without a hit, what it is below",
     [](const E& e) { return scaled(high(e)); }},
    {"per_day", "1/d", "the same rate",
     [](const E& e) { return scaled(e.rate_per_s, seconds_of_day); }},
    {"per_day_low", "1/d", "", [](const E& e) { return scaled(low(e), seconds_of_day); }},
    {"per_day_high", "1/d", "", [](const E& e) { return scaled(high(e), seconds_of_day); }},
    {"mean_time_s", "s", "mean time to the first event; null: never",
     [](const E& e) { return reciprocal(e.rate_per_s); }},
    {"mean_time_low_s", "s", "", [](const E& e) { return reciprocal(high(e)); }},
    {"mean_time_high_s", "s", "", [](const E& e) { return reciprocal(low(e)); }},
    {"relative_error", "", "standard error of the rate, as a part of it",
     [](const E& e) { return scaled(e.relative_error); }},
    {"probability", "", "that the event happens within a run",
     [](const E& e) { return Value{e.probability}; }},
    {"probability_low", "", "", [](const E& e) { return Value{e.probability_interval.low}; }},
    {"probability_high", "", "", [](const E& e) { return Value{e.probability_interval.high}; }},
    {"confidence", "", "of all intervals", [](const E& e) { return Value{e.confidence}; }},
    {"paths", "", "runs and copies of them", [](const E& e) { return Value{e.paths}; }},
    {"simulated_s", "s", "by all of them together",
     [](const E& e) { return Value{e.simulated_s}; }},
    {"levels", "", "copies, paths that rose to it, and how many a plain run has", levels},
}};

}  // namespace

std::span<const Column<RareEstimate>> rare_columns() { return table; }

}  // namespace understudy
