// SPDX-License-Identifier: MIT
//
// The device that the servers' power hangs on: listens at a Unix socket, where the lab's fence
// agent (fence_lab.cc) brings it orders and waits for the answer. What it does with an order, and
// how long that takes, is its owner's affair.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>

#include "understudy/failover/ports.h"
#include "understudy/lab/loop.h"
#include "understudy/live/descriptor.h"

namespace understudy::lab {

class PowerController {
 public:
  using Number = std::uint64_t;  // of a visit, for the answer
  struct Ears {
    // About the power of `plug`.
    std::function<void(ServerId plug, PowerOrder order, Number visit)> ordered;
    std::function<bool(ServerId plug)> is_on;
  };

  PowerController(Loop& loop, const std::filesystem::path& socket, Ears ears);

  // The order is done, or refused. Whoever does not wait any more is not told.
  void answer(Number visit, bool done);

 private:
  struct Visit {
    live::Descriptor line;
    std::string said;
  };
  void accept();
  void listen(Number number);
  void carry_out(Number number, const std::string& said);
  void reply(Number number, const std::string& word);

  Loop& loop_;
  Ears ears_;
  live::Descriptor socket_;
  std::map<Number, Visit> visits_;
  Number next_ = 0;
};

}  // namespace understudy::lab
