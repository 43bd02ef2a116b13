// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <map>
#include <optional>
#include <ostream>
#include <string>
#include <variant>
#include <vector>

#include "understudy/cli/report.h"
#include "understudy/cli/statistics.h"
#include "understudy/cli/text_table.h"
#include "understudy/outcome/columns.h"

namespace understudy::cli {
namespace {

constexpr std::size_t page_width = 100;
constexpr std::size_t most_rows = 20;  // more runs than this are only summed up

// ---- cells ----

template <class... Arguments>
std::string formatted(const char* format, Arguments... arguments) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), format, arguments...);
  return text.data();
}

std::string seconds_text(double seconds) { return formatted("%.6f", seconds); }
// Counts are whole; their means are not.
std::string count_text(double count) { return formatted("%.6g", count); }

struct ToCell {
  std::string operator()(std::monostate /*null*/) const { return "-"; }
  std::string operator()(bool truth) const { return truth ? "yes" : "no"; }
  std::string operator()(std::uint64_t count) const { return std::to_string(count); }
  std::string operator()(double seconds) const { return seconds_text(seconds); }
  std::string operator()(std::string_view text) const { return std::string(text); }
  std::string operator()(const Value::List& list) const { return std::to_string(list.size()); }
  std::string operator()(const Value::Record& record) const {
    std::string text;
    for (const auto& [name, value] : record) {
      text += text.empty() ? "" : ", ";
      text += std::string(name) + " " + std::visit(ToCell{}, value.is);
    }
    return text;
  }
};

std::string cell(const Value& value) { return std::visit(ToCell{}, value.is); }

// What can be summed up by figures: everything but texts, lists and records.
std::optional<double> figure(const Value& value) {
  if (const auto* truth = std::get_if<bool>(&value.is)) return *truth ? 1.0 : 0.0;
  if (const auto* count = std::get_if<std::uint64_t>(&value.is)) return static_cast<double>(*count);
  if (const auto* number = std::get_if<double>(&value.is)) return *number;
  return std::nullopt;
}

// ---- one run ----

void print_meanings(std::ostream& out, const Outcome& outcome) {
  TextColumn names{.heading = "", .cells = {}, .align = TextColumn::Align::left};
  TextColumn values{.heading = "", .cells = {}};
  TextColumn meanings{.heading = "", .cells = {}, .align = TextColumn::Align::left};
  for (const auto& column : columns()) {
    const Value value = column.value(outcome);
    if (std::holds_alternative<Value::Record>(value.is)) continue;
    names.cells.emplace_back(column.name);
    values.cells.push_back(cell(value));
    meanings.cells.emplace_back(column.meaning);
  }
  print_columns(out, {names, values, meanings}, page_width);
}

void print_records(std::ostream& out, const Outcome& outcome) {
  for (const auto& column : columns()) {
    const Value value = column.value(outcome);
    if (!std::holds_alternative<Value::Record>(value.is)) continue;
    out << column.name << ": " << cell(value) << '\n';
  }
}

// What followed from each fault; from the first one it is said above.
void print_faults(std::ostream& out, const Outcome& outcome) {
  std::vector<TextColumn> table = {{.heading = "fault", .cells = {}}};
  for (const auto& column : fault_columns()) {
    table.push_back({.heading = std::string(column.name), .cells = {}});
  }
  for (const FaultOutcome& fault : outcome.faults) {
    table[0].cells.push_back(std::to_string(fault.number));
    for (std::size_t i = 0; i < fault_columns().size(); ++i) {
      table[i + 1].cells.push_back(cell(fault_columns()[i].value(fault)));
    }
  }
  print_columns(out, table, page_width);
}

void print_run(std::ostream& out, const Outcome& outcome) {
  print_meanings(out, outcome);
  print_records(out, outcome);
  if (outcome.faults.size() < 2) return;
  out << '\n';
  print_faults(out, outcome);
}

// ---- several runs ----

void print_rows(std::ostream& out, const Results& results) {
  std::vector<TextColumn> table = {{.heading = "run", .cells = {}}};
  for (const Record& record : results.records) table[0].cells.push_back(std::to_string(record.run));
  for (const auto& column : columns()) {
    TextColumn& cells = table.emplace_back();
    cells.heading = column.name;
    for (const Record& record : results.records) {
      cells.cells.push_back(cell(column.value(record.outcome)));
    }
  }
  print_columns(out, table, page_width);
}

