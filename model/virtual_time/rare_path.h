// SPDX-License-Identifier: MIT
//
// A world on its way to a rare event: whether the event has happened, and how near it is.
//
// The event is what the measures say it is (outcome.h): they are asked, about what has happened so
// far, whenever something happens that could make it come true. So a path ends at its first false
// failover, or at the first instant at which two servers hold the primary address.
//
// How near it is, is a matter of the monitor's misses. Any function of the world would do as well
// for what is estimated, and none better than this for how quickly: a false failover is made of
// misses in a row and of nothing else. Two primaries take a failover that is acted upon though the
// other side still holds the address. `immediate` does so at once; `fence-first` only if
// `on_fence_failure` is `takeover` and all `fence_attempts` have failed, each after more misses
// than the one before (Agent::misses_needed). So the way there is as long as the misses of all of
// these together, with a step more for each fence that is ordered.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "understudy/scenario/scenario.h"
#include "understudy/virtual_time/virtual_world.h"

namespace understudy {

enum class RareEvent : std::uint8_t { false_failover, dual_primary };
[[nodiscard]] std::string_view to_text(RareEvent event);

class RareCourse {
 public:
  RareCourse(const Scenario& scenario, RareEvent event);

  // Levels are numbered from 1; below them is a pair at peace. The event is beyond the last.
  [[nodiscard]] std::uint32_t levels() const { return levels_; }
  [[nodiscard]] std::uint32_t level(const VirtualWorld& world) const;

  // Whether the event could have come true with this.
  [[nodiscard]] bool is_cue(const Event& event) const;
  // Whether it has.
  [[nodiscard]] bool happened(const VirtualWorld& world) const;

  [[nodiscard]] const Scenario& scenario() const { return scenario_; }

 private:
  [[nodiscard]] std::uint32_t level(const Agent& agent) const;

  Scenario scenario_;
  RareEvent event_;
  // The misses that each fence in a row takes, and the level from which they count.
  struct Attempt {
    std::uint32_t misses = 0;
    std::uint32_t from = 0;
  };
  std::vector<Attempt> attempts_;
  std::uint32_t levels_ = 0;
};

// Of one run, or of a branch of it. A value, as its world is.
class RarePath {
 public:
  // A run of the course's scenario from its start.
  RarePath(const RareCourse& course, const Run& run)
      : world_(course.scenario(), run, Detail::changes, Pace::every_event),
        seen_(world_.events().size()),
        end_(after(Time{}, course.scenario().run.duration)) {}

  // On to the next instant at which something happens. False: the run is over.
  bool step() {
    if (world_.next() > end_) return false;
    world_.run_until(world_.next());
    return true;
  }
  // Whether the event has happened since this was asked before.
  [[nodiscard]] bool happened(const RareCourse& course) {
    bool cue = false;
    for (; seen_ < world_.events().size(); ++seen_) cue |= course.is_cue(world_.events()[seen_]);
    return cue && course.happened(world_);
  }

  [[nodiscard]] VirtualWorld& world() { return world_; }
  [[nodiscard]] const VirtualWorld& world() const { return world_; }
  [[nodiscard]] Time now() const { return world_.now(); }
  [[nodiscard]] Time end() const { return end_; }

 private:
  VirtualWorld world_;
  std::size_t seen_;  // of its events
  Time end_;
};

}  // namespace understudy
