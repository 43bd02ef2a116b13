// SPDX-License-Identifier: MIT
//
// What an agent is, rather than what it does (which is in the transcripts): a value that allocates
// nothing, and that any input at any time leaves in one piece.
#include "understudy/failover/agent.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <concepts>
#include <limits>
#include <type_traits>

#include "support/allocations.h"
#include "understudy/failover/derive.h"

namespace understudy {
namespace {

using namespace std::chrono_literals;

// ---- a value

static_assert(std::is_trivially_copyable_v<State>);
static_assert(std::is_trivially_copyable_v<Agent>);
static_assert(std::is_trivially_copyable_v<Message>);
static_assert(std::is_trivially_copyable_v<History>);
static_assert(std::equality_comparable<State>);
static_assert(std::equality_comparable<Agent>);

// ---- a world that does nothing and allocates nothing

struct StillWorld final : World {
  Time time{};
  Token last_token = no_token;
  std::array<Token, 3> signalled{};  // by address
  std::array<Time, timer_count> timers = {never, never, never, never, never, never, never, never};
  Token fence = no_token;
  PowerOrder ordered = PowerOrder::off;
  Message told{};
  History history{};
  MemoryStamp stamp{};
  std::uint32_t copies = 0;
  std::uint32_t stopped_copies = 0;
  std::uint32_t notes = 0;

  Time now() const override { return time; }
  void arm(Timer timer, Time deadline) override { slot(timer) = deadline; }
  void disarm(Timer timer) override { slot(timer) = never; }
  Token draw_token() override { return ++last_token; }
  void signal(Address address, Token token) override {
    signalled[static_cast<std::size_t>(address)] = token;
  }
  void claim(Address) override {}
  void release(Address) override {}
  void announce(Address) override {}
  void tell(const Message& message) override { told = message; }
  void order(PowerOrder what, Token token) override {
    ordered = what;
    fence = token;
  }
  void start_copy() override { ++copies; }
  void stop_copy() override { ++stopped_copies; }
  MemoryStamp memory() override { return stamp; }
  void serve(Term term) override { stamp.term = term; }
  void rest() override {}
  void remember(const History& what) override { history = what; }
  History recall() const override { return history; }
  void note(const Note&) override { ++notes; }

  Time& slot(Timer timer) { return timers[static_cast<std::size_t>(timer)]; }
};

// An agent in such a world, whose time moves from timer to timer.
struct Life {
  explicit Life(const PairSettings& settings) : agent(ServerId::second, derive(settings)) {}

  // Answers whatever it asks for until then, or lets it wait in vain. Every timer goes off so late.
  Duration lateness{};
  enum class Peer { answers, silent };
  void live(Duration span, Peer peer) {
    const Time until = world.time + span;
    for (;;) {
      const auto next = std::ranges::min_element(world.timers);
      if (*next + lateness > until) break;
      world.time = std::max(world.time, *next + lateness);
      *next = never;
      agent.expired(world, static_cast<Timer>(next - world.timers.begin()));
      if (peer == Peer::answers) answer();
    }
    world.time = until;
  }
  enum class Copy { ends, goes_on };
  void answer(Copy copy = Copy::ends) {
    for (const Address address : {Address::primary, Address::monitor, Address::witness}) {
      Token& token = world.signalled[static_cast<std::size_t>(address)];
      if (token == no_token) continue;
      agent.answered(world, {.address = address, .token = token, .received = world.time});
      token = no_token;
    }
    if (copy == Copy::ends && agent.state().copying) agent.copied(world, CopyResult::whole);
  }

