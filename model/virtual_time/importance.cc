// SPDX-License-Identifier: MIT
#include "understudy/virtual_time/importance.h"

#include <cmath>
#include <optional>
#include <utility>

namespace understudy {
namespace {

std::optional<ServerId> monitor_of(const VirtualWorld& world) {
  for (const ServerId id : {ServerId::first, ServerId::second}) {
    if (world.fate(id) == Fate::running && world.agent(id).role() == Role::monitor) return id;
  }
  return std::nullopt;
}

// Where one cycle ends and the next begins, told from nothing but the way of a path since the
// latest beginning, so that a copy made there finds the same end.
class Cycle {
 public:
  // To be asked after each instant.
  bool ends(const VirtualWorld& world) {
    const auto monitor = monitor_of(world);
    if (!monitor) return false;
    const State& state = world.agent(*monitor).state();
    if (state.pending.token != no_token) asked_ = true;
    if (!asked_ || state.pending.token != no_token || state.misses > 0) return false;
    asked_ = false;
    return true;
  }

 private:
  bool asked_ = false;  // a ping has left
};

}  // namespace

RareSample ImportanceSampling::sample(const Run& run, Time warm_up) {
  branches_ = 0;
  warm_up_ = warm_up;
  sample_ = RareSample{};
  RarePath path(course_, run);
  std::uint64_t until_tilted = Stream(run, "rare").bits() % stride;
  Cycle cycle;
  bool begins = true;
  do {
    if (!std::exchange(begins, false) && !cycle.ends(path.world())) continue;
    if (until_tilted == 0) sample_tilted(path);
    until_tilted = (until_tilted + stride - 1) % stride;
  } while (advance(path));
  sample_.pass(Time{}, path.now());
  sample_.expose(warm_up_, path.now());
  return std::exchange(sample_, RareSample{});
}

// False: there is no further.
bool ImportanceSampling::advance(RarePath& path) {
  if (!path.step()) {
    path.world().run_until(path.end());
    return false;
  }
  return !path.happened(course_);
}

// From here to the end of the cycle.
void ImportanceSampling::sample_tilted(const RarePath& path) {
  copy_ = path;
  VirtualWorld& world = copy_->world();
  world.branch(++branches_);
  const ServerId monitor = monitor_of(world).value_or(ServerId::second);
  world.tilt(Impairments::Tilt{.monitor = host_of(monitor),
                               .primary = host_of(other(monitor)),
                               .ping = ping_loss,
                               .answer = answer_loss});
  Cycle cycle;
  while (copy_->step()) {
    if (copy_->happened(course_)) {
      const double weight = static_cast<double>(stride) * std::exp(world.log_likelihood());
      ++sample_.events;
      sample_.happened += weight;
      if (copy_->now() > warm_up_) sample_.happened_after_warm_up += weight;
      break;
    }
    if (cycle.ends(world)) break;
    // What decides about the fence of a monitor that has declared is no loss of pings.
    if (monitor_of(world) != monitor) world.tilt(std::nullopt);
  }
  sample_.pass(path.now(), copy_->now());
}

}  // namespace understudy
