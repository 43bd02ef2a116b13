// SPDX-License-Identifier: MIT
//
// A run as a story for people: one line an event, each with its time, who, and what, a change of
// role with its reason from the table of transitions.h:
//
//    30.754812 s  second   misses an answer from the primary address, 3 in a row
//    30.754812 s  second   declares the primary failed after 3 misses
//    30.754812 s  second   orders the power channel to switch first off
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "understudy/outcome/timeline.h"
#include "understudy/scenario/scenario.h"

namespace understudy {

enum class Telling : std::uint8_t {
  turns,       // what changes something; pings, copies and short losses in between are counted
  everything,  // each packet too, with a number on each signal
};

struct StoryLine {
  Time at{};
  std::string_view who;  // empty: of the run as a whole
  std::string what;
};

// Tells a timeline that was recorded at Detail::packets.
[[nodiscard]] std::vector<StoryLine> story_lines(const Scenario& scenario, const Timeline& timeline,
                                                 Telling telling = Telling::turns);

// The same as text, a line each.
[[nodiscard]] std::string story(const Scenario& scenario, const Timeline& timeline,
                                Telling telling = Telling::turns);

}  // namespace understudy
