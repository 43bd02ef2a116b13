// SPDX-License-Identifier: MIT
//
// What happened in a run, as every substrate tells it: the agents' notes and the facts of the world
// around them, in the order of time. Measures (outcome.h) are made from this and nothing else; a
// substrate measures nothing itself.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "understudy/failover/journal.h"
#include "understudy/failover/ports.h"
#include "understudy/failover/time.h"
#include "understudy/scenario/faults.h"
#include "understudy/scenario/links.h"

namespace understudy {

struct Event {
  enum class Kind : std::uint8_t {
    note,         // an agent says `note`
    claimed,      // starts to answer for `address`
    released,     // stops
    serving,      // answers requests and accepts writes
    resting,      // no longer
    powered_off,  // nothing runs; what it had not sent yet stays unsent
    powered_on,   // begins to boot; `by_channel` or by itself
    up,           // has booted, its agent runs
    ordered,      // asks the power channel for `order`
    reported,     // is told `result` by it
    froze,        // its kernel stops; what it holds it still holds
    thawed,       // it goes on
    fault_began,  // number `fault` of the scenario strikes `host`, or whom `struck` says
    fault_ended,  // for `host`, or for all of them
    moved_port,   // its bond uses `value` from now on: 0 the port to switch A, 1 that to B

    // Packets.
    ping_sent,     // an echo request to `address`; a probe, if it is from an arbitrating server
    ping_heard,    // reaches a holder, whose kernel answers
    answer_heard,  // the answer is back
    announcement_sent,
    message_sent,
    copy_begun,  // the other's memory, as it is now, begins to travel to `host`
  };
  Time at{};
  Kind kind = Kind::note;
  Host host = Host::first;
  Address address = Address::primary;
  PowerOrder order = PowerOrder::off;
  FenceResult result = FenceResult::off;
  bool by_channel = false;
  std::uint16_t fault = 0;
  Struck struck{};  // faults; empty, if of the network: everybody
  Note note{};
  std::uint64_t value = 0;  // packets: the token; serving, copy_begun: the memory's version

  bool operator==(const Event&) const = default;
};

// A time in which the client's requests were not answered: between two good answers.
struct Gap {
  Time last_answer = never;  // before the first lost request; never: there was none
  Time first_lost_sent{};
  Time last_lost_sent{};
  Time next_answer = never;  // never: none until the end
  std::uint64_t lost = 0;
  bool operator==(const Gap&) const = default;
};

// What became of a server.
enum class Fate : std::uint8_t { off, booting, running };

struct Ending {
  Time at{};
  std::array<Fate, 2> fates{};
  std::array<Role, 2> roles{};  // of those running
  std::uint64_t requests = 0;   // the client's, as `requests` in outcome.h
  std::uint64_t lost_requests = 0;
  std::uint64_t writes_accepted = 0;         // by any server that served
  std::uint64_t writes_of_last_primary = 0;  // of these, in the memory of the last that served
  bool operator==(const Ending&) const = default;
};

// How much of a run is recorded.
enum class Detail : std::uint8_t {
  changes,  // what the measures need: nothing while nothing changes
  packets,  // each signal, miss and copy too: for stories
};

struct Timeline {
  std::vector<Event> events;  // by time
  std::vector<Gap> gaps;      // by time
  Ending ending;
  bool operator==(const Timeline&) const = default;
};

// That fault `number` of the scenario begins or ends for those struck.
[[nodiscard]] constexpr Event fault_event(Event::Kind kind, std::size_t number,
                                          const Struck& struck) {
  Event event{.kind = kind, .fault = static_cast<std::uint16_t>(number)};
  if (struck.hosts == HostSet::all()) return event;
  event.host = *std::ranges::find_if(all_hosts, [&](Host h) { return struck.hosts.has(h); });
  event.struck = struck;
  return event;
}

// Whether an event is recorded at Detail::changes.
[[nodiscard]] constexpr bool is_change(const Event& event) {
  if (event.kind != Event::Kind::note) return event.kind < Event::Kind::ping_sent;
  switch (event.note.kind) {
    case Note::Kind::missed:
    case Note::Kind::copy_started:
    case Note::Kind::copy_whole:
    case Note::Kind::copy_failed: return false;
    default: return true;
  }
}

// Adds an event to a timeline, if the detail asks for it.
constexpr void record(Timeline& timeline, Detail detail, const Event& event) {
  if (detail == Detail::packets || is_change(event)) timeline.events.push_back(event);
}

}  // namespace understudy
