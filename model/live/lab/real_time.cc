// SPDX-License-Identifier: MIT
#include "understudy/lab/real_time.h"

#include <sched.h>

namespace understudy::lab {

bool take_real_time_priority(int priority) {
  const sched_param wanted{.sched_priority = priority};
  return sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &wanted) == 0;
}

}  // namespace understudy::lab
