// SPDX-License-Identifier: MIT
#include "understudy/cli/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <initializer_list>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

#include "understudy/scenario/bad_input.h"

namespace understudy::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

CommandLine read(std::initializer_list<const char*> options) {
  std::vector<const char*> arguments = {"build/scenarios/crash"};
  arguments.insert(arguments.end(), options);
  return read_command_line("crash", arguments);
}

std::string complaint(std::initializer_list<const char*> options) {
  try {
    static_cast<void>(read(options));
    return "none";
  } catch (const BadInput& mistake) {
    EXPECT_EQ(std::string(mistake.what()).find('\n'), std::string::npos);
    return mistake.what();
  }
}

TEST(ReadCommandLine, TakesOneRunOfSeedOneInVirtualTimeIfNothingIsSaid) {
  const CommandLine line = read({});
  EXPECT_EQ(line.substrate, "virtual");
  EXPECT_EQ(line.seed, 1U);
  EXPECT_EQ(line.first_run, 1U);
  EXPECT_EQ(line.runs, 1U);
  EXPECT_GE(line.jobs, 1U);
  EXPECT_EQ(line.format, Format::table);
  EXPECT_FALSE(line.text);
}

TEST(ReadCommandLine, TakesEachOptionWithAndWithoutAnEqualsSign) {
  const CommandLine line = read({"--runs=20", "--first-run", "10", "--seed", "7", "--jobs=2",
                                 "--format", "csv", "--output=x.csv", "--scenario", "y.toml"});
  EXPECT_EQ(line.runs, 20U);
  EXPECT_EQ(line.first_run, 10U);
  EXPECT_EQ(line.seed, 7U);
  EXPECT_EQ(line.jobs, 2U);
  EXPECT_EQ(line.format, Format::csv);
  EXPECT_EQ(line.output, "x.csv");
  EXPECT_EQ(line.scenario, "y.toml");
}

TEST(ReadCommandLine, TakesTheNamesThatNs3UsesForSeedAndRun) {
  const CommandLine line = read({"--RngSeed=5", "--RngRun=17"});
  EXPECT_EQ(line.seed, 5U);
  EXPECT_EQ(line.first_run, 17U);
}

TEST(ReadCommandLine, TakesSetsInTheirOrderEachWithOneValue) {
  EXPECT_THAT(
      read({"--set", "pair.misses=2", "--set", "fault.0.at={ uniform = [\"1s\", \"2s\"] }"}).set,
      ElementsAre("pair.misses=2", "fault.0.at={ uniform = [\"1s\", \"2s\"] }"));
  EXPECT_THAT(complaint({"--set", "pair.misses=2", "pair.probes=1"}), HasSubstr("pair.probes=1"));
}

TEST(ReadCommandLine, ReadsNumbersAsDecimals) {
  EXPECT_EQ(read({"--first-run", "010"}).first_run, 10U);
  EXPECT_EQ(read({"--seed", "18446744073709551615"}).seed,
            std::numeric_limits<std::uint64_t>::max());
  for (const char* text : {"0", "-1", "1.5", "0x10", "1e3", " 1", "1 ", "many"}) {
    EXPECT_THAT(complaint({"--runs", text}), HasSubstr("is not a whole number")) << text;
  }
  EXPECT_THAT(complaint({"--jobs", "1025"}), HasSubstr("is too great"));
  EXPECT_EQ(complaint({"--runs", ""}), "--runs: is empty");
}

TEST(ReadCommandLine, KnowsThatRunNumbersEnd) {
  EXPECT_EQ(complaint({"--first-run", "18446744073709551615"}), "none");
  EXPECT_THAT(complaint({"--first-run", "18446744073709551615", "--runs", "2"}),
              HasSubstr("not so many run numbers"));
}

TEST(ReadCommandLine, SuggestsTheNearestOption) {
  EXPECT_EQ(complaint({"--formt=json"}),
            "\"--formt=json\": there is no such option; did you mean --format?");
  EXPECT_EQ(complaint({"17"}), "\"17\": there is no such option; --help lists them");
}

TEST(ReadCommandLine, RefusesWhatDoesNotGoTogether) {
  EXPECT_THAT(complaint({"--timeline", "1", "--format", "json"}),
              HasSubstr("leave one of them out"));
  EXPECT_THAT(complaint({"--packets"}), HasSubstr("name its run"));
  EXPECT_THAT(complaint({"--pcap", "x"}), HasSubstr("add --substrate ns3"));
  EXPECT_THAT(complaint({"--substrate", "ns3", "--pcap", "x", "--runs", "2"}),
              HasSubstr("takes a single run"));
  EXPECT_THAT(complaint({"--netanim", "x"}), HasSubstr("add --substrate ns3"));
  EXPECT_THAT(complaint({"--substrate", "live", "--netanim", "x"}),
              HasSubstr("add --substrate ns3"));
  EXPECT_THAT(complaint({"--substrate", "ns3", "--netanim", "x", "--runs", "2"}),
              HasSubstr("--netanim: takes a single run"));
  EXPECT_THAT(complaint({"--ns3::X::Y=1"}), HasSubstr("--ns3::X::Y: "));
}

