// SPDX-License-Identifier: MIT
//
// What an operator does to a server of the lab: says a command to its daemon at the socket that
// understudyctl uses.
#pragma once

#include <filesystem>
#include <functional>
#include <list>
#include <string>

#include "understudy/lab/loop.h"
#include "understudy/live/descriptor.h"

namespace understudy::lab {

class Operator {
 public:
  explicit Operator(Loop& loop) : loop_(loop) {}

  // "switchover", "maintenance on" … The daemon's word comes later; nobody listening is a no.
  using Heard = std::function<void(bool done)>;
  void say(const std::filesystem::path& socket, const std::string& command, Heard heard);

 private:
  struct Visit {
    live::Descriptor line;
    Heard heard;
  };
  using Visits = std::list<Visit>;
  void listen(Visits::iterator visit);

  Loop& loop_;
  Visits visits_;
};

}  // namespace understudy::lab
