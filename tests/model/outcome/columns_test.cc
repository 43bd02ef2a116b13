// SPDX-License-Identifier: MIT
#include "understudy/outcome/columns.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string_view>
#include <vector>

#include "timeline_maker.h"

namespace understudy {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using testing::instant;
using ::testing::SizeIs;

template <class Subject>
std::vector<std::string_view> names(std::span<const Column<Subject>> table) {
  std::vector<std::string_view> list;
  for (const auto& column : table) list.push_back(column.name);
  return list;
}

Value cell(std::string_view name, const Outcome& outcome) {
  const auto column = std::ranges::find(columns(), name, &Column<Outcome>::name);
  EXPECT_NE(column, columns().end()) << name;
  return column->value(outcome);
}

Value seconds(double number) { return {number}; }
Value count(std::uint64_t number) { return {number}; }
Value flag(bool truth) { return {truth}; }
Value word(std::string_view text) { return {text}; }

FaultOutcome crash() {
  FaultOutcome fault;
  fault.server = ServerId::first;
  fault.at = instant(30123456789ns);
  fault.detection = 234567891ns;
  fault.takeover = 500ms;
  fault.outage = 744999999ns;
  fault.redundancy = 20s;
  return fault;
}

FaultOutcome loss_of_no_consequence() {
  FaultOutcome fault;
  fault.kind = FaultKind::loss;
  fault.at = instant(40s);
  return fault;
}

Outcome with(std::vector<FaultOutcome> faults) {
  Outcome outcome;
  outcome.faults = std::move(faults);
  return outcome;
}

TEST(Columns, AreThoseOfTheContractInItsOrder) {
  EXPECT_THAT(names(columns()),
              ElementsAre("faults", "detection_s", "takeover_s", "outage_s", "censored",
                          "redundancy_s", "dual_primary_s", "no_primary_s", "false_failovers",
                          "boots", "requests", "lost_requests", "lost_writes", "final_roles"));
  EXPECT_THAT(names(fault_columns()),
              ElementsAre("kind", "target", "at_s", "detection_s", "takeover_s", "outage_s",
                          "censored", "redundancy_s"));
}

TEST(Columns, SayTheirUnitInTheirNameToo) {
  for (const auto& column : columns()) {
    EXPECT_EQ(column.unit == "s", column.name.ends_with("_s")) << column.name;
    EXPECT_FALSE(column.meaning.empty()) << column.name;
  }
}

TEST(Columns, GiveSpansInSecondsToTheNanosecond) {
  Outcome outcome = with({crash()});
  outcome.dual_primary = 1ns;
  outcome.no_primary = 734567891ns;
  EXPECT_EQ(cell("detection_s", outcome), seconds(0.234567891));
  EXPECT_EQ(cell("takeover_s", outcome), seconds(0.5));
  EXPECT_EQ(cell("outage_s", outcome), seconds(0.744999999));
  EXPECT_EQ(cell("redundancy_s", outcome), seconds(20.0));
  EXPECT_EQ(cell("dual_primary_s", outcome), seconds(1e-9));
  EXPECT_EQ(cell("no_primary_s", outcome), seconds(0.734567891));
}

TEST(Columns, GiveCounts) {
  Outcome outcome;
  outcome.false_failovers = 1;
  outcome.boots = 2;
  outcome.requests = 3;
  outcome.lost_requests = 4;
  outcome.lost_writes = 5;
  EXPECT_EQ(cell("false_failovers", outcome), count(1));
  EXPECT_EQ(cell("boots", outcome), count(2));
  EXPECT_EQ(cell("requests", outcome), count(3));
  EXPECT_EQ(cell("lost_requests", outcome), count(4));
  EXPECT_EQ(cell("lost_writes", outcome), count(5));
}

TEST(Columns, AreNullForWhatTheFirstFaultHasNot) {
  FaultOutcome endless;
  endless.censored = true;
  const Outcome outcome = with({endless});
  for (const auto name : {"detection_s", "takeover_s", "outage_s", "redundancy_s"}) {
    EXPECT_TRUE(cell(name, outcome).null()) << name;
  }
  EXPECT_EQ(cell("censored", outcome), flag(true));
}

TEST(Columns, AreNullIfNoFaultStruck) {
  for (const auto name : {"detection_s", "takeover_s", "outage_s", "censored", "redundancy_s"}) {
    EXPECT_TRUE(cell(name, Outcome{}).null()) << name;
  }
  EXPECT_EQ(cell("faults", Outcome{}), Value{Value::List{}});
}

TEST(Columns, SayOfARunWhatIsSaidOfItsFirstFault) {
  FaultOutcome later = crash();
  later.detection = 999ms;
  const Outcome outcome = with({crash(), later});
  EXPECT_EQ(cell("detection_s", outcome), seconds(0.234567891));
}

TEST(Columns, ListEachFaultAsARecord) {
  const Outcome outcome = with({crash(), loss_of_no_consequence()});
  const auto list = std::get<Value::List>(cell("faults", outcome).is);
  ASSERT_THAT(list, SizeIs(2));
  EXPECT_EQ(list[0], (Value{Value::Record{{"kind", word("crash")},
                                          {"target", word("first")},
                                          {"at_s", seconds(30.123456789)},
                                          {"detection_s", seconds(0.234567891)},
                                          {"takeover_s", seconds(0.5)},
                                          {"outage_s", seconds(0.744999999)},
                                          {"censored", flag(false)},
                                          {"redundancy_s", seconds(20.0)}}}));
  EXPECT_EQ(list[1], (Value{Value::Record{{"kind", word("loss")},
                                          {"target", word("network")},
                                          {"at_s", seconds(40.0)},
                                          {"detection_s", {}},
                                          {"takeover_s", {}},
                                          {"outage_s", {}},
                                          {"censored", flag(false)},
                                          {"redundancy_s", {}}}}));
}

TEST(Columns, NameTheFinalRoleOfWhoRunsAndTheFateOfWhoDoesNot) {
  Outcome outcome;
  outcome.fates = {Fate::running, Fate::booting};
  outcome.roles = {Role::primary, Role::primary};
  EXPECT_EQ(cell("final_roles", outcome),
            (Value{Value::Record{{"first", word("primary")}, {"second", word("booting")}}}));
  outcome.fates = {Fate::off, Fate::running};
  outcome.roles = {Role::monitor, Role::monitor};
  EXPECT_EQ(cell("final_roles", outcome),
            (Value{Value::Record{{"first", word("off")}, {"second", word("monitor")}}}));
}

}  // namespace
}  // namespace understudy
