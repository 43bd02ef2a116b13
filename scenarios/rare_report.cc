// SPDX-License-Identifier: MIT
#include "understudy/cli/rare_report.h"

#include <array>
#include <chrono>
#include <cstdio>
#include <optional>
#include <ostream>
#include <string>

#include "understudy/cli/csv_field.h"
#include "understudy/cli/json_value.h"
#include "understudy/cli/text_table.h"
#include "understudy/failover/time_text.h"
#include "understudy/virtual_time/rare_columns.h"

namespace understudy::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t page_width = 100;

// ---- for machines -------------------------------------------------------------------------------

void write_json(std::ostream& out, const RareResults& results) {
  Json rare;
  for (const auto& column : rare_columns()) {
    rare[std::string(column.name)] = json_value(column.value(results.estimate));
  }
  out << "{\n"
      << " \"scenario\": " << Json(results.scenario) << ",\n"
      << " \"substrate\": \"virtual\",\n"
      << " \"seed\": " << results.seed << ",\n"
      << " \"version\": " << Json(results.version) << ",\n"
      << " \"rare\": " << rare << "\n}\n";
}

void write_csv(std::ostream& out, const RareResults& results) {
  std::string names;
  std::string cells;
  for (const auto& column : rare_columns()) {
    names += (names.empty() ? "" : ",") + std::string(column.name);
    cells += (cells.empty() ? "" : ",") + csv_field(column.value(results.estimate));
  }
  out << names << '\n' << cells << '\n';
}

// ---- for people ---------------------------------------------------------------------------------

std::string number(const std::optional<double>& value) {
  if (!value) return "-";
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.4g", *value);
  return text.data();
}

// "4.2 hours": in the unit that leaves the fewest digits.
std::string span_text(const std::optional<double>& seconds) {
  struct Unit {
    double seconds;
    std::string_view name;
  };
  constexpr std::array<Unit, 5> units = {{{31'556'952.0, "years"},
                                          {86'400.0, "days"},
                                          {3'600.0, "hours"},
                                          {60.0, "minutes"},
                                          {1.0, "seconds"}}};
  if (!seconds) return "-";
  for (const Unit& unit : units) {
    if (*seconds >= unit.seconds || unit.seconds == 1.0) {
      return number(*seconds / unit.seconds) + " " + std::string(unit.name);
    }
  }
  return "-";
}

std::optional<double> reciprocal(double rate) {
  if (rate == 0.0) return std::nullopt;
  return 1.0 / rate;
}

void print_rate(std::ostream& out, const RareEstimate& e) {
  constexpr double day_s = 86'400.0;
  TextColumn names{.heading = "", .cells = {}, .align = TextColumn::Align::left};
  TextColumn values{.heading = "estimate", .cells = {}};
  TextColumn lows{.heading = number(100 * e.confidence) + " % from", .cells = {}};
  TextColumn highs{.heading = "to", .cells = {}};
  const auto add = [&](const char* name, const std::string& value, const std::string& low,
                       const std::string& high) {
    names.cells.emplace_back(name);
    values.cells.push_back(value);
    lows.cells.push_back(low);
    highs.cells.push_back(high);
  };
  if (e.rate_per_s && e.rate_interval_per_s) {
    const auto& [low, high] = *e.rate_interval_per_s;
    add("per second", number(*e.rate_per_s), number(low), number(high));
    add("per day", number(*e.rate_per_s * day_s), number(low * day_s), number(high * day_s));
    add("mean time to the first", span_text(reciprocal(*e.rate_per_s)), span_text(reciprocal(high)),
        span_text(reciprocal(low)));
  }
  add("probability within a run", number(e.probability), number(e.probability_interval.low),
      number(e.probability_interval.high));
  print_columns(out, {names, values, lows, highs}, page_width);
}

void print_levels(std::ostream& out, const RareEstimate& e) {
  TextColumn levels{.heading = "level", .cells = {}};
  TextColumn factors{.heading = "factor", .cells = {}};
  TextColumn entries{.heading = "entries", .cells = {}};
  TextColumn plain{.heading = "of a plain run", .cells = {}};
  for (std::size_t i = 0; i < e.levels.size(); ++i) {
    levels.cells.push_back(std::to_string(i + 1));
    factors.cells.push_back(std::to_string(e.levels[i].factor));
    entries.cells.push_back(std::to_string(e.levels[i].entries));
    plain.cells.push_back(number(e.levels[i].per_run));
  }
  print_columns(out, {levels, factors, entries, plain}, page_width);
}

// What the figures do not say by themselves.
void print_verdict(std::ostream& out, const RareEstimate& e) {
  if (e.impossible) {
    out << "Exactly 0: nothing in this scenario loses a packet or makes one late.\n";
  } else if (e.hits == 0) {
    out << "None in " << e.runs << " runs" << (e.paths > e.runs ? " and their copies" : "")
        << ". The upper ends are what the runs alone say.\n";
  } else if (!e.rate_per_s) {
    out << "It is not rare: no rate, for hardly a run is without one after a tenth of its time.\n";
  } else {
    out << "Relative error " << number(e.relative_error) << "; found in " << e.hits << " of "
        << e.runs << " runs or in copies of them.\n";
  }
  out << "Paths: " << e.paths << ", " << span_text(e.simulated_s) << " of virtual time in all.\n";
}

void write_table(std::ostream& out, const RareResults& results) {
  const RareEstimate& e = results.estimate;
  out << results.scenario << ", " << to_text(e.event) << " by " << to_text(e.method) << ", seed "
      << results.seed << ", runs " << results.first_run << " to " << results.first_run + e.runs - 1
      << " of " << to_text(results.duration) << "\n\n";
  print_rate(out, e);
  out << '\n';
  print_verdict(out, e);
  if (e.method != RareMethod::splitting || e.levels.empty() || e.impossible) return;
  out << '\n';
  print_levels(out, e);
}

}  // namespace

void write_rare(std::ostream& out, Format format, const RareResults& results) {
  switch (format) {
    case Format::table: return write_table(out, results);
    case Format::csv: return write_csv(out, results);
    case Format::json: return write_json(out, results);
  }
}

}  // namespace understudy::cli
