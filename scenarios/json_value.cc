// SPDX-License-Identifier: MIT
#include "understudy/cli/json_value.h"

#include <variant>

namespace understudy::cli {
namespace {

using Json = nlohmann::ordered_json;

struct ToJson {
  Json operator()(std::monostate /*null*/) const { return nullptr; }
  Json operator()(bool truth) const { return truth; }
  Json operator()(std::uint64_t count) const { return count; }
  Json operator()(double number) const { return number; }
  Json operator()(std::string_view text) const { return text; }
  Json operator()(const Value::List& list) const {
    Json array = Json::array();
    for (const Value& item : list) array.push_back(json_value(item));
    return array;
  }
  Json operator()(const Value::Record& record) const {
    Json object = Json::object();
    for (const auto& [name, value] : record) object[std::string(name)] = json_value(value);
    return object;
  }
};

}  // namespace

Json json_value(const Value& value) { return std::visit(ToJson{}, value.is); }

}  // namespace understudy::cli
