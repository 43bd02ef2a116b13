// SPDX-License-Identifier: MIT
#include <ostream>

#include "understudy/cli/json_value.h"
#include "understudy/cli/report.h"
#include "understudy/outcome/columns.h"

namespace understudy::cli {
namespace {

using Json = nlohmann::ordered_json;

Json run_object(const Record& record) {
  Json object;
  object["run"] = record.run;
  for (const auto& column : columns()) {
    object[std::string(column.name)] = json_value(column.value(record.outcome));
  }
  return object;
}

}  // namespace

void write_json(std::ostream& out, const Results& results) {
  out << "{\n"
      << " \"scenario\": " << Json(results.scenario) << ",\n"
      << " \"substrate\": " << Json(results.substrate) << ",\n"
      << " \"seed\": " << results.seed << ",\n"
      << " \"version\": " << Json(results.version) << ",\n"
      << " \"runs\": [";
  std::string_view between = "\n  ";
  for (const Record& record : results.records) {
    out << between << run_object(record);
    between = ",\n  ";
  }
  out << "\n ]\n}\n";
}

}  // namespace understudy::cli
