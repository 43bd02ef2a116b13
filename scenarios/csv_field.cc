// SPDX-License-Identifier: MIT
#include "understudy/cli/csv_field.h"

#include <variant>

#include "understudy/cli/json_value.h"

namespace understudy::cli {
namespace {

std::string quoted_if_needed(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

}  // namespace

std::string csv_field(const Value& value) {
  if (value.null()) return {};
  if (const auto* text = std::get_if<std::string_view>(&value.is)) {
    return quoted_if_needed(std::string(*text));
  }
  return quoted_if_needed(json_value(value).dump());
}

}  // namespace understudy::cli
