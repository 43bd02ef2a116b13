// SPDX-License-Identifier: MIT
//
// Multilevel splitting: a path that comes nearer to the rare event is copied, so that many try what
// one alone would almost never reach.
//
// The variant is RESTART (M. and J. Villén-Altamirano, "RESTART: a method for accelerating rare
// event simulations", ITC-13, 1991; their tutorial in LNCS 5233, 2011, pages 509 to 547, proves it
// unbiased). When a path rises to level i, R_i - 1 copies of it go their own ways from there, and
// each is given up when it falls below the level at which it was made; the path itself goes on. An
// event that comes to a path at level i counts 1/(R_1 ... R_i).
//
// Why this one. Misses in a row end with each answer, so a path falls back some hundred times as
// often as it rises. Splitting with a fixed effort a level (M. J. J. Garvels, "The splitting method
// in rare event simulation", thesis, Twente, 2000; P. L'Ecuyer, V. Demers, B. Tuffin, "Rare events,
// splitting, and quasi-Monte Carlo", ACM TOMACS 17(2), 2007) follows each of these to the end of
// the run, where most of its time would go to pairs at peace; here they cost a ping or two.
// Adaptive splitting (F. Cérou, A. Guyader, Stochastic Analysis and Applications 25(2), 2007)
// chooses levels that misses, being whole numbers, leave no choice of. And each run is an estimate
// of its own, so that the error needs no theory, and runs can be made in any order and process.
//
// Copies part ways by what is still to be drawn. Where nothing is, as of delays that are replayed
// from a recording, they are all alike: right, and in vain.
//
// The factors R_i are chosen such that about one of the copies of each path rises further: as many
// as the reciprocal of the share of paths that did in a pilot of run 0, made with a fixed effort a
// level. The pilot is no part of the estimate, so the factors may be anything for it to be
// unbiased. A factor is 1 where none of the pilot's trials rose: copies would be in vain.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "understudy/virtual_time/rare_path.h"
#include "understudy/virtual_time/rare_sample.h"

namespace understudy {

// By level, the first one's first.
using SplittingFactors = std::vector<std::uint32_t>;
// No level splits: plain simulation.
[[nodiscard]] SplittingFactors no_splitting(const RareCourse& course);
[[nodiscard]] SplittingFactors choose_splitting(const RareCourse& course, std::uint64_t seed);

class Splitting {
 public:
  Splitting(const RareCourse& course, SplittingFactors factors);

  // Of one run, with all its branches. `warm_up` as in rare_events.h.
  [[nodiscard]] RareSample sample(const Run& run, Time warm_up);

 private:
  struct Trial {
    std::uint32_t made_at = 0;  // the level; 0: the run itself
    std::uint32_t level = 0;
  };
  void follow(RarePath& path, Trial trial);
  bool advance(RarePath& path, std::uint32_t level);
  void split(const RarePath& path, std::uint32_t level);

  const RareCourse& course_;
  SplittingFactors factors_;
  std::vector<double> weights_;                  // of a path, by level from 0 on
  std::vector<std::optional<RarePath>> copies_;  // by level: kept for their memory
  std::uint64_t branches_ = 0;
  Time warm_up_{};
  RareSample sample_;
};

}  // namespace understudy
