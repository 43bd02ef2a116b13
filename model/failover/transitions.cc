// SPDX-License-Identifier: MIT
#include "understudy/failover/transitions.h"

#include <algorithm>
#include <array>

namespace understudy {
namespace {

using enum Role;

constexpr std::string_view booted =
    "A booted server knows nothing: it holds no address and asks whether there is a monitor.";
constexpr std::string_view beaten =
    "Two servers hold one address, and the other comes first in the order that both see alike.";

constexpr std::array table = {
    Transition{arbitrating, Cause::boot, arbitrating, booted},
    Transition{monitor, Cause::boot, arbitrating, booted},
    Transition{fencing, Cause::boot, arbitrating, booted},
    Transition{restarting, Cause::boot, arbitrating, booted},
    Transition{primary, Cause::boot, arbitrating, booted},
    Transition{handing_over, Cause::boot, arbitrating, booted},
    Transition{taking_over, Cause::boot, arbitrating, booted},

    Transition{arbitrating, Cause::slept, arbitrating,
               "An answer may have come and gone while this server slept: probe again."},
    Transition{arbitrating, Cause::probe_answered, primary,
               "The other server answers as the monitor, so the primary role is free."},
    Transition{arbitrating, Cause::probes_unanswered, monitor,
               "Nobody is the monitor: the other is the primary, or is not there."},

    Transition{monitor, Cause::conflict_lost, arbitrating, beaten},
    Transition{fencing, Cause::conflict_lost, arbitrating, beaten},
    Transition{restarting, Cause::conflict_lost, arbitrating, beaten},
    Transition{primary, Cause::conflict_lost, arbitrating, beaten},
    Transition{handing_over, Cause::conflict_lost, arbitrating, beaten},

    Transition{monitor, Cause::failure_take_over_now, primary,
               "The primary is silent; it is booted and its role taken in the same breath."},
    Transition{monitor, Cause::failure_fence_first, fencing,
               "The primary is silent; its role may be taken once it is surely off."},
    Transition{monitor, Cause::failure_restart_first, restarting,
               "The primary is silent; it is booted and may have its role back if it hurries."},

    Transition{fencing, Cause::fence_confirmed, primary,
               "The other is off, so nobody else answers for the primary address."},
    Transition{fencing, Cause::fence_confirmed_late, arbitrating,
               "The other was off so long ago that it may have booted and found this monitor."},
    Transition{fencing, Cause::fence_refused, monitor,
               "The other was not booted; only fresh misses may condemn it again."},
    Transition{
        fencing, Cause::fence_timed_out, monitor,
        "Nobody knows whether the other was booted; only fresh misses may condemn it again."},
    Transition{fencing, Cause::fence_given_up, primary,
               "Booting the other failed too often, and a service is preferred to a certainty."},

    Transition{restarting, Cause::restarted, monitor,
               "The other is back and serves; nothing has changed hands."},
    Transition{restarting, Cause::fence_refused, monitor,
               "The other was not booted; only fresh misses may condemn it again."},
    Transition{restarting, Cause::fence_given_up, primary,
               "Booting the other failed too often, and a service is preferred to a certainty."},
    Transition{
        restarting, Cause::restart_overdue, fencing,
        "The other had its time to come back; now its role is taken, once it is surely off."},

    Transition{primary, Cause::slept, arbitrating,
               "This server slept and the other takes over unconfirmed: it may be primary by now."},
    Transition{primary, Cause::switchover_requested, handing_over,
               "The operator wants the roles swapped: stop serving, so that the last copy is the "
               "last."},
    Transition{primary, Cause::service_ill, handing_over,
               "The service here is ill and the monitor answers: let it try."},
    Transition{handing_over, Cause::handover_timed_out, primary,
               "The monitor did not get ready in time; serving goes on here."},
    Transition{handing_over, Cause::let_go, arbitrating,
               "The monitor is ready and the primary address is free: find the new place."},
    Transition{monitor, Cause::last_copy_taken, taking_over,
               "The primary asks this monitor to take over, and its last copy is here."},
    Transition{taking_over, Cause::go_received, primary,
               "The other has let the primary address go for this server to take."},
    Transition{taking_over, Cause::go_overdue, arbitrating,
               "The other never said that it let go: ask again who is what."},
    Transition{taking_over, Cause::slept, arbitrating,
               "This server slept; a permission from before means nothing now."},
};

}  // namespace

std::span<const Transition> transitions() { return table; }

const Transition* find_transition(Role from, Cause cause) {
  const auto* row = std::ranges::find_if(
      table, [&](const Transition& t) { return t.from == from && t.cause == cause; });
  return row == table.end() ? nullptr : row;
}

std::optional<Address> held_in(Role role) {
  switch (role) {
    case primary:
    case handing_over: return Address::primary;
    case monitor:
    case fencing:
    case restarting: return Address::monitor;
    case arbitrating:
    case taking_over: return std::nullopt;
  }
  return std::nullopt;
}

std::string_view to_text(Cause cause) {
  switch (cause) {
    case Cause::boot: return "boot";
    case Cause::conflict_lost: return "conflict lost";
    case Cause::slept: return "slept";
    case Cause::probe_answered: return "probe answered";
    case Cause::probes_unanswered: return "probes unanswered";
    case Cause::failure_take_over_now: return "failure, take over now";
    case Cause::failure_fence_first: return "failure, fence first";
    case Cause::failure_restart_first: return "failure, restart first";
    case Cause::fence_confirmed: return "fence confirmed";
    case Cause::fence_confirmed_late: return "fence confirmed too late";
    case Cause::fence_refused: return "fence refused";
    case Cause::fence_timed_out: return "fence timed out";
    case Cause::fence_given_up: return "fence given up";
    case Cause::restarted: return "restarted";
    case Cause::restart_overdue: return "restart overdue";
    case Cause::switchover_requested: return "switchover requested";
    case Cause::service_ill: return "service ill";
    case Cause::handover_timed_out: return "handover timed out";
    case Cause::last_copy_taken: return "last copy taken";
    case Cause::let_go: return "let go";
    case Cause::go_received: return "go received";
    case Cause::go_overdue: return "go overdue";
  }
  return "?";
}

}  // namespace understudy