TEST(ReadCommandLine, CapturesWhatHasPackets) {
  for (const char* substrate : {"ns3", "live"}) {
    EXPECT_EQ(read({"--substrate", substrate, "--pcap", "x"}).pcap, "x");
  }
  EXPECT_THAT(complaint({"--pcap", "x"}), HasSubstr("there is no packet in \"virtual\""));
}

TEST(ReadCommandLine, TakesARareEventAThousandRunsAndSplittingIfNothingElseIsSaid) {
  const CommandLine line = read({"--rare", "dual_primary"});
  EXPECT_EQ(line.rare, RareEvent::dual_primary);
  EXPECT_EQ(line.rare_method, RareMethod::splitting);
  EXPECT_EQ(line.runs, 1000U);
  const CommandLine other =
      read({"--rare=false_failover", "--method=importance", "--runs", "10", "--first-run", "5"});
  EXPECT_EQ(other.rare, RareEvent::false_failover);
  EXPECT_EQ(other.rare_method, RareMethod::importance);
  EXPECT_EQ(other.runs, 10U);
  EXPECT_EQ(other.first_run, 5U);
  EXPECT_FALSE(read({}).rare);
}

TEST(ReadCommandLine, RefusesWhatARareEventCannotBeToldFrom) {
  EXPECT_EQ(complaint({"--rare", "frobnicate"}),
            "--rare: there is no rare event \"frobnicate\"; take false_failover or dual_primary");
  EXPECT_EQ(complaint({"--rare", "dual_primary", "--method", "luck"}),
            "--method: there is no method \"luck\"; take splitting, importance or plain");
  EXPECT_THAT(complaint({"--method", "plain"}), HasSubstr("what --rare asks for; add it"));
  EXPECT_THAT(complaint({"--rare", "dual_primary", "--substrate", "ns3"}),
              HasSubstr("leave --substrate out"));
  EXPECT_THAT(complaint({"--rare", "dual_primary", "--pcap", "x"}), HasSubstr("--pcap: "));
  EXPECT_THAT(complaint({"--rare", "dual_primary", "--timeline", "1"}),
              HasSubstr("leave one of them out"));
  EXPECT_THAT(complaint({"--rare", "dual_primary", "--runs", "9"}), HasSubstr("take at least 10"));
  EXPECT_THAT(complaint({"--rare", "dual_primary", "--runs", "0"}),
              HasSubstr("is not a whole number"));
}

TEST(ReadCommandLine, SaysPlainlyWhatIsNotThere) {
  EXPECT_THAT(complaint({"--substrate", "cloud"}), HasSubstr("there is no \"cloud\" here"));
}

TEST(ReadCommandLine, WantsAnAttributeToHaveATypeANameAndAValue) {
  for (const char* text : {"--ns3::Type::Name", "--ns3::Type=1", "--ns3::=1"}) {
    EXPECT_THAT(complaint({text}), HasSubstr("write --ns3::TypeId::Attribute=VALUE")) << text;
  }
}

TEST(ReadCommandLine, HasAHelpThatFitsOnAHundredColumns) {
  std::istringstream text(*read({"--help"}).text);
  for (std::string line; std::getline(text, line);) EXPECT_LE(line.size(), 100U) << line;
}

TEST(ReadCommandLine, HasATextForHelpAndVersion) {
  EXPECT_THAT(*read({"--help"}).text, HasSubstr("--runs N"));
  EXPECT_THAT(*read({"--version"}).text, HasSubstr("crash (Understudy) "));
}

TEST(RepeatCommand, RepeatsARunByItself) {
  EXPECT_EQ(repeat_command(read({"--runs", "100", "--seed", "7", "--format", "json"}), 17),
            "build/scenarios/crash --substrate virtual --seed 7 --first-run 17 --runs 1 --jobs 1");
}

TEST(RepeatCommand, KeepsTheScenarioAndQuotesForTheShell) {
  EXPECT_EQ(repeat_command(read({"--scenario", "my own.toml", "--set", "pair.misses=2", "--set",
                                 "topology.delay='1ms'"}),
                           1),
            "build/scenarios/crash --substrate virtual --seed 1 --scenario 'my own.toml' "
            "--set pair.misses=2 --set 'topology.delay='\\''1ms'\\''' "
            "--first-run 1 --runs 1 --jobs 1");
}

}  // namespace
}  // namespace understudy::cli
