// SPDX-License-Identifier: MIT
//
// The parameters of a pair, each a paragraph: unit, effect, default, advice.
//
// There is one list of fields and two readings of it. `PairSettings` is what somebody wrote: every
// field may be absent. `Config` is what an agent runs on: every field has a value. `derive()`
// (derive.h) leads from the one to the other, because most defaults follow from other fields.
#pragma once

#include <cstdint>
#include <optional>

#include "understudy/failover/time.h"

namespace understudy {

// Whether the additions to the bare method are on. `original` changes defaults only: one miss,
// immediate takeover, a reboot in one order, no grace, no watching of the monitor, no announcement
// but the claim's, no conflict detection, no back-off. Fields that are set still win.
enum class Method : std::uint8_t { today, original };

// When the monitor claims the primary address after it has declared a failure.
enum class Takeover : std::uint8_t {
  immediate,      // at once, in conjunction with the boot: quickest, two primaries after a mistake
  fence_first,    // once the power channel has confirmed that the other is off: never two primaries
  restart_first,  // not at all if the booted server comes back before `restart_deadline`
};

// How the power channel boots the other server.
enum class FenceMode : std::uint8_t {
  off_on,  // off, and once that is confirmed, on: safety then needs no timing at all
  reboot,  // one order for both: for channels that have nothing else; see `fence_validity`
};

// What to do when `fence_attempts` fences in a row have failed.
enum class OnFenceFailure : std::uint8_t {
  hold,      // stay monitor and keep trying: no service rather than two
  takeover,  // claim the primary address unconfirmed: a service rather than none
};

// Which rule decides that silence is a miss (detector.h).
enum class DetectorKind : std::uint8_t { fixed, chen, phi };

template <template <class> class Field>
struct PairFields {
  // `today` (default) or `original`. Advice: `original` is for comparison, not for servers.
  Field<Method> method;

  // --- signals -------------------------------------------------------------------------------

  // Time between two pings. Default 100 ms, or `ping_timeout` if that is more. Detection takes
  // about `misses` of them; each costs two packets. Not below `ping_timeout`.
  Field<Duration> ping_interval;
  // Time within which a ping must be answered; later is a miss. Default 50 ms, or `ping_interval`
  // if that is less. Must exceed the worst round trip, or a healthy primary is declared failed.
  Field<Duration> ping_timeout;
  // Misses in a row that make a failure. Default 3 (`original`: 1). Each one more makes false
  // failovers rarer by a factor of the loss rate, and detection slower by `ping_interval`.
  Field<std::uint32_t> misses;
  // What decides that an answer is late: `fixed` (default) waits `ping_timeout`; `chen` and `phi`
  // learn how long answers take, and wait at most `ping_interval`.
  Field<DetectorKind> detector;
  // `chen` only: the safety margin on top of the expected answer. Default 20 ms.
  Field<Duration> chen_margin;
  // `phi` only: the suspicion level at which an answer counts as missed; 8 means that one answer
  // in 10^8 is later, if their times are normal. Default 8.
  Field<double> phi_threshold;
  // Time within which a probe must be answered. Default 200 ms. Must exceed the worst round trip,
  // or a booted server overlooks a living monitor.
  Field<Duration> probe_timeout;
  // Probes that a booted server sends before it believes that there is no monitor. Default 3
  // (`original`: 1). A lost probe must not make a second monitor.
  Field<std::uint32_t> probes;

  // --- failure -------------------------------------------------------------------------------

  // When to claim the primary address after a failure. Default `fence-first` (`original`:
  // `immediate`). The only policy that never has two primaries is `fence-first` with a channel
  // that tells the truth; `restart-first` keeps that, and keeps roles in place at the price of a
  // reboot's outage.
  Field<Takeover> takeover;
  // How the power channel is ordered to boot the other. Default `off-on` (`original`: `reboot`).
  Field<FenceMode> fence_mode;
  // Least and greatest time from power-on to a running agent. Simulated servers take them from
  // `server.boot_time`. Daemons need them for `reboot`; if not said they are 15 s and 120 s
  // (`off-on`: or misses * ping_interval + ping_timeout + fence_max if that is more; nothing rests
  // on the least one there).
  Field<Duration> boot_min;
  Field<Duration> boot_max;
  // Greatest time from an order to the power channel until the other is off. Daemon: 10 s.
  Field<Duration> fence_max;
  // Greatest time from the other being off until the channel confirms it. Daemon: 1 s.
  Field<Duration> confirm_max;
  // Time after which an unconfirmed fence counts as failed. Default: the lesser of
  // 2 (fence_max + confirm_max) and `fence_validity`, at least 1 ms.
  Field<Duration> fence_timeout;
  // `reboot` only: age beyond which a confirmation is worthless, because the other may have booted
  // since the order and found us the monitor. Default boot_min (1 - clock_drift) - ping_timeout;
  // `off-on`: forever.
  Field<Duration> fence_validity;
  // Greatest relative error of a server's clock. Default 0.001.
  Field<double> clock_drift;
  // Fences in a row, each after fresh misses, that may fail before `on_fence_failure`. Default 3.
  Field<std::uint32_t> fence_attempts;
  // `hold` (default) or `takeover`, which gives up the promise of a single primary.
  Field<OnFenceFailure> on_fence_failure;
  // `restart-first` only: time for the booted server to answer pings again, before it is fenced
  // once more and its role taken. Default fence_max + boot_max + probes * probe_timeout +
  // ping_interval + ping_timeout.
  Field<Duration> restart_deadline;

