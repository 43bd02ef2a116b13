// SPDX-License-Identifier: MIT
#include "understudy/scenario/keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "understudy/failover/derive.h"
#include "understudy/failover/time_text.h"
#include "understudy/scenario/bad_input.h"
#include "understudy/scenario/faults.h"
#include "understudy/scenario/units.h"
#include "understudy/scenario/words.h"

namespace understudy {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

// With a value for every key: all of [pair] said, a fault of each kind.
Scenario full() {
  Scenario scenario;
  scenario.pair = settings(derive({}));
  scenario.faults.push_back({.kind = FaultKind::crash, .at = 30s, .lasts = Distribution(10s)});
  scenario.faults.push_back(
      {.kind = FaultKind::loss, .target = FaultTarget::network, .at = 20s, .lasts = 5s});
  return scenario;
}

std::vector<std::string> places(const Scenario& scenario) {
  std::vector<std::string> names;
  for (const Key& key : keys()) {
    const std::size_t items = find_table(key.table)->list ? scenario.faults.size() : 1;
    for (std::size_t item = 0; item < items; ++item) names.push_back(dotted({&key, item}));
  }
  return names;
}

std::string mistake_of(Scenario scenario, std::string_view key, std::string_view value) {
  try {
    set(scenario, key, value);
  } catch (const BadInput& mistake) {
    return mistake.what();
  }
  return "accepted";
}

TEST(Keys, HaveOneNameEachInAKnownTable) {
  std::set<std::string> names;
  for (const Key& key : keys()) {
    ASSERT_NE(find_table(key.table), nullptr);
    EXPECT_TRUE(names.insert(dotted({&key, 0})).second) << key.name;
    EXPECT_EQ(find_key(key.table, key.name), &key);
    EXPECT_TRUE(key.meaning.ends_with('.')) << key.name;
  }
}

// A field that the table forgot, or one that two keys share, shows as a scenario that its keys
// cannot carry over.
TEST(Keys, CarryEveryFieldOfAScenario) {
  Scenario from = full();
  from.pair.method = Method::original;
  from.pair.detector = DetectorKind::phi;
  from.pair.takeover = Takeover::restart_first;
  from.pair.fence_mode = FenceMode::reboot;
  from.pair.on_fence_failure = OnFenceFailure::takeover;
  from.pair.newer_memory_wins = false;
  from.pair.watch_monitor = false;
  from.pair.conflict_detection = false;
  from.pair.own_link = false;
  from.pair.witness = true;
  from.pair.fence_validity = 7s;
  from.topology = {TopologyKind::lan, Uniform{1us, 2us}, 2.5e8, IpVersion::v6};
  from.topology.failover_delay = Uniform{3us, 4us};
  from.topology.route_delay = Uniform{5us, 6us};
  from.topology.wan_delay = Uniform{7us, 8us};
  from.topology.wan_delay_back = Uniform{9us, 10us};
  from.topology.wan_bandwidth_bps = 1.25e8;
  from.topology.client_site = ServerId::second;
  from.server.boot_time = Exponential{3s};
  from.power = {Normal{1s, 1ms}, 3ms, 0.25};
  from.service = {false, 11ms, 12ms, 13ms};
  from.memory = {4096, 12.5, 4s};
  from.run = {77s, Start::cold};
  for (const Word<FaultKind>& kind : words<FaultKind>) {
    Fault fault{.at = Uniform{1s, 2s}, .lasts = Distribution(3s), .every = Distribution(4s)};
    fault.from = {Side::Member::client, Side::Member::primary};
    fault.to = {Side::Member::monitor};
    fault.ways = Ways::one;
    fault.probability = 0.75;
    fault.burst_begins = 0.125;
    fault.burst_ends = 0.25;
    fault.burst_probability = 0.875;
    fault.delay = Distribution(5s);
    fault.factor = 3.0;
    fault.answer = PowerAnswer::silence;
    fault.load = 0.5;
    fault.queue = 7;
    become(fault, kind.value);
    fault.target = targets_of(kind.value).back();
    from.faults.push_back(fault);
  }

  const Topology everything = from.topology;
  for (const Word<TopologyKind>& kind : words<TopologyKind>) {
    // What this kind does not have is as in any other scenario that has it not.
    from.topology = everything;
    from.topology.kind = kind.value;
    const Topology has_not;
    if (kind.value != TopologyKind::dual_switch) {
      from.topology.failover_delay = has_not.failover_delay;
    }
    if (kind.value != TopologyKind::routed) from.topology.route_delay = has_not.route_delay;
    if (kind.value != TopologyKind::wan) {
      from.topology.wan_delay = has_not.wan_delay;
      from.topology.wan_delay_back = has_not.wan_delay_back;
      from.topology.wan_bandwidth_bps = has_not.wan_bandwidth_bps;
      from.topology.client_site = has_not.client_site;
    }
    Scenario to;
    to.faults.resize(from.faults.size());
    for (const std::string& key : places(from)) set(to, key, get(from, key));
    EXPECT_EQ(to, from) << kind.text;
  }
}

TEST(Keys, OfOtherTopologiesAreRefused) {
  EXPECT_EQ(mistake_of({}, "topology.wan_delay", "5ms"),
            "topology.wan_delay: a topology of kind \"lan\" has no such key, only wan; remove it");
  EXPECT_EQ(mistake_of({}, "topology.failover_delay", "5ms"),
            "topology.failover_delay: a topology of kind \"lan\" has no such key, only "
            "dual-switch; remove it");
  EXPECT_EQ(mistake_of({}, "topology.route_delay", "5ms"),
            "topology.route_delay: a topology of kind \"lan\" has no such key, only routed; "
            "remove it");
}

TEST(Keys, AnotherTopologyForgetsWhatItCannotHave) {
  Scenario scenario;
  set(scenario, "topology.kind", "wan");
  set(scenario, "topology.wan_delay", "5ms");
  set(scenario, "topology.delay", "70us");
  set(scenario, "topology.kind", "lan");
  Scenario expected;
  expected.topology.delay = 70us;
  EXPECT_EQ(scenario, expected);
  EXPECT_EQ(get(scenario, "topology.wan_delay"), "");
}

TEST(Keys, SettingWhatIsThereChangesNothing) {
  for (const Scenario& scenario : {Scenario(), full()}) {
    for (const std::string& key : places(scenario)) {
      Scenario same = scenario;
      set(same, key, get(scenario, key));
      EXPECT_EQ(same, scenario) << key;
    }
  }
}

TEST(Keys, AnEmptyValueIsTheDefaultAgain) {
  Scenario scenario = full();
  for (const std::string& key : places(scenario)) set(scenario, key, "");
  Scenario quiet;
  quiet.faults.resize(2);
  EXPECT_EQ(scenario, quiet);
}

TEST(Keys, ConstantDefaultsAreThoseOfTheCode) {
  EXPECT_EQ(default_of(*find_key("pair", "detector")), "\"fixed\"");
  EXPECT_EQ(default_of(*find_key("pair", "copy_every")), "10");
  EXPECT_EQ(default_of(*find_key("server", "boot_time")), R"({ normal = ["20s", "2s"] })");
  EXPECT_EQ(default_of(*find_key("run", "duration")), "\"60s\"");
  EXPECT_EQ(default_of(*find_key("fault", "kind")), "\"crash\"");
}

// What differs between the methods, or follows from another key, must not be given as constant.
TEST(Keys, DefaultsThatDependOnOthersHaveAFormula) {
  const Scenario quiet;
  Scenario today;
  today.pair = settings(quiet.config());
  Scenario changed = quiet;
  changed.pair.method = Method::original;
  changed.pair.ping_interval = 40ms;
  changed.pair.taking_over_timeout = 2s;
  Scenario derived;
  derived.pair = settings(changed.config());
  for (const Key& key : keys()) {
    const std::string name = dotted({&key, 0});
    if (key.table != "pair" || key.name == "method") continue;
    if (!key.formula.empty() || get(changed, name) != get(quiet, name)) continue;
    EXPECT_EQ(get(derived, name), get(today, name)) << name;
  }
}

// One step beyond each end of each range, where there is a step.
TEST(Keys, RangesEndWhereTheySay) {
  for (const Key& key : keys()) {
    Scenario scenario = full();
    if (!key.kinds.empty()) set(scenario, "fault.1.kind", to_text(key.kinds.front()));
    if (!key.topologies.empty()) {
      set(scenario, "topology.kind", to_text(key.topologies.front()));
    }
    const auto expect = [&](const std::string& what, const std::string& value, bool allowed) {
      EXPECT_EQ(mistake_of(scenario, what, value) == "accepted", allowed) << what << ' ' << value;
    };
    const std::string name = dotted({&key, key.kinds.empty() ? 0u : 1u});
    if (key.type == ValueType::duration || key.type == ValueType::distribution) {
      const auto least = static_cast<Duration::rep>(key.range.least);
      expect(name, to_text(Duration(least)), true);
      expect(name, to_text(Duration(least - 1)), false);
      expect(name, to_text(longest_span), true);
      expect(name, to_text(longest_span + 1ns), false);
      expect(name, "forever", key.range.forever.has_value());
    } else if (key.type == ValueType::count) {
      const auto least = static_cast<std::int64_t>(key.range.least);
      const auto greatest = static_cast<std::int64_t>(key.range.greatest);
      expect(name, std::to_string(least), true);
      expect(name, std::to_string(least - 1), false);
      expect(name, std::to_string(greatest), true);
      expect(name, std::to_string(greatest + 1), false);
    } else if (key.type == ValueType::number) {
      expect(name, number_to_text(key.range.least), true);
      expect(name, number_to_text(std::nextafter(key.range.least, -1.0)), false);
      expect(name, number_to_text(key.range.greatest), true);
      expect(name, "inf", false);
      expect(name, "nan", false);
    }
  }
  const auto expect = [&](const std::string& what, const std::string& value, bool allowed) {
    EXPECT_EQ(mistake_of(full(), what, value) == "accepted", allowed) << what << ' ' << value;
  };
  expect("memory.size", "1B", true);
  expect("memory.size", "0B", false);
  expect("memory.size", "1TiB", true);
  expect("memory.size", "1099511627777B", false);
  expect("memory.write_rate", "0/s", true);
  expect("memory.write_rate", "1000000.1/s", false);
  expect("topology.bandwidth", "1kbps", true);
  expect("topology.bandwidth", "999bps", false);
  expect("topology.bandwidth", "1000Gbps", true);
  expect("topology.bandwidth", "1000.1Gbps", false);
}

TEST(Keys, EveryWordOfAnEnumerationCanBeSet) {
  for (const Key& key : keys()) {
    if (key.access.words == nullptr || key.table == "fault") continue;
    for (const std::string_view word : key.access.words()) {
      Scenario scenario;
      if (!key.topologies.empty()) {
        set(scenario, "topology.kind", to_text(key.topologies.front()));
      }
      set(scenario, dotted({&key, 0}), word);
      EXPECT_EQ(get(scenario, dotted({&key, 0})), '"' + std::string(word) + '"');
    }
  }
}

TEST(Set, TakesTomlAndBareText) {
  Scenario scenario = full();
  set(scenario, "pair.ping_interval", "70ms");
  EXPECT_EQ(scenario.pair.ping_interval, 70ms);
  set(scenario, "pair.ping_interval", "\"80ms\"");
  EXPECT_EQ(scenario.pair.ping_interval, 80ms);
  set(scenario, "pair.takeover", "immediate");
  EXPECT_EQ(scenario.pair.takeover, Takeover::immediate);
  set(scenario, "pair.misses", "5");
  EXPECT_EQ(scenario.pair.misses, 5u);
  set(scenario, "pair.witness", "true");
  EXPECT_EQ(scenario.pair.witness, true);
  set(scenario, "fault.0.at", R"({ uniform = ["30s", "31s"] })");
  EXPECT_EQ(scenario.faults[0].at, Distribution(Uniform{30s, 31s}));
  set(scenario, "fault.1.probability", "0.5");
  EXPECT_EQ(scenario.faults[1].probability, 0.5);
}

TEST(Set, AnotherKindOfFaultHasWhatThatKindHas) {
  Scenario scenario = full();
  set(scenario, "fault.0.kind", "loss");
  EXPECT_EQ(scenario.faults[0].target, FaultTarget::network);
  set(scenario, "fault.0.probability", "0.5");
  set(scenario, "fault.0.kind", "crash");
  EXPECT_EQ(scenario.faults[0].target, FaultTarget::primary);
  EXPECT_EQ(scenario.faults[0].probability, std::nullopt);
  EXPECT_EQ(get(scenario, "fault.0.probability"), "");
}

TEST(Set, LeavesTheScenarioAloneIfTheValueIsWrong) {
  Scenario scenario = full();
  EXPECT_THROW(set(scenario, "pair.misses", "0"), BadInput);
  EXPECT_THROW(set(scenario, "pair.ping_interval", "fast"), BadInput);
  EXPECT_EQ(scenario, full());
}

TEST(Get, GivesTomlAndNothingForWhatIsNotSaid) {
  const Scenario scenario;
  EXPECT_EQ(get(scenario, "pair.ping_interval"), "");
  EXPECT_EQ(get(scenario, "power.latency"), "\"500ms\"");
  EXPECT_EQ(get(scenario, "service.enabled"), "true");
  EXPECT_EQ(get(full(), "fault.1.kind"), "\"loss\"");
}

struct Mistake {
  const char* key;
  const char* value;
  const char* message;
};
void PrintTo(const Mistake& mistake, std::ostream* out) { *out << mistake.key; }

class SetMistake : public ::testing::TestWithParam<Mistake> {};

TEST_P(SetMistake, NamesKeyAndRemedy) {
  EXPECT_EQ(mistake_of(full(), GetParam().key, GetParam().value), GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    Keys, SetMistake,
    ::testing::Values(
        Mistake{"nonsense", "1",
                "nonsense: no such table; there are pair, topology, server, power, service, "
                "memory, run and fault"},
        Mistake{
            "", "1",
            "\"\": no such table; there are pair, topology, server, power, service, memory, run "
            "and fault"},
        Mistake{"pair", "1", "pair: names no key; write one such as pair.method"},
        Mistake{"fault.0", "1", "fault.0: names no key; write one such as fault.0.kind"},
        Mistake{"par.misses", "1", "par.misses: no such table; did you mean pair?"},
        Mistake{"pair.mises", "1", "pair.mises: no such key; did you mean misses?"},
        Mistake{"pair.delay", "1ms", "pair.delay: no such key; it belongs to [topology]"},
        Mistake{"pair.0.misses", "1",
                "pair.0.misses: there is only one [pair]; leave the number out"},
        Mistake{"fault.at", "1s", "fault.at: lacks a number; write one from 0 such as fault.0.at"},
        Mistake{"fault.x.at", "1s",
                "fault.x.at: \"x\" is no number; write one from 0 such as fault.0.at"},
        Mistake{"fault.-1.at", "1s",
                "fault.-1.at: \"-1\" is no number; write one from 0 such as fault.0.at"},
        Mistake{"fault.2.at", "1s",
                "fault.2.at: there is no such fault; the scenario has 2, counted from 0"},
        Mistake{"fault.0.probability", "0.5",
                "fault.0.probability: a fault of kind \"crash\" has no such key, only loss, "
                "duplicate, reorder and corrupt; remove it"},
        Mistake{"pair.ping_timeout", "50",
                "pair.ping_timeout: 50 has no unit; write a duration such as \"50ms\""},
        Mistake{"pair.ping_timeout", "50ms\n[pair]",
                "pair.ping_timeout: \"50ms\\u000A[pair]\" has the unknown unit "
                "\"ms\\u000A[pair]\"; use ns, us, ms, s, min, h or d"},
        Mistake{"pair.misses", "three",
                "pair.misses: \"three\" is text; write a whole number without quotes such as 3"}));

TEST(SetMistake, OfAFaultThatIsNotThereSaysSo) {
  EXPECT_EQ(mistake_of({}, "fault.0.at", "1s"),
            "fault.0.at: there is no such fault; the scenario has none");
}

TEST(SetMistake, IsOneLineWhateverWasWritten) {
  const std::string rubbish("a\n\x01\xff.\"\\b\0", 9);
  for (const std::string& key :
       {rubbish, "pair." + rubbish, "fault." + rubbish + ".at", "fault.x." + rubbish}) {
    const std::string mistake = mistake_of(full(), key, rubbish);
    EXPECT_NE(mistake, "accepted");
    EXPECT_EQ(mistake.find('\n'), std::string::npos) << mistake;
  }
  EXPECT_LT(mistake_of(full(), "pair.misses", std::string(100'000, 'x')).size(), 300u);
}

}  // namespace
}  // namespace understudy
