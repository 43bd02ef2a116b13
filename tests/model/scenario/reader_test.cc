// SPDX-License-Identifier: MIT
#include "understudy/scenario/reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <variant>

#include "understudy/scenario/bad_input.h"

namespace understudy {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

constexpr std::string_view crash = R"(
[pair]                                   # the algorithm; the daemon reads the same table
ping_interval = "100ms"
ping_timeout  = "50ms"
misses        = 3
copy_every    = 10
probe_timeout = "200ms"
takeover      = "fence-first"

[topology]
kind  = "lan"
delay = "50us"                           # one way, host to host

[server]
boot_time = { normal = ["20s", "2s"] }

[power]
latency = "500ms"                        # order given -> the other is off

[service]
request_interval = "10ms"
request_timeout  = "50ms"

[memory]
size       = "64KiB"
write_rate = "200/s"

[run]
duration = "120s"

[[fault]]
kind   = "crash"
target = "primary"
at     = { uniform = ["30s", "31s"] }
)";

TEST(Reader, ReadsWhatAFileSays) {
  const Scenario scenario = parse(crash, "scenarios/crash.toml");
  Scenario expected;
  expected.name = "crash";
  expected.pair.ping_interval = 100ms;
  expected.pair.ping_timeout = 50ms;
  expected.pair.misses = 3;
  expected.pair.copy_every = 10;
  expected.pair.probe_timeout = 200ms;
  expected.pair.takeover = Takeover::fence_first;
  expected.topology.kind = TopologyKind::lan;
  expected.topology.delay = 50us;
  expected.server.boot_time = Normal{20s, 2s};
  expected.power.latency = 500ms;
  expected.service.request_interval = 10ms;
  expected.service.request_timeout = 50ms;
  expected.memory.size_bytes = 64 * 1024;
  expected.memory.write_rate_per_s = 200.0;
  expected.run.duration = 120s;
  expected.faults.push_back({.kind = FaultKind::crash,
                             .target = FaultTarget::primary,
                             .at = Uniform{30s, 31s},
                             .lasts = {}});
  EXPECT_EQ(scenario, expected);
}

TEST(Reader, AnEmptyFileIsAQuietPair) {
  Scenario quiet;
  quiet.name = "empty";
  EXPECT_EQ(parse("", "empty.toml"), quiet);
  EXPECT_EQ(parse("# nothing\n", "empty.toml"), quiet);
  EXPECT_NO_THROW(static_cast<void>(quiet.config()));
}

TEST(Reader, DerivesTheConfigurationFromBootAndPower) {
  const Config config = parse(crash, "crash.toml").config();
  EXPECT_EQ(config.boot_min, 12s);
  EXPECT_EQ(config.boot_max, 28s);
  EXPECT_EQ(config.fence_max, 500ms);
  EXPECT_EQ(config.confirm_max, 0s);
  EXPECT_EQ(config.monitor_grace, 58'700ms);
}

TEST(Reader, WhatThePairSaysOfBootAndPowerWins) {
  const Config config = parse(R"([pair]
boot_max = "1min"
fence_max = "2s"
)",
                              "x.toml")
                            .config();
  EXPECT_EQ(config.boot_min, 12s);
  EXPECT_EQ(config.boot_max, 60s);
  EXPECT_EQ(config.fence_max, 2s);
}

TEST(Reader, EveryShapeOfADistributionCanBeWritten) {
  const Scenario scenario = parse(R"(
[server]
boot_time = { uniform = ["19s", "21s"] }
[power]
latency = { normal = ["500ms", "10ms"] }
confirmation = { exponential = "20ms" }
)",
                                  "x.toml");
  EXPECT_EQ(scenario.server.boot_time, Distribution(Uniform{19s, 21s}));
  EXPECT_EQ(scenario.power.latency, Distribution(Normal{500ms, 10ms}));
  EXPECT_EQ(scenario.power.confirmation, Distribution(Exponential{20ms}));
}

