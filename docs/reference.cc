// SPDX-License-Identifier: MIT
//
// The reference of all keys, made from the tables that the readers use: build/docs/reference
// scenario | daemon | outcome prints a part of it as Markdown.
#include <cstdio>
#include <span>
#include <string>
#include <string_view>

#include "understudy/daemon/settings.h"
#include "understudy/outcome/columns.h"
#include "understudy/scenario/printing.h"

namespace {

template <class Row>
std::string column_table(std::span<const understudy::Column<Row>> columns) {
  std::string text = "| column | unit | meaning |\n| --- | --- | --- |\n";
  for (const auto& column : columns) {
    text += "| `" + std::string(column.name) + "` | " + std::string(column.unit) + " | " +
            std::string(column.meaning) + " |\n";
  }
  return text;
}

std::string daemon_tables() {
  std::string text;
  std::string table;
  for (const understudy::KeyInWords& key : understudy::live::settings_in_words()) {
    if (key.table != table) {
      table = key.table;
      text += "\n## `[" + table + "]`\n\n| key | default | meaning |\n| --- | --- | --- |\n";
    }
    text += "| `" + key.name + "` | " + key.standard + " | " + key.meaning + " |\n";
  }
  return text;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view part = argc == 2 ? argv[1] : "";
  std::string text;
  if (part == "scenario") {
    text = understudy::reference();
  } else if (part == "daemon") {
    text = daemon_tables();
  } else if (part == "outcome") {
    text = column_table(understudy::columns()) + "\nEach of `faults` has, in its turn:\n\n" +
           column_table(understudy::fault_columns());
  } else {
    std::fputs("reference: say scenario, daemon or outcome\n", stderr);
    return 2;
  }
  std::fputs(text.c_str(), stdout);
  return 0;
}
