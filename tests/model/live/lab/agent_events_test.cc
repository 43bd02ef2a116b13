// SPDX-License-Identifier: MIT
#include "understudy/lab/agent_events.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "understudy/live/event_line.h"

namespace understudy::lab {
namespace {

using namespace std::chrono_literals;
using Kind = Event::Kind;

constexpr Time noon = Time{} + 43200s + 1ns;

TEST(AgentEvents, EveryNoteIsReadAsItWasWritten) {
  const std::array notes = {
      Note{.kind = Note::Kind::became, .role = Role::taking_over, .cause = Cause::go_overdue},
      Note{.kind = Note::Kind::missed, .address = Address::monitor, .count = 7},
      Note{.kind = Note::Kind::declared_failure, .address = Address::primary, .count = 3},
      Note{.kind = Note::Kind::held_fire, .hold = Hold::cut_off},
      Note{.kind = Note::Kind::held_fire, .hold = Hold::farewell},
      Note{.kind = Note::Kind::conflict_won, .address = Address::primary},
      Note{.kind = Note::Kind::slept},
      Note{.kind = Note::Kind::copy_started},
      Note{.kind = Note::Kind::copy_whole},
      Note{.kind = Note::Kind::copy_failed},
      Note{.kind = Note::Kind::newer_memory}};
  for (const Note& note : notes) {
    const Event event = read_event(Host::second, live::event_line(noon, note));
    EXPECT_EQ(event, (Event{.at = noon, .host = Host::second, .note = note})) << to_text(note.kind);
  }
}

TEST(AgentEvents, OrdersAndReportsAreReadAsTheyWereWritten) {
  for (const PowerOrder order : {PowerOrder::off, PowerOrder::on, PowerOrder::reboot}) {
    const Event event = read_event(Host::first, live::event_line(noon, order));
    EXPECT_EQ(event, (Event{.at = noon, .kind = Kind::ordered, .order = order}));
  }
  for (const FenceResult result : {FenceResult::off, FenceResult::on, FenceResult::refused}) {
    const Event event = read_event(Host::first, live::event_line(noon, result));
    EXPECT_EQ(event, (Event{.at = noon, .kind = Kind::reported, .result = result}));
  }
}

TEST(AgentEvents, TheBeginningOfAnAgentMeansThatItsServerIsUp) {
  EXPECT_EQ(read_event(Host::first, live::event_line(noon, "booted")).kind, Kind::up);
  EXPECT_EQ(read_event(Host::first, live::event_line(noon, "serves")).kind, Kind::serving);
  EXPECT_EQ(read_event(Host::first, live::event_line(noon, "rests")).kind, Kind::resting);
}

TEST(AgentEvents, WhatIsNoEventIsAFailureOfTheRun) {
  for (const std::string line :
       {"", "noise", "{}", R"({"at_ns": 1})", R"({"at_ns": 1, "event": "sings"})",
        R"({"at_ns": 1, "event": "became", "role": "king"})"}) {
    EXPECT_THROW(static_cast<void>(read_event(Host::first, line)), std::runtime_error) << line;
  }
}

}  // namespace
}  // namespace understudy::lab
