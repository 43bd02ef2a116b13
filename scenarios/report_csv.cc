// SPDX-License-Identifier: MIT
#include <ostream>
#include <string>
#include <variant>

#include "understudy/cli/json_value.h"
#include "understudy/cli/report.h"
#include "understudy/outcome/columns.h"

namespace understudy::cli {
namespace {

// As RFC 4180 has it.
std::string field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

// The same digits as in JSON.
std::string cell(const Value& value) {
  if (value.null()) return {};
  if (const auto* text = std::get_if<std::string_view>(&value.is)) return field(std::string(*text));
  return field(json_value(value).dump());
}

}  // namespace

void write_csv(std::ostream& out, const Results& results) {
  out << "run";
  for (const auto& column : columns()) out << ',' << column.name;
  out << '\n';
  for (const Record& record : results.records) {
    out << record.run;
    for (const auto& column : columns()) out << ',' << cell(column.value(record.outcome));
    out << '\n';
  }
}

}  // namespace understudy::cli
