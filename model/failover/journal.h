// SPDX-License-Identifier: MIT
//
// What an agent notes while it works: the raw material of logs, transcripts and measures. It notes
// what changes or decides something; pings that are answered leave no trace here.
#pragma once

#include <cstdint>

#include "understudy/failover/names.h"
#include "understudy/failover/transitions.h"

namespace understudy {

// Why an agent that has seen enough misses does not fence.
enum class Hold : std::uint8_t {
  maintenance,  // the operator is at work
  witness,      // the witness is silent too: the fault may be on this side
  max_boots,    // enough fences for this window
  cut_off,      // this server's own link is down: the fault is on this side
  farewell,     // the other server was stopped in good order
};

struct Note {
  enum class Kind : std::uint8_t {
    became,            // `role`, for `cause`
    missed,            // no answer in time from `address`; `count` in a row
    declared_failure,  // whoever should hold `address` is considered dead, after `count` misses
    held_fire,         // a failure would have been declared, but for `hold`
    conflict_won,      // another holder of `address` was told who comes first
    slept,             // the timers fired late
    copy_started,
    copy_whole,
    copy_failed,
    newer_memory,  // the peer's memory is newer than this one and is taken before serving
  };
  Kind kind = Kind::became;
  Role role = Role::arbitrating;
  Cause cause = Cause::boot;
  Address address = Address::primary;
  Hold hold = Hold::maintenance;
  std::uint32_t count = 0;
  bool operator==(const Note&) const = default;
};

[[nodiscard]] constexpr std::string_view to_text(Note::Kind kind) {
  switch (kind) {
    case Note::Kind::became: return "became";
    case Note::Kind::missed: return "missed";
    case Note::Kind::declared_failure: return "declared_failure";
    case Note::Kind::held_fire: return "held_fire";
    case Note::Kind::conflict_won: return "conflict_won";
    case Note::Kind::slept: return "slept";
    case Note::Kind::copy_started: return "copy_started";
    case Note::Kind::copy_whole: return "copy_whole";
    case Note::Kind::copy_failed: return "copy_failed";
    case Note::Kind::newer_memory: return "newer_memory";
  }
  return "?";
}

[[nodiscard]] constexpr std::string_view to_text(Hold hold) {
  switch (hold) {
    case Hold::maintenance: return "maintenance";
    case Hold::witness: return "the witness is silent too";
    case Hold::max_boots: return "max_boots reached";
    case Hold::cut_off: return "this server's own link is down";
    case Hold::farewell: return "the other server was stopped in good order";
  }
  return "?";
}

}  // namespace understudy