TEST(Reader, ALossStrikesTheNetworkUnlessSaidOtherwise) {
  const Scenario scenario = parse(R"(
[[fault]]
probability = 0.25
for = "10s"
at = "5s"
kind = "loss"
)",
                                  "x.toml");
  ASSERT_EQ(scenario.faults.size(), 1u);
  EXPECT_EQ(scenario.faults[0].kind, FaultKind::loss);
  EXPECT_EQ(scenario.faults[0].target, FaultTarget::network);
  EXPECT_EQ(scenario.faults[0].probability, 0.25);
  EXPECT_EQ(scenario.faults[0].lasts, Distribution(10s));
}

TEST(Reader, ForeverIsADurationWhereItMeansSomething) {
  const Scenario scenario = parse("[pair]\nasleep_after = \"forever\"\n", "x.toml");
  EXPECT_EQ(scenario.pair.asleep_after, forever);
}

// ---- files --------------------------------------------------------------------------------------

class Folder : public ::testing::Test {
 protected:
  Folder() : path_(std::filesystem::path(::testing::TempDir()) / unique_name()) {
    std::filesystem::create_directories(path_);
  }
  ~Folder() override { std::filesystem::remove_all(path_); }

  std::filesystem::path write(const std::string& name, std::string_view text) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
    return path_ / name;
  }
  static std::string mistake_in(const std::filesystem::path& path) {
    try {
      static_cast<void>(load(path));
    } catch (const BadInput& mistake) {
      return mistake.what();
    }
    return "accepted";
  }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  static std::string unique_name() {
    const auto* const test = ::testing::UnitTest::GetInstance()->current_test_info();
    return "understudy_" + std::to_string(::getpid()) + "_" + test->name();
  }

  std::filesystem::path path_;
};

TEST_F(Folder, AFileNamesTheScenario) {
  EXPECT_EQ(load(write("crash.toml", crash)), parse(crash, "crash.toml"));
}

TEST_F(Folder, ATraceLiesBesideTheFileThatNamesIt) {
  write("rtt.csv", "rtt_s\n0.0002\n0.0001\n");
  const auto file = write("x.toml", "[topology]\ndelay = { trace = \"rtt.csv\" }\n");
  const Scenario scenario = load(file);
  const auto* const trace = std::get_if<Trace>(&scenario.topology.delay.shape());
  ASSERT_NE(trace, nullptr);
  EXPECT_EQ(trace->path, (path() / "rtt.csv").string());
  EXPECT_THAT(*trace->spans, ::testing::ElementsAre(100us, 200us));
}

TEST_F(Folder, AMistakeInATraceNamesBothFiles) {
  write("rtt.csv", "0.1\noops\n");
  const auto file = write("x.toml", "[topology]\ndelay = { trace = \"rtt.csv\" }\n");
  EXPECT_EQ(mistake_in(file), file.string() +
                                  ":2: topology.delay: " + (path() / "rtt.csv").string() +
                                  ":2: \"oops\" is no span; write seconds such as 0.05, or 50ms");
}

TEST_F(Folder, AMissingFileIsNamed) {
  const auto file = path() / "none.toml";
  EXPECT_EQ(
      mistake_in(file),
      file.string() + ": cannot be opened (No such file or directory); check its name and rights");
}

TEST_F(Folder, ADirectoryIsNoScenario) {
  EXPECT_EQ(mistake_in(path()), path().string() + ": is a directory; name a file");
}

TEST_F(Folder, WhatHasNoEndIsNotReadToTheEnd) {
  EXPECT_EQ(mistake_in("/dev/zero"), "/dev/zero: is larger than 1024KiB; name a smaller file");
}

