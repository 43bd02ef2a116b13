// SPDX-License-Identifier: MIT
//
// One process, several runs: what was run before must not matter.
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "understudy/cli/substrates.h"
#include "understudy/outcome/timeline.h"
#include "understudy/scenario/reader.h"

namespace understudy::cli {
namespace {

class Order : public ::testing::TestWithParam<Substrate> {
 protected:
  static Timeline run(const Scenario& scenario, std::uint64_t number) {
    return GetParam().run(scenario, {.seed = 1, .number = number}, {}, Detail::packets);
  }
};

TEST_P(Order, OfRunsInAProcessDoesNotMatter) {
  for (const std::string name : {"crash", "cold-start", "lost-pings"}) {
    const Scenario scenario = load("scenarios/" + name + ".toml");
    std::array<Timeline, 4> forwards;
    for (std::size_t i = 0; i < forwards.size(); ++i) forwards[i] = run(scenario, i + 1);
    for (std::size_t i = forwards.size(); i-- > 0;) {
      EXPECT_TRUE(run(scenario, i + 1) == forwards[i]) << name << ", run " << i + 1;
    }
    EXPECT_FALSE(forwards[0] == forwards[1]) << name;
  }
}

// Where time is simulated: no run in real time is the same twice.
std::vector<Substrate> simulations() {
  std::vector<Substrate> found(substrates().begin(), substrates().end());
  std::erase_if(found, [](const Substrate& each) { return each.time_for != nullptr; });
  return found;
}

INSTANTIATE_TEST_SUITE_P(OnEachSimulation, Order, ::testing::ValuesIn(simulations()),
                         [](const auto& each) { return std::string(each.param.name); });

}  // namespace
}  // namespace understudy::cli