  Agent agent;
  StillWorld world;
};

PairSettings settings(DetectorKind detector) {
  PairSettings said;
  said.detector = detector;
  said.witness = true;
  said.boot_max = 12s;
  said.fence_max = 1s;
  return said;
}

class AgentAllocates : public testing::TestWithParam<DetectorKind> {};

// Pings, probes, copies, misses, a failure, the fence, the takeover, the watch, a switchover.
TEST_P(AgentAllocates, NothingInAWholeLife) {
  Life life(settings(GetParam()));
  Agent& agent = life.agent;
  StillWorld& world = life.world;
  const std::size_t before = allocations();

  agent.booted(world);
  life.live(1s, Life::Peer::silent);
  ASSERT_EQ(agent.role(), Role::monitor);
  life.live(10s, Life::Peer::answers);
  ASSERT_GT(world.copies, 5U);
  life.live(1s, Life::Peer::silent);
  ASSERT_EQ(agent.state().hold, Hold::witness);
  agent.received(world, {.kind = Message::Kind::announcement, .term = 3});
  life.live(31s, Life::Peer::silent);
  ASSERT_EQ(agent.role(), Role::fencing);
  agent.fenced(world, {.token = world.fence, .result = FenceResult::off});
  ASSERT_EQ(agent.role(), Role::primary);
  ASSERT_EQ(world.ordered, PowerOrder::on);
  agent.fenced(world, {.token = world.fence, .result = FenceResult::on});
  life.live(10s, Life::Peer::silent);
  life.live(10s, Life::Peer::answers);
  agent.requested(world, Request::switchover);
  ASSERT_EQ(agent.role(), Role::handing_over);
  agent.received(world, {.kind = Message::Kind::ready, .nonce = world.told.nonce});
  ASSERT_EQ(agent.role(), Role::arbitrating);

  EXPECT_EQ(allocations(), before);
  EXPECT_GT(world.notes, 10U);
}

INSTANTIATE_TEST_SUITE_P(Detectors, AgentAllocates,
                         testing::Values(DetectorKind::fixed, DetectorKind::chen,
                                         DetectorKind::phi));

TEST(Allocations, AreCounted) {
  const std::size_t before = allocations();
  int* volatile kept = new int;  // or the optimizer would do without
  delete kept;
  EXPECT_GT(allocations(), before);
}

// ---- copies of it

TEST(Agent, GoesOnFromACopyAsTheOriginalWould) {
  Life original(settings(DetectorKind::fixed));
  original.agent.booted(original.world);
  original.live(5s, Life::Peer::answers);
  Life copy = original;
  EXPECT_EQ(copy.agent, original.agent);
  original.live(20s, Life::Peer::silent);
  EXPECT_NE(copy.agent, original.agent);
  copy.live(20s, Life::Peer::silent);
  EXPECT_EQ(copy.agent, original.agent);
}

TEST(Agent, RemembersWhatAHistoryHolds) {
  Life life(settings(DetectorKind::fixed));
  life.world.history.term = 7;
  life.world.history.maintenance = true;
  life.agent.booted(life.world);
  EXPECT_EQ(life.agent.state().history, life.world.history);
}

// What ends after a boot is not of this life.
TEST(Agent, EndsByABootWhatItWasDoing) {
  Life life(settings(DetectorKind::fixed));
  life.agent.booted(life.world);
  life.live(5s, Life::Peer::silent);
  life.live(5s, Life::Peer::answers);
  while (!life.agent.state().copying) {  // and now in the midst of a copy
    life.live(100ms, Life::Peer::silent);
    life.answer(Life::Copy::goes_on);
  }
  life.agent.booted(life.world);
  EXPECT_EQ(life.world.stopped_copies, 1U);
  EXPECT_EQ(life.world.timers, life.agent.state().deadlines);
  const State before = life.agent.state();
  life.agent.copied(life.world, CopyResult::whole);
  EXPECT_EQ(life.agent.state(), before);
}

// More fences than the history holds: the oldest are forgotten, and none of the latest.
TEST(Agent, RemembersTheLatestFences) {
  PairSettings said = settings(DetectorKind::fixed);
  said.witness = false;
  said.max_boots = 0;
  said.startup_grace = 0s;
  Life life(said);
  for (int i = 0; i < 12; ++i) {
    life.agent.booted(life.world);
    life.live(5s, Life::Peer::silent);
  }
  const auto& fences = life.world.history.fences;
  EXPECT_TRUE(std::ranges::is_sorted(fences));
  EXPECT_LT(fences.back(), never);
  EXPECT_GT(fences.front(), Time(15s));
}

// An answer that came too late is a miss, even if the agent gets to see it before the timer.
TEST(Agent, GoesByWhenAnAnswerWasReceivedNotByWhenItIsSeen) {
  Life life(settings(DetectorKind::fixed));
  life.agent.booted(life.world);
  life.live(5s, Life::Peer::silent);
  life.live(5s, Life::Peer::answers);
  World& world = life.world;
  Agent& agent = life.agent;
  life.world.time = life.world.slot(Timer::ping);
  life.world.slot(Timer::ping) = never;
  agent.expired(world, Timer::ping);
  const Token token = life.world.signalled[static_cast<std::size_t>(Address::primary)];
  const Duration patience = agent.config().ping_timeout;
  const Time sent = life.world.time;
  life.world.time = sent + patience + 5ms;

  Agent in_time = agent;
  in_time.answered(world,
                   {.address = Address::primary, .token = token, .received = sent + patience});
  EXPECT_EQ(in_time.state().pending.token, no_token);
  agent.answered(world,
                 {.address = Address::primary, .token = token, .received = sent + patience + 1ns});
  EXPECT_EQ(agent.state().pending.token, token) << "it is waited for still";
}

// A timeout may be as long as the interval, and on a real clock no timer is on time.
TEST(Agent, IsAsQuickWithATimerThatIsALittleLate) {
  PairSettings said = settings(DetectorKind::fixed);
  said.ping_timeout = said.ping_interval = 100ms;
  said.witness = false;
  Life life(said);
  life.agent.booted(life.world);
  life.live(5s, Life::Peer::silent);
  life.live(5s, Life::Peer::answers);
  ASSERT_EQ(life.agent.role(), Role::monitor);
  life.lateness = 50us;
  life.live(2s, Life::Peer::answers);
  const Time first = life.world.slot(Timer::ping);  // that is not answered
  const Duration due = (first - life.world.time) + life.agent.config().misses * 100ms;
  life.live(due - 1ms, Life::Peer::silent);
  EXPECT_EQ(life.agent.role(), Role::monitor) << "a ping was judged before its time";
  life.live(2ms, Life::Peer::silent);
  EXPECT_EQ(life.agent.role(), Role::fencing);
}

// Each fence adds to the misses that the next one takes; to as many as can be counted nothing.
TEST(Agent, NeverFencesAMonitorWhereThatTakesMoreMissesThanCanBeCounted) {
  PairSettings said;
  said.watch_misses = std::numeric_limits<std::uint32_t>::max();
  Life life(said);
  Agent& agent = life.agent;
  agent.booted(life.world);
  life.live(5s, Life::Peer::silent);
  ASSERT_EQ(agent.role(), Role::monitor);
  life.live(1s, Life::Peer::answers);
  life.live(5s, Life::Peer::silent);
  ASSERT_EQ(agent.role(), Role::fencing);
  const Token takeover = life.world.fence;
  agent.fenced(life.world, {.token = takeover, .result = FenceResult::off});
  ASSERT_EQ(agent.role(), Role::primary);
  agent.fenced(life.world, {.token = takeover, .result = FenceResult::on});
  life.live(10s, Life::Peer::answers);
  EXPECT_EQ(agent.misses_needed(life.world.time), *said.watch_misses);
  life.live(60s, Life::Peer::silent);
  EXPECT_EQ(life.world.fence, takeover);
}

// ---- inputs that it did not ask for

// What an agent that does not wait for it may be told without anything coming of it.
TEST(Agent, IgnoresWhatItIsNotWaitingFor) {
  Life life(settings(DetectorKind::fixed));
  life.agent.booted(life.world);
  life.live(5s, Life::Peer::silent);
  ASSERT_EQ(life.agent.role(), Role::monitor);
  life.live(5s, Life::Peer::answers);
  const State before = life.agent.state();
  World& world = life.world;
  Agent& agent = life.agent;
  agent.answered(world, {.address = Address::primary, .token = 999'999, .received = world.now()});
  agent.answered(world, {.address = Address::primary, .token = no_token, .received = world.now()});
  agent.answered(world, {.address = Address::witness, .token = 999'999, .received = world.now()});
  agent.fenced(world, {.token = 999'999, .result = FenceResult::off});
  agent.fenced(world, {.token = no_token, .result = FenceResult::off});
  agent.copied(world, CopyResult::whole);
  agent.received(world, {.kind = Message::Kind::go, .nonce = no_token});
  agent.received(world, {.kind = Message::Kind::ready, .nonce = no_token});
  agent.received(world, {.kind = Message::Kind::memory_report, .nonce = no_token});
  agent.requested(world, Request::switchover);
  agent.expired(world, Timer::fence);
  agent.expired(world, Timer::handover);
  EXPECT_EQ(agent.state(), before);
}

}  // namespace
}  // namespace understudy
