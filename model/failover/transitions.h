// SPDX-License-Identifier: MIT
//
// The state machine of the pair as a table: from which role, for which cause, to which role, and
// why a person would have it so. The agent is driven by it: its role changes by a row of the table
// and in no other way. The diagram in the docs is drawn from it too.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "understudy/failover/names.h"

namespace understudy {

// What makes an agent change its role.
enum class Cause : std::uint8_t {
  boot,                   // the server has booted
  conflict_lost,          // another holder of the same address comes first in the order
  slept,                  // the clock jumped: what it knew is stale
  probe_answered,         // somebody answers for the monitor address
  probes_unanswered,      // nobody does
  failure_take_over_now,  // failure declared, policy immediate
  failure_fence_first,    // failure declared, policy fence-first
  failure_restart_first,  // failure declared, policy restart-first
  fence_confirmed,        // the other is off
  fence_confirmed_late,   // it was off, too long ago to mean anything
  fence_refused,          // the power channel did nothing
  fence_timed_out,        // the power channel said nothing
  fence_given_up,         // it failed too often; on_fence_failure = takeover
  restarted,              // the booted server answers again
  restart_overdue,        // it does not, in spite of all the time it had
  switchover_requested,   // by the operator
  service_ill,            // the own health check failed, and a monitor could do better
  handover_timed_out,     // the monitor was not ready in time
  last_copy_taken,        // the monitor has what the primary had
  let_go,                 // the primary has let the primary address go
  go_received,            // so the other may take it
  go_overdue,             // or may not: it never said so
};

struct Transition {
  Role from;
  Cause cause;
  Role to;
  std::string_view reason;  // one sentence, as one would say it to the operator
};

// The whole table, in the order of a life: boot, watch, failure, handover.
[[nodiscard]] std::span<const Transition> transitions();

// The row for a role and a cause, if there is one.
[[nodiscard]] const Transition* find_transition(Role from, Cause cause);

// The shared address that a server in this role answers for, if any.
[[nodiscard]] std::optional<Address> held_in(Role role);

[[nodiscard]] std::string_view to_text(Cause cause);

}  // namespace understudy
