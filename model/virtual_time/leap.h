// SPDX-License-Identifier: MIT
//
// Leaping over time in which nothing happens but the same again.
//
// A pair at peace pings, answers, announces and copies in a rhythm. Let T be what leads from the
// state of the world at one instant to its state a while later. T knows no absolute time, it only
// compares times with each other, and draws nothing but tokens, which it only compares for being
// equal. So if the state at some instant is the state one period earlier, but that
//
// - some times are later by just the period: when a ping was sent, when a timer is due;
// - some tokens are those that were drawn as many draws later as the period has;
// - some counters that nothing looks at have gone up;
// - all else is equal, times in the past and the future included;
//
// then the next period does the same once more, and so does the one after it. The world then goes
// to the end of the k-th at once: times move by k periods, tokens by k times their draws, counters
// by k times what they count. What comes of it is the state to the bit, and no outcome can tell.
// (Two equal tokens among the 2^64 would; a run of a century has draws enough for one chance in
// 10^9.)
//
// That holds until the first instant at which a time that does not move with the rhythm matters:
// a fault begins or ends, a server has booted, a grace is over, a fence is old enough to be
// forgotten, the run ends. A leap stays two periods short of it, so that what the leap leaves as it
// was (which writes the latest copy holds, and the one under way) is overwritten before anybody
// can look.
//
// No leap
// - while the network draws anything, or loses packets: loss, jitter, partitions, drawn delays
//   (most pings are then sent and answered in one step: virtual_exchanges.cc);
// - while a server's clock runs fast or slow: its rhythm and the other's never meet again;
// - while a paused server has anything waiting for it;
// - where the rhythms meet again only after thousands of pings: intervals of 100 ms and 33.3 ms
//   recur after 333 pings, of 100 ms and 33.333 ms after 33,333, which is too long to look;
// - where packets are to be told one by one (Detail::packets).
//
// Which period it is nobody works out: the world looks whether it recurs (class Recurrence), with
// Brent's algorithm ("An improved Monte Carlo factorization algorithm", BIT 20, 1980): a moment is
// kept, later ones a ping apart are compared with it, and each time that patience ends a new one
// is kept, for twice as long.
#pragma once

#include <cstdint>

#include "understudy/failover/agent.h"
#include "understudy/failover/time.h"
#include "understudy/scenario/draws.h"
#include "understudy/scenario/local_clock.h"

namespace understudy {

// Whether a world may leap, and send and answer pings in one step. The outcome is the same.
enum class Pace : std::uint8_t {
  leaping,
  every_event,  // to check that, and to measure what events cost
};

// From a moment that the world was in to a later one in which it is the same again: how far its
// times, tokens and counters have moved. `then` and `now` below are of these two moments; from
// them follows what moves. `from` is of either, and is taken `times` periods further.
class Stride {
 public:
  Stride(Duration period, const Stream& tokens_then, const Stream& tokens_now)
      : period_(period),
        tokens_(tokens_now),
        draws_(tokens_now.position() - tokens_then.position()) {}

  [[nodiscard]] Duration period() const { return period_; }
  [[nodiscard]] std::uint64_t draws() const { return draws_; }

  struct Times {
    Time then;
    Time now;
  };
  [[nodiscard]] bool moves(const Times& seen) const {
    return seen.now != never && seen.now - seen.then == period_;
  }
  [[nodiscard]] Time later(Time from, const Times& seen, std::int64_t times) const {
    return moves(seen) ? from + times * period_ : from;
  }

  // What is drawn in the place of this token. One that was not drawn lately is not drawn anew.
  [[nodiscard]] Token later(Token from, std::int64_t times) const;

  [[nodiscard]] Pending later(const Pending& from, const Pending& then, const Pending& now,
                              std::int64_t times) const;
  // Misses count up; more than `deciding` of them in a row change nothing.
  [[nodiscard]] State later(const State& from, const State& then, const State& now,
                            std::uint32_t deciding, std::int64_t times) const;

  // How many periods can pass until a number of misses has no room.
  [[nodiscard]] std::int64_t most_periods(const State& then, const State& now) const;

 private:
  Duration period_;
  Stream tokens_;  // as now
  std::uint64_t draws_;
};

// The first instant after `now` (of the world) from which on the agent may act otherwise for no
// other reason than the time. Timers are not meant, nor what moves with the rhythm.
[[nodiscard]] Time next_change_of_mind(const Agent& agent, const State& then,
                                       const LocalClock& clock, Time now);

// When to look, and with which moment to compare.
class Recurrence {
 public:
  Recurrence() = default;  // never looks
  // Looks a ping apart, from 0 on.
  explicit Recurrence(Duration ping_interval) : step_(ping_interval), next_(Duration::zero()) {}

  // The instant at which to look next.
  [[nodiscard]] Time next() const { return next_; }
  // Whether a moment is kept that the one of now can be compared with.
  [[nodiscard]] bool keeps() const { return keeps_; }

  // One of these is said each time.
  // Something has happened since the moment that is kept, or there is none; that of now is kept.
  void start_anew();
  // It is not that moment again. False: it has been long enough, and that of now is kept.
  [[nodiscard]] bool goes_on();
  // Nothing can recur for a while.
  void rest() { rest_until(after(next_, rest_steps * step_)); }
  // No moment of the past is like those to come.
  void forget() { keeps_ = false; }
  // Nothing is to be looked for until then.
  void rest_until(Time when);

 private:
  static constexpr std::uint32_t first_patience = 1;
  static constexpr std::uint32_t most_patience = 4096;
  static constexpr std::int64_t rest_steps = 64;

  Duration step_{};
  Time next_ = never;
  bool keeps_ = false;
  std::uint32_t patience_ = first_patience;
  std::uint32_t looks_left_ = 0;
};

}  // namespace understudy
