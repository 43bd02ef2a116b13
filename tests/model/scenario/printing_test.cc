// SPDX-License-Identifier: MIT
#include "understudy/scenario/printing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "understudy/failover/derive.h"
#include "understudy/scenario/keys.h"
#include "understudy/scenario/reader.h"

namespace understudy {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

Scenario with_faults() {
  Scenario scenario;
  scenario.name = "crash";
  scenario.pair.takeover = Takeover::restart_first;
  scenario.pair.asleep_after = forever;
  scenario.topology.bandwidth_bps = 123456.789;
  scenario.memory.write_rate_per_s = 1.0 / 3.0;
  scenario.power.refusal = 1e-9;
  scenario.power.latency = Exponential{10ms};
  scenario.faults.push_back({.at = Uniform{30s, 31s}});
  scenario.faults.push_back({.kind = FaultKind::loss,
                             .target = FaultTarget::network,
                             .at = 1ns,
                             .lasts = Normal{1s, 1ms}});
  scenario.faults.back().probability = 0.1;
  return scenario;
}

TEST(Printing, AScenarioIsReadBackAsItWas) {
  Scenario all_said;
  all_said.pair = settings(Scenario().config());
  for (const Scenario& scenario : {Scenario(), all_said, with_faults()}) {
    EXPECT_EQ(parse(to_toml(scenario), scenario.name + ".toml"), scenario);
    EXPECT_EQ(parse(to_toml(scenario, Unsaid::as_comment), scenario.name + ".toml"), scenario);
  }
}

TEST(Printing, IsTheSameForWhatMeansTheSame) {
  const Scenario one = parse("[run]\nduration='120s'\n[pair]\nmisses=3\n", "x.toml");
  const Scenario other = parse("pair.misses = 0x3 # three\nrun = { duration = '2min' }", "x.toml");
  EXPECT_EQ(to_toml(one), to_toml(other));
}

TEST(Printing, LeavesOutWhatThePairDoesNotSay) {
  EXPECT_EQ(to_toml(with_faults()), R"([pair]
takeover = "restart-first"
asleep_after = "forever"

[topology]
kind = "lan"
delay = "50us"
bandwidth = "123.456789kbps"
ip = "v4"

[server]
boot_time = { normal = ["20s", "2s"] }

[power]
latency = { exponential = "10ms" }
confirmation = "0s"
refusal = 1e-09

[service]
enabled = true
request_interval = "10ms"
request_timeout = "50ms"
health_interval = "1s"

[memory]
size = "64KiB"
write_rate = "0.3333333333333333/s"
copy_timeout = "5s"

[run]
duration = "60s"
start = "settled"

[[fault]]
kind = "crash"
target = "primary"
at = { uniform = ["30s", "31s"] }

[[fault]]
kind = "loss"
target = "network"
at = "1ns"
for = { normal = ["1s", "1ms"] }
ways = "both"
probability = 0.1
burst_ends = 0.5
burst_probability = 1
)");
}

TEST(Printing, CommentsSayWhatFollows) {
  const std::string text = to_toml(Scenario(), Unsaid::as_comment);
  EXPECT_THAT(text, HasSubstr("\n# boot_max = \"28s\"\n"));
  EXPECT_THAT(text, HasSubstr("\n# monitor_grace = \"58.7s\"\n"));
  EXPECT_THAT(text, HasSubstr("\n# misses = 3\n"));
  EXPECT_THAT(text, HasSubstr("\nduration = \"60s\"\n"));
}

TEST(Reference, NamesEveryKeyWithItsMeaning) {
  const std::string text = reference();
  for (const Table& table : tables()) {
    const std::string name(table.name);
    EXPECT_THAT(text, HasSubstr(table.list ? "## `[[" + name + "]]`" : "## `[" + name + "]`"));
  }
  for (const Key& key : keys()) {
    EXPECT_THAT(text, HasSubstr("| `" + std::string(key.name) + "` |"));
    EXPECT_THAT(text, HasSubstr("| " + std::string(key.meaning) + " |"));
  }
  EXPECT_THAT(text, Not(HasSubstr("|  |  |  |")));
}

TEST(Reference, GivesTypeDefaultRangeAndMeaning) {
  EXPECT_THAT(reference(),
              HasSubstr("| `copy_every` | whole number | `10` | 0 or more | Answered pings between "
                        "two copies of the primary's memory; 0: never. |\n"));
}

}  // namespace
}  // namespace understudy
