// SPDX-License-Identifier: MIT
#include "understudy/virtual_time/virtual_world.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <new>

#include "understudy/scenario/faults.h"
#include "understudy/virtual_time/run.h"

namespace {
std::size_t allocations = 0;
}  // namespace

// Counts what the test program allocates.
void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace understudy {
namespace {

using namespace std::chrono_literals;

constexpr Time at(Duration since_start) { return Time{} + since_start; }

Scenario crash() {
  Scenario scenario;
  scenario.run.duration = 120s;
  Fault fault;
  fault.at = Uniform{30s, 31s};
  scenario.faults.push_back(fault);
  return scenario;
}

TEST(VirtualWorld, TheSameRunIsTheSameToTheBit) {
  const Scenario scenario = crash();
  for (std::uint64_t number = 1; number <= 20; ++number) {
    const understudy::Run run{.seed = 7, .number = number};
    EXPECT_EQ(virtual_time::run(scenario, run, Detail::packets),
              virtual_time::run(scenario, run, Detail::packets));
  }
}

TEST(VirtualWorld, AnotherRunOrSeedIsAnother) {
  const Scenario scenario = crash();
  const Timeline one = virtual_time::run(scenario, {.seed = 1, .number = 1});
  EXPECT_NE(one, virtual_time::run(scenario, {.seed = 1, .number = 2}));
  EXPECT_NE(one, virtual_time::run(scenario, {.seed = 2, .number = 1}));
}

TEST(VirtualWorld, ACopyGoesOnLikeTheOriginal) {
  for (const Duration cut : {Duration(10s), Duration(30'600ms), Duration(31s), Duration(52s)}) {
    VirtualWorld original(crash(), {.seed = 1, .number = 3}, Detail::packets);
    original.run_until(at(cut));
    VirtualWorld copy = original;
    copy.run_until(at(120s));
    const Timeline later = copy.finish();
    original.run_until(at(120s));
    EXPECT_EQ(original.finish(), later);
  }
}

TEST(VirtualWorld, LookingMoreCloselyChangesNothing) {
  const Scenario scenario = crash();
  for (std::uint64_t number = 1; number <= 20; ++number) {
    const understudy::Run run{.seed = 1, .number = number};
    Timeline close = virtual_time::run(scenario, run, Detail::packets);
    std::erase_if(close.events, [](const Event& event) { return !is_change(event); });
    EXPECT_EQ(close, virtual_time::run(scenario, run, Detail::changes));
  }
}

TEST(VirtualWorld, AnotherFaultDoesNotMoveTheOnesBefore) {
  const Scenario one = crash();
  Scenario two = crash();
  two.faults.push_back(two.faults[0]);
  two.faults[1].at = Uniform{80s, 90s};
  const Timeline a = virtual_time::run(one, {.seed = 1, .number = 1});
  const Timeline b = virtual_time::run(two, {.seed = 1, .number = 1});
  for (std::size_t i = 0; i < a.events.size() && a.events[i].at < at(80s); ++i) {
    ASSERT_EQ(a.events[i], b.events[i]);
  }
}

TEST(VirtualWorld, NothingLeavesACrashedServer) {
  const Timeline timeline = virtual_time::run(crash(), {.seed = 1, .number = 1}, Detail::packets);
  bool off = false;
  bool seen = false;
  for (const Event& event : timeline.events) {
    if (event.host != Host::first) continue;
    if (event.kind == Event::Kind::powered_off) off = seen = true;
    if (event.kind == Event::Kind::up) off = false;
    if (!off) continue;
    EXPECT_TRUE(event.kind == Event::Kind::powered_off || event.kind == Event::Kind::powered_on);
  }
  EXPECT_TRUE(seen);
}

// Nor does a network that is at fault, once each path has been used.
TEST(VirtualWorld, TheSteadyStateOfAFaultAllocatesNothing) {
  Scenario scenario;
  scenario.run.duration = 1h;
  for (const FaultKind kind : {FaultKind::loss, FaultKind::jitter, FaultKind::duplicate,
                               FaultKind::reorder, FaultKind::congestion}) {
    Fault fault;
    become(fault, kind);
    if (among(kinds_with_probability, kind)) fault.probability = 0.001;
    if (among(kinds_with_delay, kind)) fault.delay = Uniform{0us, 100us};
    fault.load = 0.5;
    scenario.faults.push_back(fault);
  }
  Fault maintenance;  // no fence, no takeover
  become(maintenance, FaultKind::maintenance);
  scenario.faults.push_back(maintenance);
  VirtualWorld world(scenario, {}, Detail::changes);
  world.run_until(at(60s));
  const std::size_t before = allocations;
  world.run_until(at(70s));
  EXPECT_EQ(allocations, before);
}

TEST(VirtualWorld, TheSteadyStateAllocatesNothing) {
  Scenario scenario;  // pings, watching, announcements, copies, a client and a writer
  scenario.run.duration = 1h;
  VirtualWorld world(scenario, {}, Detail::changes);
  world.run_until(at(60s));
  const std::size_t before = allocations;
  world.run_until(at(600s));
  EXPECT_EQ(allocations, before);
  EXPECT_GT(world.signals_sent(), 10'000U);
}

}  // namespace
}  // namespace understudy