TEST_F(Folder, BinaryRubbishIsNoScenario) {
  std::string rubbish;
  for (int i = 0; i < 4096; ++i) rubbish += static_cast<char>((i * 167 + 13) % 256);
  const std::string mistake = mistake_in(write("x.toml", rubbish));
  EXPECT_THAT(mistake, HasSubstr("x.toml:1: is no text ("));
  EXPECT_EQ(mistake.find('\n'), std::string::npos);
}

// ---- mistakes -----------------------------------------------------------------------------------

struct Mistake {
  const char* text;
  const char* message;
};
void PrintTo(const Mistake& mistake, std::ostream* out) { *out << mistake.text; }

class ReaderMistake : public ::testing::TestWithParam<Mistake> {};

TEST_P(ReaderMistake, IsOneLineThatNamesPlaceAndRemedy) {
  try {
    static_cast<void>(parse(GetParam().text, "crash.toml"));
    FAIL() << "accepted";
  } catch (const BadInput& mistake) {
    EXPECT_STREQ(mistake.what(), GetParam().message);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Syntax, ReaderMistake,
    ::testing::Values(
        Mistake{"[pair]\nping_timeout = 50ms\n",
                "crash.toml:2: pair.ping_timeout: 50ms is text without quotes; write \"50ms\""},
        Mistake{"[pair]\ntakeover = fence-first  # safe\n",
                "crash.toml:2: pair.takeover: fence-first is text without quotes; write "
                "\"fence-first\""},
        Mistake{"[pair]\nmisses = 3\nprobes = 2\nmisses = 4\n",
                "crash.toml:4: pair.misses: is written a second time; keep one of the two"},
        Mistake{
            "[pair]\nmisses = 3\n[run]\n[pair]  # more\nprobes = 2\n",
            "crash.toml:4: [pair]: stands here a second time; keep all its keys under one heading"},
        Mistake{"[[fault]]\nkind = \"crash\"\nkind = \"loss\"\n",
                "crash.toml:3: fault.kind: is written a second time; keep one of the two"},
        Mistake{"[pair\n",
                "crash.toml:1: is not TOML (table header: expected ']', saw '\\n'); write [table], "
                "key = value or # comment on each line"},
        Mistake{"[pair]\nmisses\n",
                "crash.toml:2: is not TOML (key-value pair: expected '=', saw '\\n'); write "
                "[table], key = value or # comment on each line"},
        Mistake{"[pair]\nmisses = \n",
                "crash.toml:2: pair.misses: has no value; write one after the ="},
        Mistake{"[pair]\nping_timeout = \"50ms\n",
                "crash.toml:2: pair.ping_timeout: \"50ms has no closing quote; write \"50ms\""},
        Mistake{"[pair]\nmisses = 99999999999999999999\n",
                "crash.toml:2: is not TOML (decimal integer: '99999999999999999999' is not "
                "representable in 64 bits); write [table], key = value or # comment on each line"},
        Mistake{"[server]\nboot_time = { uniform = [\"1s\", \"2s\"]\n",
                "crash.toml:2: is not TOML (inline table: expected key or closing '}', saw '\\n'); "
                "write [table], key = value or # comment on each line"},
        Mistake{"[pair]\n\x01\x02\x03",
                "crash.toml:2: is no text (it holds control characters); name a TOML file"},
        Mistake{"\xff\xfe",
                "crash.toml:1: is not TOML (Encountered invalid utf-8 sequence); write [table], "
                "key = value or # comment on each line"},
        Mistake{"[pair]\nmisses = 3 probes = 2\n",
                "crash.toml:2: is not TOML (key-value pair: expected a comment or whitespace, saw "
                "'p'); write [table], key = value or # comment on each line"}));

INSTANTIATE_TEST_SUITE_P(
    Names, ReaderMistake,
    ::testing::Values(
        Mistake{"[pairs]\n", "crash.toml:1: pairs: no such table; did you mean pair?"},
        Mistake{"[run]\n\n[weather]\n",
                "crash.toml:3: weather: no such table; there are pair, topology, server, power, "
                "service, memory, run and fault"},
        Mistake{"[pair]\nping_intervall = \"1s\"\n",
                "crash.toml:2: pair.ping_intervall: no such key; did you mean ping_interval?"},
        Mistake{"[pair]\nboot_time = \"1s\"\n",
                "crash.toml:2: pair.boot_time: no such key; it belongs to [server]"},
        Mistake{"[run]\nspeed = 3\n",
                "crash.toml:2: run.speed: no such key; there are duration and start"},
        Mistake{"[run]\n\"a\\nb\" = 3\n",
                "crash.toml:2: run.\"a\\u000Ab\": no such key; there are duration and start"},
        Mistake{"ping_interval = \"1s\"\n",
                "crash.toml:1: ping_interval: stands in no table; put it under [pair]"},
        Mistake{"wisdom = 42\n",
                "crash.toml:1: wisdom: stands in no table; put keys under [table] headings"},
        Mistake{"kind = \"crash\"\n",
                "crash.toml:1: kind: stands in no table; put it under [topology]"},
        Mistake{"probability = 0.5\n",
                "crash.toml:1: probability: stands in no table; put it under [[fault]]"},
        Mistake{"pair = 3\n",
                "crash.toml:1: pair: 3 is no table; write [pair] and its keys beneath"},
        Mistake{"[[pair]]\nmisses = 3\n",
                "crash.toml:1: pair: is a list, but there is only one; write [pair] and its keys "
                "beneath"},
        Mistake{"[fault]\nkind = \"crash\"\n",
                "crash.toml:1: fault: can be there more than once; write [[fault]] and its keys "
                "beneath"},
        Mistake{
            "fault = 3\n",
            "crash.toml:1: fault: 3 is no list of tables; write [[fault]] and its keys beneath"},
        Mistake{"fault = [3]\n",
                "crash.toml:1: fault: 3 is no table; write [[fault]] and its keys beneath"},
        Mistake{"[[fault]]\n[[fault]]\nkid = \"crash\"\n",
                "crash.toml:3: fault.1.kid: no such key; did you mean kind?"}));

INSTANTIATE_TEST_SUITE_P(
    Values, ReaderMistake,
    ::testing::Values(
        Mistake{"[pair]\nping_timeout = \"50\"\n",
                "crash.toml:2: pair.ping_timeout: \"50\" has no unit; write a duration such as "
                "\"50ms\""},
        Mistake{
            "[pair]\nping_timeout = 50\n",
            "crash.toml:2: pair.ping_timeout: 50 has no unit; write a duration such as \"50ms\""},
        Mistake{
            "[pair]\nping_timeout = 0\n",
            "crash.toml:2: pair.ping_timeout: 0 has no unit; write a duration such as \"50ms\""},
        Mistake{"[pair]\nping_timeout = true\n",
                "crash.toml:2: pair.ping_timeout: true is no duration; write a number and a unit "
                "such as \"50ms\""},
        Mistake{"[pair]\nping_timeout = 2020-01-01\n",
                "crash.toml:2: pair.ping_timeout: a date or time is no duration; write a number "
                "and a unit such as \"50ms\""},
        Mistake{"[pair]\nping_timeout = { uniform = [\"1s\", \"2s\"] }\n",
                "crash.toml:2: pair.ping_timeout: { uniform = [\"1s\", \"2s\"] } is no duration; "
                "write a number and a unit such as \"50ms\""},
        Mistake{"[pair]\nping_interval = \"-1s\"\n",
                "crash.toml:2: pair.ping_interval: \"-1s\" is out of range; allowed is above 0s"},
        Mistake{"[pair]\nping_interval = \"0s\"\n",
                "crash.toml:2: pair.ping_interval: \"0s\" is out of range; allowed is above 0s"},
        Mistake{"[pair]\nping_interval = \"forever\"\n",
                "crash.toml:2: pair.ping_interval: \"forever\" is no duration; write a number and "
                "a unit such as \"50ms\""},
        Mistake{"[pair]\nmisses = 0\n",
                "crash.toml:2: pair.misses: 0 is out of range; allowed is 1 or more"},
        Mistake{"[pair]\nmisses = -1\n",
                "crash.toml:2: pair.misses: -1 is out of range; allowed is 1 or more"},
        Mistake{"[pair]\nmisses = 4294967296\n",
                "crash.toml:2: pair.misses: 4294967296 is out of range; allowed is 1 or more"},
        Mistake{"[pair]\nmisses = 3.0\n",
                "crash.toml:2: pair.misses: 3.0 is no whole number; write one such as 3"},
        Mistake{"[pair]\nmisses = \"3\"\n",
                "crash.toml:2: pair.misses: \"3\" is text; write a whole number without quotes "
                "such as 3"},
        Mistake{"[pair]\nmax_boots = 9\n",
                "crash.toml:2: pair.max_boots: 9 is out of range; allowed is 0 to 8"},
        Mistake{"[pair]\nphi_threshold = 0\n",
                "crash.toml:2: pair.phi_threshold: 0 is out of range; allowed is above 0"},
        Mistake{"[pair]\nphi_threshold = nan\n",
                "crash.toml:2: pair.phi_threshold: nan is out of range; allowed is above 0"},
        Mistake{"[pair]\nphi_threshold = \"8\"\n",
                "crash.toml:2: pair.phi_threshold: \"8\" is text; write a number without quotes "
                "such as 0.1"},
        Mistake{"[pair]\nclock_drift = 0.6\n",
                "crash.toml:2: pair.clock_drift: 0.6 is out of range; allowed is 0 to 0.5"},
        Mistake{"[pair]\nwatch_monitor = \"yes\"\n",
                "crash.toml:2: pair.watch_monitor: \"yes\" is no truth value; write true or false"},
        Mistake{"[pair]\ntakeover = \"fence_first\"\n",
                "crash.toml:2: pair.takeover: \"fence_first\" is not known; did you mean "
                "\"fence-first\"?"},
        Mistake{"[pair]\ntakeover = \"never\"\n",
                "crash.toml:2: pair.takeover: \"never\" is not known; write immediate, fence-first "
                "or restart-first"},
        Mistake{"[pair]\ntakeover = 1\n",
                "crash.toml:2: pair.takeover: 1 is not known; write immediate, fence-first or "
                "restart-first"},
        Mistake{"[memory]\nsize = 65536\n",
                "crash.toml:2: memory.size: 65536 has no unit; write a size such as \"64KiB\""},
        Mistake{"[memory]\nsize = \"0B\"\n",
                "crash.toml:2: memory.size: \"0B\" is out of range; allowed is 1B to 1TiB"},
        Mistake{"[memory]\nwrite_rate = \"-1/s\"\n",
                "crash.toml:2: memory.write_rate: \"-1/s\" is out of range; allowed is 0/s to "
                "1000000/s"},
        Mistake{"[memory]\nwrite_rate = 200\n",
                "crash.toml:2: memory.write_rate: 200 has no unit; write a rate such as \"200/s\""},
        Mistake{"[topology]\nbandwidth = \"1Gbit\"\n",
                "crash.toml:2: topology.bandwidth: \"1Gbit\" has the unknown unit \"Gbit\"; use "
                "bps, kbps, Mbps or Gbps"},
        Mistake{"[topology]\nkind = \"lam\"\n",
                "crash.toml:2: topology.kind: \"lam\" is not known; did you mean \"lan\"?"},
        Mistake{"[topology]\nwan_delay = \"5ms\"\nkind = \"routed\"\n",
                "crash.toml:2: topology.wan_delay: a topology of kind \"routed\" has no such key, "
                "only wan; remove it"},
        Mistake{"[[fault]]\nkind = \"switch-failure\"\ntarget = \"switch-b\"\n",
                "crash.toml:3: fault.0.target: a topology of kind \"lan\" has no \"switch-b\"; "
                "write network"},
        Mistake{"[power]\nrefusal = 1.5\n",
                "crash.toml:2: power.refusal: 1.5 is out of range; allowed is 0 to 1"},
        Mistake{"[run]\nduration = \"99999999d\"\n",
                "crash.toml:2: run.duration: \"99999999d\" is longer than 36500d; write a shorter "
                "duration"}));

INSTANTIATE_TEST_SUITE_P(
    Distributions, ReaderMistake,
    ::testing::Values(
        Mistake{"[server]\nboot_time = { uniform = [\"31s\", \"30s\"] }\n",
                "crash.toml:2: server.boot_time: { uniform = [\"31s\", \"30s\"] } has its bounds "
                "swapped; write { uniform = [\"30s\", \"31s\"] }"},
        Mistake{"[server]\nboot_time = { uniform = [\"30s\"] }\n",
                "crash.toml:2: server.boot_time: { uniform = [\"30s\"] } needs two durations; "
                "write { uniform = [\"30s\", \"31s\"] }"},
        Mistake{"[server]\nboot_time = { uniform = \"30s\" }\n",
                "crash.toml:2: server.boot_time: { uniform = \"30s\" } needs two durations; write "
                "{ uniform = [\"30s\", \"31s\"] }"},
        Mistake{
            "[server]\nboot_time = { uniform = [30, 31] }\n",
            "crash.toml:2: server.boot_time: 30 has no unit; write a duration such as \"50ms\""},
        Mistake{"[server]\nboot_time = { normal = [\"20s\", \"-2s\"] }\n",
                "crash.toml:2: server.boot_time: \"-2s\" is negative; write a duration such as "
                "\"50ms\""},
        Mistake{"[server]\nboot_time = { normal = [\"20s\", \"2s\", \"1s\"] }\n",
                "crash.toml:2: server.boot_time: { normal = [\"20s\", \"2s\", \"1s\"] } needs two "
                "durations; write { normal = [\"20s\", \"2s\"] }: mean and deviation"},
        Mistake{"[server]\nboot_time = { exponential = true }\n",
                "crash.toml:2: server.boot_time: true is no duration; write a duration such as "
                "\"50ms\""},
        Mistake{"[server]\nboot_time = { gauss = [\"20s\", \"2s\"] }\n",
                "crash.toml:2: server.boot_time: \"gauss\" is no distribution; write uniform, "
                "normal, exponential, trace or replay"},
        Mistake{"[server]\nboot_time = { unifrom = [\"20s\", \"2s\"] }\n",
                "crash.toml:2: server.boot_time: \"unifrom\" is no distribution; did you mean "
                "uniform?"},
        Mistake{"[server]\nboot_time = {}\n",
                "crash.toml:2: server.boot_time: {  } must name one of uniform, normal, "
                "exponential, trace and replay; write { uniform = [\"30s\", \"31s\"] } or the "
                "like"},
        Mistake{"[server]\nboot_time = { exponential = \"1s\", normal = [\"1s\", \"1s\"] }\n",
                "crash.toml:2: server.boot_time: { exponential = \"1s\", normal = [\"1s\", \"1s\"] "
                "} must name one of uniform, normal, exponential, trace and replay; write { "
                "uniform = [\"30s\", \"31s\"] } or the like"},
        Mistake{"[server]\nboot_time = [\"20s\", \"2s\"]\n",
                "crash.toml:2: server.boot_time: [\"20s\", \"2s\"] is no duration; write a number "
                "and a unit such as \"50ms\""},
        Mistake{"[server]\nboot_time = { trace = \"no/such.csv\" }\n",
                "crash.toml:2: server.boot_time: no/such.csv: cannot be opened (No such file or "
                "directory); check its name and rights"},
        Mistake{"[server]\nboot_time = { trace = 3 }\n",
                "crash.toml:2: server.boot_time: { trace = 3 } names no file; write { trace = "
                "\"rtt.csv\" }"},
        Mistake{"[server]\nboot_time = { trace = \"a\\u0000b\" }\n",
                "crash.toml:2: server.boot_time: \"a\\u0000b\" is no file name; write one like "
                "\"rtt.csv\""}));

INSTANTIATE_TEST_SUITE_P(
    Faults, ReaderMistake,
    ::testing::Values(
        Mistake{
            "[[fault]]\nkind = \"earthquake\"\n",
            "crash.toml:2: fault.0.kind: \"earthquake\" is not known; write crash, hang, pause, "
            "service-hang, slow, boot-failure, daemon-restart, clock-rate, power-failure, "
            "power-delay, link-down, partition, loss, delay, jitter, duplicate, reorder, "
            "corrupt, congestion, switch-failure, switchover or maintenance"},
        Mistake{"[[fault]]\nkind = \"crahs\"\n",
                "crash.toml:2: fault.0.kind: \"crahs\" is not known; did you mean \"crash\"?"},
        Mistake{"[[fault]]\nprobability = 0.1\n",
                "crash.toml:2: fault.0.probability: a fault of kind \"crash\" has no such key, "
                "only loss, duplicate, reorder and corrupt; remove it"},
        Mistake{"[[fault]]\nprobability = 0.1\nkind = \"crash\"\n",
                "crash.toml:2: fault.0.probability: a fault of kind \"crash\" has no such key, "
                "only loss, duplicate, reorder and corrupt; remove it"},
        Mistake{"[[fault]]\nkind = \"loss\"\nprobability = 2\n",
                "crash.toml:3: fault.0.probability: 2 is out of range; allowed is 0 to 1"},
        Mistake{"[[fault]]\nkind = \"loss\"\ntarget = \"primary\"\n",
                "crash.toml:3: fault.0.target: \"primary\" cannot be struck by kind \"loss\"; "
                "write network"},
        Mistake{"[[fault]]\n[[fault]]\ntarget = \"network\"\n",
                "crash.toml:3: fault.1.target: \"network\" cannot be struck by kind \"crash\"; "
                "write primary, monitor, first, second or pair"},
        Mistake{"[[fault]]\nat = \"60s\"\n",
                "crash.toml:2: fault.0.at: 60s is not before the run's end; write less than "
                "run.duration (60s) or lengthen that"},
        Mistake{"[run]\nduration = \"10s\"\n[[fault]]\nat = { normal = [\"20s\", \"2s\"] }\n",
                "crash.toml:4: fault.0.at: 12s at the earliest is not before the run's end; write "
                "less than run.duration (10s) or lengthen that"},
        Mistake{"[[fault]]\nat = \"-5s\"\n",
                "crash.toml:2: fault.0.at: \"-5s\" is out of range; allowed is 0s or more"},
        Mistake{"[[fault]]\nevery = \"0s\"\n",
                "crash.toml:2: fault.0.every: \"0s\" is out of range; allowed is above 0s"},
        Mistake{"[[fault]]\nevery = { uniform = [\"0s\", \"0s\"] }\n",
                "crash.toml:2: fault.0.every: 0s on average is no time; write a longer one"},
        Mistake{"[[fault]]\nkind = \"slow\"\nevery = \"10s\"\n",
                "crash.toml:3: fault.0.every: a fault of kind \"slow\" without an end happens "
                "once; write fault.0.for too"},
        Mistake{"[[fault]]\nkind = \"switchover\"\nfor = \"1s\"\n",
                "crash.toml:3: fault.0.for: a fault of kind \"switchover\" has no such key, only "
                "crash, hang, pause, service-hang, slow, boot-failure, daemon-restart, clock-rate, "
                "power-failure, power-delay, link-down, partition, loss, delay, jitter, duplicate, "
                "reorder, corrupt, congestion, switch-failure and maintenance; remove it"}));

INSTANTIATE_TEST_SUITE_P(
    Sides, ReaderMistake,
    ::testing::Values(
        Mistake{"[[fault]]\nkind = \"partition\"\n",
                "crash.toml:2: fault.0.from: a partition needs a side; write one such as "
                "\"primary\" or [\"first\", \"client\"]"},
        Mistake{"[[fault]]\nkind = \"loss\"\nways = \"one\"\n",
                "crash.toml:3: fault.0.ways: \"one\" needs a side to start from; write from, to or "
                "both"},
        Mistake{"[[fault]]\nkind = \"loss\"\nfrom = \"first\"\nto = [\"second\", \"first\"]\n",
                "crash.toml:4: fault.0.to: \"first\" is on the other side already; write it in one "
                "of from and to"},
        Mistake{"[[fault]]\nkind = \"partition\"\nfrom = [\"first\", \"second\", \"client\", "
                "\"witness\"]\n",
                "crash.toml:3: fault.0.from: leaves nobody on the other side; leave a host out"},
        Mistake{"[[fault]]\nkind = \"loss\"\nfrom = []\n",
                "crash.toml:3: fault.0.from: names no host; write \"first\" or [\"first\", "
                "\"client\"]"},
        Mistake{"[[fault]]\nkind = \"loss\"\nfrom = [\"frist\"]\n",
                "crash.toml:3: fault.0.from: \"frist\" is not known; did you mean \"first\"?"},
        Mistake{
            "[[fault]]\nkind = \"loss\"\nfrom = 3\n",
            "crash.toml:3: fault.0.from: 3 is not known; write first, second, primary, monitor, "
            "client or witness"},
        Mistake{"[[fault]]\nkind = \"crash\"\nfrom = \"first\"\n",
                "crash.toml:3: fault.0.from: a fault of kind \"crash\" has no such key, only "
                "partition, loss, delay, jitter, duplicate, reorder, corrupt and congestion; "
                "remove it"}));

INSTANTIATE_TEST_SUITE_P(
    Whole, ReaderMistake,
    ::testing::Values(
        Mistake{
            "[pair]\nping_interval = \"100ms\"\nping_timeout = \"200ms\"\n",
            "crash.toml:3: pair.ping_timeout (200ms) must not exceed pair.ping_interval (100ms)"},
        Mistake{"[pair]\nmonitor_grace = \"1s\"\n",
                "crash.toml:2: pair.monitor_grace (1s) must be at least 2 fence_max + boot_max + "
                "probes * probe_timeout + startup_grace + misses * ping_interval + ping_timeout "
                "(58.7s); fence_max follows from power.latency, boot_max follows from "
                "server.boot_time"},
        Mistake{"[server]\nboot_time = \"500ms\"\n",
                "crash.toml:2: pair.boot_min (500ms) must exceed misses * ping_interval + "
                "ping_timeout + fence_max (850ms); boot_min follows from server.boot_time, "
                "fence_max follows from power.latency"},
        Mistake{"[pair]\nfence_mode = \"reboot\"\nfence_validity = \"100ms\"\n",
                "crash.toml:3: pair.fence_validity (100ms) must exceed fence_max + confirm_max "
                "(500ms); fence_max follows from power.latency, confirm_max follows from "
                "power.confirmation"},
        Mistake{
            "[pair]\nhandover_timeout = \"2s\"\ntaking_over_timeout = \"1s\"\n",
            "crash.toml:3: pair.taking_over_timeout (1s) must exceed pair.handover_timeout (2s)"},
        Mistake{"[pair]\nhandover_timeout = \"60ms\"\n[topology]\ndelay = \"30ms\"\n",
                "crash.toml:2: pair.handover_timeout (60ms) must exceed 2 topology.delay (60ms), "
                "the worst round trip"}));

}  // namespace
}  // namespace understudy
