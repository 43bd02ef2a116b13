// SPDX-License-Identifier: MIT
//
// The algorithm: one agent a server, the same on both, roles not configured.
//
// A booted server probes the monitor address. Answered, it becomes the primary; unanswered, the
// monitor. The monitor pings the primary address, and after every `copy_every` answers copies the
// primary's memory. After `misses` misses in a row it boots the other server and takes over the
// primary address; the booted server finds no monitor, so it becomes one: roles have swapped.
// What happens when that goes wrong is in the table of transitions.h, with the reasons.
//
// An agent is a value. All that it knows is `State`, plain data that can be copied and compared; it
// does no I/O, allocates nothing, reads no clock of its own. Its inputs are the member functions
// below, each of which brings along the world that the outputs go to (ports.h). So the same object
// is simulated, checked exhaustively and deployed.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "understudy/failover/config.h"
#include "understudy/failover/detector.h"
#include "understudy/failover/names.h"
#include "understudy/failover/ports.h"
#include "understudy/failover/time.h"
#include "understudy/failover/transitions.h"

namespace understudy {

// A signal that waits for its answer.
struct Pending {
  Token token = no_token;  // none: nothing is waited for
  Time sent{};
  Duration patience{};
  bool operator==(const Pending&) const = default;
};

// What this server has asked of the power channel and not heard the end of.
struct Fence {
  enum class Stage : std::uint8_t {
    none,       // nothing is outstanding
    ordered,    // off or reboot; the other may be on, off, or on again
    confirmed,  // off for sure (reboot: and on its way up); nothing more is waited for
    power_on,   // it was off; `on` is ordered
  };
  Stage stage = Stage::none;
  Token token = no_token;
  Time ordered{};
  std::uint32_t power_on_tries = 0;
  bool operator==(const Fence&) const = default;
};

// How far a new primary is with asking its peer for a newer memory.
enum class CatchUp : std::uint8_t { none, asking, copying };

struct State {
  Role role = Role::arbitrating;
  History history{};  // as last remembered
  Term seen = 0;      // the highest term that the other has announced

  // Signals. Whom they go to follows from the role.
  Pending pending{};
  Pending late{};     // an adaptive detector's latest miss: its answer may come yet, and teaches
  Pending witness{};  // the latest ping of the witness; answered: no token
  std::uint32_t probes_left = 0;
  std::uint32_t misses = 0;           // in a row
  std::uint32_t answers = 0;          // since the last copy began
  bool heard = false;                 // the other has answered since this role began
  bool grace_over = false;            // or had its time to
  bool rival_known = false;           // a conflict has been won, and the loser given time anew
  bool restart_overdue = false;       // restarting: it had its time to come back
  Time witness_silent_since = never;  // while the primary is silent too
  bool cut_off = false;               // this server's own link is down
  bool excused = false;               // the other said farewell, and has not answered since
  bool holding_fire = false;          // a failure stands, but must not be acted upon
  Hold hold = Hold::maintenance;      // why

  Fence fence{};
  std::uint32_t failed_fences = 0;  // in a row

  bool copying = false;
  CatchUp catch_up = CatchUp::none;
  std::uint32_t catch_up_tries = 0;

  Token nonce = no_token;  // of the handover, or of the question about memory, under way
  bool last_copy = false;  // monitor: the copy under way began after the PREPARE of `nonce`
  std::uint32_t ill_checks = 0;
  bool ill = false;                 // unhealthy_after of them in a row
  bool ill_handover_spent = false;  // handed over for it; not again before the other is well

  Detector detector{};
  std::array<Time, timer_count> deadlines = {never, never, never, never,
                                             never, never, never, never};

  bool operator==(const State&) const = default;
};

class Agent {
 public:
  // So long without a fence is peace.
  static constexpr Duration peace = std::chrono::hours(1);

  Agent(ServerId id, const Config& config) : id_(id), config_(config) {}
  // Goes on from a state that such an agent was in.
  Agent(ServerId id, const Config& config, const State& state)
      : id_(id), config_(config), state_(state) {}

  // The server has booted, or the daemon has started: the only input of an agent that is not
  // running, and one that an agent can take at any time.
  void booted(World& world);

  // Begins in the midst of things, as if arbitrated long ago: `primary`, or a `monitor` that has
  // heard it. For simulations that should not wait for two boots. The first ping and the first
  // announcement are due at these instants.
  struct Settled {
    Role role = Role::primary;
    Time first_ping;
    Time first_announcement;
  };
  void settled(World& world, const Settled& how);

