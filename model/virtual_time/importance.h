// SPDX-License-Identifier: MIT
//
// Importance sampling on loss: packets are lost more often than the scenario says, and each event
// counts as much less as what led to it was made likelier: by its likelihood ratio.
//
// Tilted for a whole run, the ratio would be a product of thousands of factors and vary without
// bound. So only the last cycle is tilted, the one that the event happens in (A. Goyal et al., "A
// unified framework for simulating Markovian models of highly dependable systems", IEEE Trans.
// Computers 41(1), 1992; P. Heidelberger, "Fast simulation of rare events in queueing and
// reliability models", ACM TOMACS 5(1), 1995). Cycles are from one answer of the primary to the
// monitor to the next, the first one from the start, and every event is in exactly one. The run
// itself is plain. At the beginning of every tenth cycle, from a drawn one of the first ten on, a
// copy of the world goes on tilted until that cycle is over; an event in it counts ten times its
// likelihood ratio. The sum is unbiased for the probability that the event happens within the run,
// whatever else can happen in it: a cycle holds a fence and a boot as well as a ping.
//
// How much: a miss is a ping that is lost, or one that is not and whose answer is. Were each packet
// lost with a probability p that is small, either would be the case of one miss in two, so the best
// that one can do is to lose half of the pings and, of those that come through, all answers; then
// every path has the same ratio, and the variance is that of the run alone. All answers but a
// tenth, so that what is not due to loss at all stays possible: for both directions alike the
// ratio's second moment then is 1.06 per miss.
//
// Tilted are the losses of each packet and, of a burst, its beginning and end. What is late, what a
// congested queue holds back, and faults that come and go keep their own probabilities. Where
// misses are made of these more than of loss, the packets that are late all the same have the
// greatest ratios and are the fewest: the error is then greater than that of plain runs, and less
// well known. Splitting has no such preference.
#pragma once

#include <cstdint>
#include <optional>

#include "understudy/scenario/draws.h"
#include "understudy/virtual_time/rare_path.h"
#include "understudy/virtual_time/rare_sample.h"

namespace understudy {

class ImportanceSampling {
 public:
  static constexpr double ping_loss = 0.5;
  static constexpr double answer_loss = 0.9;
  static constexpr std::uint64_t stride = 10;  // from one cycle that is tilted to the next

  explicit ImportanceSampling(const RareCourse& course) : course_(course) {}

  // Of one run. `warm_up` as in rare_events.h.
  [[nodiscard]] RareSample sample(const Run& run, Time warm_up);

 private:
  void sample_tilted(const RarePath& path);
  bool advance(RarePath& path);

  const RareCourse& course_;
  std::optional<RarePath> copy_;  // kept for its memory
  std::uint64_t branches_ = 0;
  Time warm_up_{};
  RareSample sample_;
};

}  // namespace understudy