  // --- patience ------------------------------------------------------------------------------

  // Time that a monitor which has never been answered leaves the other to boot. Default boot_max +
  // probes * probe_timeout + ping_interval + ping_timeout, or, where a time-out of the switchover
  // is set, taking_over_timeout + ping_interval + ping_timeout if that is more (`original`: 0).
  // Shorter still settles, but costs fences after a power cut of both. Must exceed
  // `taking_over_timeout`, or a switchover whose last word is lost ends in a fence.
  Field<Duration> startup_grace;
  // The same for a primary that has never been answered by a monitor, and after each of its
  // fences. Default 2 fence_max + boot_max + probes * probe_timeout + startup_grace +
  // misses * ping_interval + ping_timeout. Less loops for ever or lets a partition kill both.
  Field<Duration> monitor_grace;
  // Fences after which a server holds its fire, within `boots_window`; at most 8; 0: no limit and
  // no back-off. Default 3 (`original`: 0). Ends the war that a lasting partition starts.
  Field<std::uint32_t> max_boots;
  // Default 2 max_boots (boot_max + probes * probe_timeout + startup_grace + fence_max).
  Field<Duration> boots_window;

  // --- memory --------------------------------------------------------------------------------

  // Answered pings between two copies of the primary's memory; 0: never. Default 10. The writes of
  // that time, half of it on average, are what a crash loses.
  Field<std::uint32_t> copy_every;
  // Whether a server that comes to serve by arbitration first asks its peer for a newer memory.
  // Default yes (`original`: no). Without it a power cut of both may let the stale memory win.
  Field<bool> newer_memory_wins;

  // --- what the original method leaves open -----------------------------------------------------

  // Whether the primary pings the monitor and boots a dead one. Default yes (`original`: no).
  // Without it a pair survives its first failure only.
  Field<bool> watch_monitor;
  // Misses in a row that make a dead monitor. Default misses + 2 + ceil(fence_max / ping_interval),
  // so that under a partition the monitor strikes first.
  Field<std::uint32_t> watch_misses;
  // Time between two announcements of a held address; 0: only when it is claimed. Default
  // `ping_interval` (`original`: 0). Two holders that never speak never heal.
  Field<Duration> announce_interval;
  // Whether a second holder of a held address is noticed and answered. Default yes (`original`:
  // no).
  Field<bool> conflict_detection;
  // A timer that fires later than this means that the server was asleep and that its evidence is
  // stale. Default ((misses - 1) ping_interval + ping_timeout) / 2; for one miss ping_interval
  // (`original`: never).
  Field<Duration> asleep_after;
  // Whether a server whose own link is down fences nobody. Default yes (`original`: no). Its
  // silence is the server's own then, and it would take over on a network that it is not on.
  Field<bool> own_link;
  // Whether a monitor must reach the witness, an address that always answers, to declare a
  // failure. Default no. Advice: the gateway, where clients are behind it.
  Field<bool> witness;
  // How long a silent witness can hold a failover back. Default 30 s. A dead witness beside a dead
  // primary must not be an outage for ever.
  Field<Duration> witness_patience;
  // Health checks in a row that must fail before the primary hands over. Default 3.
  Field<std::uint32_t> unhealthy_after;
  // Time that a primary waits for the monitor to copy and be ready, once it has stopped serving
  // for a switchover. Default: the least of 5 s, taking_over_timeout / 2 and (boot_max +
  // probes * probe_timeout) / 2, but 2 ping_timeout rather than that sum. Must exceed
  // `ping_timeout`.
  Field<Duration> handover_timeout;
  // Time that a monitor, once ready, waits for the primary to let go. Default 2 handover_timeout;
  // must exceed it.
  Field<Duration> taking_over_timeout;

  bool operator==(const PairFields&) const = default;
};

namespace config_detail {
template <class T>
using Plain = T;
}  // namespace config_detail

// What somebody wrote: an absent field has no opinion.
using PairSettings = PairFields<std::optional>;

// What an agent runs on. Make one with derive(); a value-initialised one is all zeros.
using Config = PairFields<config_detail::Plain>;

}  // namespace understudy