struct Summary {
  std::string_view name;
  bool seconds = false;
  Statistics statistics;
  std::size_t nulls = 0;
};

// None for a column without figures.
std::optional<Summary> summary(const Column<Outcome>& column, const Results& results) {
  std::vector<double> values;
  std::size_t nulls = 0;
  for (const Record& record : results.records) {
    const Value value = column.value(record.outcome);
    if (const auto number = figure(value)) {
      values.push_back(*number);
    } else if (value.null()) {
      ++nulls;
    } else {
      return std::nullopt;
    }
  }
  return Summary{.name = column.name,
                 .seconds = column.unit == "s",
                 .statistics = statistics(std::move(values)),
                 .nulls = nulls};
}

void print_summaries(std::ostream& out, const Results& results) {
  std::vector<TextColumn> table = {{.heading = "", .cells = {}, .align = TextColumn::Align::left},
                                   {.heading = "median", .cells = {}},
                                   {.heading = "5 %", .cells = {}},
                                   {.heading = "95 %", .cells = {}},
                                   {.heading = "min", .cells = {}},
                                   {.heading = "max", .cells = {}},
                                   {.heading = "mean", .cells = {}},
                                   {.heading = "nulls", .cells = {}}};
  for (const auto& column : columns()) {
    const auto sums = summary(column, results);
    if (!sums) continue;
    const Statistics& s = sums->statistics;
    const std::array figures = {s.median, s.percentile_5, s.percentile_95,
                                s.least,  s.greatest,     s.mean};
    table[0].cells.emplace_back(sums->name);
    for (std::size_t i = 0; i < figures.size(); ++i) {
      table[i + 1].cells.push_back(s.count == 0    ? "-"
                                   : sums->seconds ? seconds_text(figures[i])
                                                   : count_text(figures[i]));
    }
    table.back().cells.push_back(std::to_string(sums->nulls));
  }
  print_columns(out, table, page_width);
}

// How often each value of a column of records was seen, the most frequent first.
void print_frequencies(std::ostream& out, const Results& results) {
  for (const auto& column : columns()) {
    std::map<std::string, std::size_t> seen;
    for (const Record& record : results.records) {
      const Value value = column.value(record.outcome);
      if (std::holds_alternative<Value::Record>(value.is)) ++seen[cell(value)];
    }
    if (seen.empty()) continue;
    std::vector<std::pair<std::string, std::size_t>> ordered(seen.begin(), seen.end());
    std::ranges::stable_sort(ordered, std::ranges::greater{},
                             &std::pair<std::string, std::size_t>::second);
    out << column.name << ":\n";
    for (const auto& [text, times] : ordered) {
      out << formatted("%7zu", times) << "  " << text << '\n';
    }
  }
}

// As the clients saw it, all runs together. Nothing, if nobody asked.
void print_availability(std::ostream& out, const Results& results) {
  constexpr double minutes_a_year = 365.0 * 24.0 * 60.0;
  double requests = 0.0;
  double lost = 0.0;
  for (const Record& record : results.records) {
    requests += static_cast<double>(record.outcome.requests);
    lost += static_cast<double>(record.outcome.lost_requests);
  }
  if (requests == 0.0) return;
  out << formatted("availability: %.9f of all requests were answered, ", 1.0 - lost / requests)
      << formatted("none in %.4g minutes a year\n", lost / requests * minutes_a_year);
}

void print_heading(std::ostream& out, const Results& results) {
  const std::uint64_t first = results.records.front().run;
  const std::uint64_t last = results.records.back().run;
  out << results.scenario << ", substrate " << results.substrate << ", seed " << results.seed;
  if (first == last) {
    out << ", run " << first << "\n\n";
  } else {
    out << ", runs " << first << " to " << last << "\n\n";
  }
}

}  // namespace

void write_table(std::ostream& out, const Results& results) {
  print_heading(out, results);
  if (results.records.size() == 1) {
    print_run(out, results.records.front().outcome);
    return print_availability(out, results);
  }
  if (results.records.size() <= most_rows) {
    print_rows(out, results);
    out << '\n';
  }
  print_summaries(out, results);
  out << '\n';
  print_frequencies(out, results);
  print_availability(out, results);
}

}  // namespace understudy::cli
