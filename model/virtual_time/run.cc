// SPDX-License-Identifier: MIT
#include "understudy/virtual_time/run.h"

#include "understudy/virtual_time/virtual_world.h"

namespace understudy::virtual_time {

Timeline run(const Scenario& scenario, const Run& run, Detail detail) {
  return virtual_time::run(scenario, run, detail, Pace::leaping);
}

Timeline run(const Scenario& scenario, const Run& run, Detail detail, Pace pace) {
  VirtualWorld world(scenario, run, detail, pace);
  world.run_until(after(Time{}, scenario.run.duration));
  return world.finish();
}

}  // namespace understudy::virtual_time
