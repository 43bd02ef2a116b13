// SPDX-License-Identifier: MIT
//
// What a server's daemon tells programs of its agent (live/event_line.h, the key `daemon.events`),
// as events of a timeline: by a pipe on the server's disk, at the daemon's own instants.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "understudy/live/descriptor.h"
#include "understudy/outcome/timeline.h"

namespace understudy::lab {

class AgentEvents {
 public:
  AgentEvents(Host host, const std::filesystem::path& pipe);

  [[nodiscard]] int number() const { return pipe_.number(); }
  // Those that have come since the last call. That the agent begins is told as `up`.
  [[nodiscard]] std::vector<Event> take();

 private:
  Host host_;
  live::Descriptor pipe_;
  std::string unread_;
};

// One line. Throws std::runtime_error if it is none.
[[nodiscard]] Event read_event(Host host, std::string_view line);

}  // namespace understudy::lab