  void answered(World& world, const Answer& answer);
  void expired(World& world, Timer timer);
  void received(World& world, const Message& message);
  // Somebody else answers for a held address, says the network; who, it can't tell.
  void contested(World& world, Address address);
  void fenced(World& world, const FenceReport& report);
  void copied(World& world, CopyResult result);
  // The service's health check has an answer.
  void checked(World& world, Health health);
  // This server's own link went down, or came up; a world that cannot tell says nothing.
  void linked(World& world, OwnLink link);
  // The operator wants something.
  void requested(World& world, Request request);

  // For simulations that see ahead. A ping that is sent as it is due and answered in time, before
  // anything else happens, often leads to no output but the ping itself: nothing has to be copied,
  // nobody else asked, and all that changes is when the next one is due, and what answers teach.
  struct QuietPing {
    Address address = Address::primary;
    Duration patience{};   // an answer that takes so long comes too late
    bool teaches = false;  // how long it takes matters otherwise, too
  };
  // The ping that is due, if it is such a one.
  [[nodiscard]] std::optional<QuietPing> quiet_ping(Time now) const;
  // What expired() at `sent` and answered() so much later make of it, without the outputs: a token
  // drawn, a signal, and the timer of the next ping, whose time is returned.
  Time exchanged(Time sent, Duration round_trip);

  [[nodiscard]] ServerId id() const { return id_; }
  [[nodiscard]] const Config& config() const { return config_; }
  [[nodiscard]] const State& state() const { return state_; }
  [[nodiscard]] Role role() const { return state_.role; }
  // How many misses in a row make a failure now. While no fence is ordered it never becomes more.
  [[nodiscard]] std::uint32_t misses_needed(Time now) const;

  bool operator==(const Agent&) const = default;

 private:
  // roles
  void change_role(World& world, Cause cause);
  void arbitrate(World& world, Cause cause);
  void let_everything_go(World& world);
  void ask_who_is_what(World& world, Cause cause);
  void become_monitor(World& world);
  void return_to_monitor(World& world, Cause cause);
  void become_primary(World& world, Cause cause);
  void watch_from_the_start(World& world, Duration grace);

  // addresses and conflicts
  [[nodiscard]] bool holds(Address address) const;
  void hold_on_to_address(World& world);
  void announce_held(World& world);
  void tell_rank(World& world, Address address);
  void tell(World& world, Message message);
  void heard_announcement(World& world, const Message& message);
  void outrank(World& world, Term term);
  void leave_time_to_appear(World& world);
  void excuse_other(World& world);

  // signals
  [[nodiscard]] bool watches() const;
  [[nodiscard]] Address watched() const;
  void send_probe(World& world);
  void send_ping(World& world);
  void drop_ping(World& world);
  void ping_due(World& world, Time due);
  void ping_missed(World& world);
  void ping_answered(World& world, const Answer& answer);
  void heed_answer(Duration round_trip);
  [[nodiscard]] Time next_ping(Time due, Time now) const;

  // failure
  void consider_failure(World& world);
  [[nodiscard]] std::uint32_t recent_fences(Time now, Duration span) const;
  [[nodiscard]] bool may_fence(World& world);
  void witness_may_be_silent(Time now);
  void hold_fire(World& world, Hold why);
  void declare_failure(World& world);

  // the fence
  void order_fence(World& world);
  void await_fence(World& world, Cause cause);
  void other_is_off(World& world);
  void power_on_other(World& world);
  void power_is_on(World& world);
  void fence_timer_expired(World& world);
  void fence_failed(World& world, Cause cause);
  void forget_fence(World& world);
  void end_watch_fence(World& world);

  // memory
  void start_copy(World& world);
  void stop_copy(World& world);
  void ask_for_newer_memory(World& world);
  void heard_of_memory(World& world, const Message& message);
  void serve(World& world);

  // switchover
  [[nodiscard]] bool can_hand_over() const;
  void hand_over(World& world, Cause cause);
  void prepare(World& world, Token nonce);
  void forget_handover(World& world);
  void ready_to_take_over(World& world);
  void handover_timer_expired(World& world);

  // time
  [[nodiscard]] Time& deadline(Timer timer);
  void arm(World& world, Timer timer, Time when);
  void disarm(World& world, Timer timer);
  [[nodiscard]] static Time next_after(Time due, Duration interval, Time now);
  void notice_sleep(World& world);
  void slept(World& world);

  ServerId id_;
  Config config_;
  State state_;
};

}  // namespace understudy
