// SPDX-License-Identifier: MIT
//
// A cell of the outcome's columns as JSON.
#pragma once

#include <nlohmann/json.hpp>

#include "understudy/outcome/columns.h"

namespace understudy::cli {

[[nodiscard]] nlohmann::ordered_json json_value(const Value& value);

}  // namespace understudy::cli
