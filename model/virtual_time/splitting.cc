// SPDX-License-Identifier: MIT
#include "understudy/virtual_time/splitting.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace understudy {
namespace {

constexpr std::uint32_t greatest_factor = 1000;

// ---- the pilot ----------------------------------------------------------------------------------

// Enough to know each share to some 6 %, or what a fraction of a second allows.
constexpr std::size_t enough_entries = 300;
constexpr std::uint64_t most_trials = 10'000;
constexpr std::int64_t most_pings = 300'000;

class Pilot {
 public:
  Pilot(const RareCourse& course, std::uint64_t seed)
      : course_(course), run_{.seed = seed, .number = 0} {}

  SplittingFactors choose() {
    SplittingFactors factors = no_splitting(course_);
    if (factors.empty()) return factors;
    find_first_entries();
    // Rises are too rare for a pilot to see: what they lead to will be rare as well.
    if (entries_.empty()) std::ranges::fill(factors, 10U);
    for (std::uint32_t level = 1; level <= course_.levels() && !entries_.empty(); ++level) {
      factors[level - 1] = try_from(level);
    }
    return factors;
  }

 private:
  void find_first_entries() {
    Duration left = most_pings * course_.scenario().config().ping_interval;
    while (entries_.size() < enough_entries && left > Duration::zero()) {
      RarePath path(course_, branch_of(run_, ++branches_));
      bool was_above = false;
      while (entries_.size() < enough_entries && path.now() - Time{} < left && path.step()) {
        if (path.happened(course_)) break;
        const bool above = course_.level(path.world()) > 0;
        if (above && !was_above) entries_.push_back(path);
        was_above = above;
      }
      // An instant at which nothing happens takes time, too: no pilot is endless.
      left -= std::max(path.now() - Time{}, Duration(1));
    }
  }

  // Leaves the entries to the next level.
  std::uint32_t try_from(std::uint32_t level) {
    std::vector<RarePath> risen;
    std::uint64_t rises = 0;
    std::uint64_t trials = 0;
    for (; trials < most_trials && rises < enough_entries; ++trials) {
      RarePath path = entries_[trials % entries_.size()];
      path.world().branch(++branches_);
      switch (try_once(path, level)) {
        case Way::event: ++rises; break;
        case Way::up:
          ++rises;
          risen.push_back(std::move(path));
          break;
        case Way::down: break;
      }
    }
    entries_ = std::move(risen);
    if (rises == 0) return 1;
    const double reciprocal = static_cast<double>(trials) / static_cast<double>(rises);
    return std::min(static_cast<std::uint32_t>(std::lround(reciprocal)), greatest_factor);
  }

  enum class Way : std::uint8_t { down, up, event };
  Way try_once(RarePath& path, std::uint32_t level) const {
    do {
      const std::uint32_t now = course_.level(path.world());
      if (now != level) return now > level ? Way::up : Way::down;
      if (!path.step()) return Way::down;
    } while (!path.happened(course_));
    return Way::event;
  }

  const RareCourse& course_;
  Run run_;
  std::uint64_t branches_ = 0;
  std::vector<RarePath> entries_;
};

}  // namespace

SplittingFactors no_splitting(const RareCourse& course) {
  SplittingFactors ones(course.levels(), 1U);
  return ones;
}

SplittingFactors choose_splitting(const RareCourse& course, std::uint64_t seed) {
  return Pilot(course, seed).choose();
}

// ---- the runs -----------------------------------------------------------------------------------

Splitting::Splitting(const RareCourse& course, SplittingFactors factors)
    : course_(course),
      factors_(std::move(factors)),
      weights_(factors_.size() + 1, 1.0),
      copies_(factors_.size()) {
  for (std::size_t i = 0; i < factors_.size(); ++i) weights_[i + 1] = weights_[i] / factors_[i];
}

RareSample Splitting::sample(const Run& run, Time warm_up) {
  branches_ = 0;
  warm_up_ = warm_up;
  sample_ = RareSample{};
  sample_.levels.resize(factors_.size());
  RarePath path(course_, run);
  follow(path, {});
  sample_.expose(warm_up_, path.now());
  return std::exchange(sample_, RareSample{});
}

// To its end, with all copies that are made on the way.
void Splitting::follow(RarePath& path, Trial trial) {
  const Time begin = path.now();
  do {
    const std::uint32_t level = course_.level(path.world());
    if (level < trial.made_at) break;
    while (trial.level < level) split(path, ++trial.level);
    trial.level = level;
  } while (advance(path, trial.level));
  sample_.pass(begin, path.now());
}

// False: there is no further. Nothing happens after the last instant, but the run goes on to its
// end.
bool Splitting::advance(RarePath& path, std::uint32_t level) {
  if (!path.step()) {
    path.world().run_until(path.end());
    return false;
  }
  if (!path.happened(course_)) return true;
  ++sample_.events;
  sample_.happened += weights_[level];
  if (path.now() > warm_up_) sample_.happened_after_warm_up += weights_[level];
  return false;
}

void Splitting::split(const RarePath& path, std::uint32_t level) {
  RareSample::Level& counted = sample_.levels[level - 1];
  ++counted.entries;
  counted.expected += weights_[level - 1];
  std::optional<RarePath>& copy = copies_[level - 1];
  for (std::uint32_t i = 1; i < factors_[level - 1]; ++i) {
    copy = path;
    copy->world().branch(++branches_);
    follow(*copy, {.made_at = level, .level = level});
  }
}

}  // namespace understudy
