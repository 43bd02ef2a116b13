// SPDX-License-Identifier: MIT
#include "understudy/virtual_time/agenda.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <vector>

#include "understudy/scenario/draws.h"

namespace understudy {
namespace {

struct Thing {
  Time at{};
  int number = 0;
};

constexpr Time at(std::int64_t ns) { return Time{} + Duration(ns); }

std::vector<int> empty(Agenda<Thing> agenda) {
  std::vector<int> numbers;
  while (!agenda.empty()) numbers.push_back(agenda.take().number);
  return numbers;
}

TEST(Agenda, TakesTheSoonestFirstAndTheEarlierPlannedOfOneInstant) {
  Agenda<Thing> agenda;
  agenda.add({.at = at(5), .number = 1});
  agenda.add({.at = at(3), .number = 2});
  agenda.add({.at = at(5), .number = 3});
  agenda.add({.at = at(3), .number = 4});
  EXPECT_EQ(agenda.next(), at(3));
  EXPECT_THAT(empty(agenda), testing::ElementsAre(2, 4, 1, 3));
}

TEST(Agenda, NothingToDoIsNever) { EXPECT_EQ(Agenda<Thing>().next(), never); }

TEST(Agenda, CancelTakesTheSoonestThatFits) {
  Agenda<Thing> agenda;
  agenda.add({.at = at(1), .number = 7});
  agenda.add({.at = at(2), .number = 8});
  agenda.add({.at = at(3), .number = 7});
  agenda.cancel([](const Thing& thing) { return thing.number == 7; });
  EXPECT_THAT(empty(agenda), testing::ElementsAre(8, 7));
}

TEST(Agenda, KeepsTheOrderOfAStableSort) {
  Stream stream({}, "agenda");
  std::vector<Thing> things;
  Agenda<Thing> agenda;
  for (int i = 0; i < 2000; ++i) {
    const Thing thing{.at = at(static_cast<std::int64_t>(stream.bits() % 100)), .number = i};
    things.push_back(thing);
    agenda.add(thing);
  }
  std::ranges::stable_sort(things, {}, &Thing::at);
  std::vector<int> expected;
  expected.reserve(things.size());
  for (const Thing& thing : things) expected.push_back(thing.number);
  EXPECT_EQ(empty(agenda), expected);
}

}  // namespace
}  // namespace understudy
