// SPDX-License-Identifier: MIT
//
// A run as lanes, for a picture: what each server was and held and when, what was wrong, and when
// the client got no answers. Made from a timeline, like the measures; a lane says when something
// was so, and measures nothing.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "understudy/failover/time.h"
#include "understudy/outcome/timeline.h"
#include "understudy/scenario/scenario.h"

namespace understudy {

enum class Lane : std::uint8_t {
  state,       // of a server: "off", "booting", or its role
  holds,       // "primary" or "monitor": the address that its kernel answers for
  serves,      // its service answers and accepts writes
  frozen,      // its kernel stands still
  fault,       // of the kind that `what` names
  unanswered,  // requests of the client that were sent then got no answer
};
[[nodiscard]] std::string_view to_text(Lane lane);

struct Span {
  Lane lane = Lane::state;
  std::string_view who;  // "first", "second", "client", or the target of a fault of the network
  std::string what;
  Time begin{};
  Time end{};  // of the run, if it was so until then
  bool operator==(const Span&) const = default;
};

// By lane, in the order of the lanes, and by their begin. None is empty: what was so for no time at
// all is left out.
[[nodiscard]] std::vector<Span> lanes(const Scenario& scenario, const Timeline& timeline);

}  // namespace understudy
