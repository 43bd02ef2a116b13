// SPDX-License-Identifier: MIT
//
// What the lab waits for, on one thread: instants of the boot clock and descriptors that can be
// read. Actions are called from run(), one at a time, what is due before what has arrived.
#pragma once

#include <functional>
#include <map>
#include <vector>

#include "understudy/failover/time.h"

namespace understudy::lab {

class Loop {
 public:
  using Action = std::function<void()>;

  // Once, not before that instant. Those of one instant in the order in which they were asked for.
  void at(Time when, Action action);
  // Whenever there is something to be read, until it is forgotten, which must be before it is
  // closed.
  void watch(int descriptor, Action readable);
  void forget(int descriptor);

  // Until that instant, or until something says stop().
  void run_until(Time end);
  void stop() { stopped_ = true; }

 private:
  void wait(Time until);
  void carry_out_due();

  std::multimap<Time, Action> agenda_;
  std::map<int, Action> watched_;
  std::vector<int> ready_;
  bool stopped_ = false;
};

}  // namespace understudy::lab
