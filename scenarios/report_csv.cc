// SPDX-License-Identifier: MIT
#include <ostream>

#include "understudy/cli/csv_field.h"
#include "understudy/cli/report.h"
#include "understudy/outcome/columns.h"

namespace understudy::cli {

void write_csv(std::ostream& out, const Results& results) {
  out << "run";
  for (const auto& column : columns()) out << ',' << column.name;
  out << '\n';
  for (const Record& record : results.records) {
    out << record.run;
    for (const auto& column : columns()) out << ',' << csv_field(column.value(record.outcome));
    out << '\n';
  }
}

}  // namespace understudy::cli
