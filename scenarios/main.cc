// SPDX-License-Identifier: MIT
#include <span>

#include "understudy/cli/program.h"

namespace understudy {
extern const char* const embedded_scenario_name;
extern const char* const embedded_scenario_text;
}  // namespace understudy

int main(int argc, char** argv) {
  return understudy::cli::run_program(
      {.name = understudy::embedded_scenario_name, .text = understudy::embedded_scenario_text},
      std::span<const char* const>(argv, static_cast<std::size_t>(argc)));
}
