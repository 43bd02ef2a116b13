// SPDX-License-Identifier: MIT
//
// The words of the pair: servers, addresses, roles, timers. Each has a text that logs, transcripts
// and JSON share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace understudy {

// The two servers. They differ in nothing but this, which decides ties.
enum class ServerId : std::uint8_t { first, second };

[[nodiscard]] constexpr ServerId other(ServerId id) {
  return id == ServerId::first ? ServerId::second : ServerId::first;
}
[[nodiscard]] constexpr std::size_t index(ServerId id) { return static_cast<std::size_t>(id); }

// What can be signalled. The first two are shared: each is held by whoever has the role.
enum class Address : std::uint8_t { primary, monitor, witness };

enum class Role : std::uint8_t {
  arbitrating,   // booted, or beaten in a conflict: probing for a monitor
  monitor,       // holds the monitor address, pings, copies
  fencing,       // has declared a failure; waits for the other to be off
  restarting,    // has declared a failure; waits for the other to come back (restart-first)
  primary,       // holds the primary address, serves
  handing_over,  // primary in a switchover: no longer serves, waits for the monitor
  taking_over,   // monitor in a switchover: waits for the primary to let go
};
inline constexpr std::size_t role_count = 7;

// An agent's timers; at most one deadline each.
enum class Timer : std::uint8_t {
  ping,          // time for the next ping
  ping_timeout,  // the outstanding ping is a miss
  probe,         // the outstanding probe is unanswered
  grace,         // startup_grace or monitor_grace is over
  announce,      // time for the next announcement
  fence,         // the outstanding order to the power channel has failed
  restart,       // restart_deadline
  handover,      // handing over, taking over or asking for a memory has failed
};
inline constexpr std::size_t timer_count = 8;

[[nodiscard]] constexpr std::string_view to_text(ServerId id) {
  return id == ServerId::first ? "first" : "second";
}

[[nodiscard]] constexpr std::string_view to_text(Address address) {
  switch (address) {
    case Address::primary: return "primary";
    case Address::monitor: return "monitor";
    case Address::witness: return "witness";
  }
  return "?";
}

[[nodiscard]] constexpr std::string_view to_text(Role role) {
  switch (role) {
    case Role::arbitrating: return "arbitrating";
    case Role::monitor: return "monitor";
    case Role::fencing: return "fencing";
    case Role::restarting: return "restarting";
    case Role::primary: return "primary";
    case Role::handing_over: return "handing over";
    case Role::taking_over: return "taking over";
  }
  return "?";
}

[[nodiscard]] constexpr std::string_view to_text(Timer timer) {
  switch (timer) {
    case Timer::ping: return "ping";
    case Timer::ping_timeout: return "ping timeout";
    case Timer::probe: return "probe";
    case Timer::grace: return "grace";
    case Timer::announce: return "announce";
    case Timer::fence: return "fence";
    case Timer::restart: return "restart";
    case Timer::handover: return "handover";
  }
  return "?";
}

}  // namespace understudy
