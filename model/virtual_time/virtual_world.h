// SPDX-License-Identifier: MIT
//
// A pair in virtual time: two servers, each with its agent, its memory and its power, a client, a
// witness and the network between them. A value: a copy of a world goes on by itself from where
// the original was.
//
// Faithful to a real pair:
// - a crash stops a server at an instant: what is on the wire arrives, what is not never leaves;
// - a server answers for an address from claim to release, and neighbours reach whoever announced
//   it last, as long as they have heard of it;
// - the power channel's latency, confirmation and refusals; boots that take their time;
// - the memory, its Poisson writer, and copies that hold what the memory was when they began;
// - a frozen server (hang, pause) keeps its addresses; its timers fire late, once it thaws, after
//   what has waited for it;
// - each server's clock, by which its agent lives;
// - all draws from the run's streams.
// Left out: the time of bits on the wire (but for copies), ARP exchanges, TCP's behaviour under
// loss, the time that programs take to run. A copy comes through or, if an end of it freezes or
// nothing gets through when it begins or ends, fails once memory.copy_timeout is over.
//
// Stretches of time in which nothing changes are leapt over (leap.h), and what remains of pings
// that are answered is done in one step (virtual_exchanges.cc), with the same outcome.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "understudy/failover/agent.h"
#include "understudy/outcome/timeline.h"
#include "understudy/outcome/troubles.h"
#include "understudy/scenario/local_clock.h"
#include "understudy/scenario/plan.h"
#include "understudy/scenario/power_faults.h"
#include "understudy/scenario/scenario.h"
#include "understudy/virtual_time/agenda.h"
#include "understudy/virtual_time/leap.h"
#include "understudy/virtual_time/links.h"
#include "understudy/virtual_time/routes.h"
#include "understudy/virtual_time/virtual_client.h"

namespace understudy {

class VirtualWorld {
 public:
  VirtualWorld(const Scenario& scenario, const Run& run, Detail detail = Detail::changes,
               Pace pace = Pace::leaping);

  [[nodiscard]] Time now() const { return now_; }
  // When something will happen next; `never`: nothing will.
  [[nodiscard]] Time next() const { return agenda_.next(); }
  // Lets everything happen that is due until then, that instant included.
  void run_until(Time when);

  // All that is drawn from now on comes from another branch of the run (draws.h): copies of a world
  // that have taken branches of different numbers go on independently of each other.
  void branch(std::uint64_t number);
  // Importance sampling (impairments.h).
  void tilt(const std::optional<Impairments::Tilt>& how) { links_.tilt(how); }
  [[nodiscard]] double log_likelihood() const { return links_.log_likelihood(); }

  [[nodiscard]] const Agent& agent(ServerId id) const { return servers_[index(id)].agent; }
  [[nodiscard]] Fate fate(ServerId id) const { return servers_[index(id)].fate; }
  // Pings, probes and the witness' pings sent so far, by both servers.
  [[nodiscard]] std::uint64_t signals_sent() const { return signals_sent_; }
  // Messages from agent to agent sent so far, by both.
  [[nodiscard]] std::uint64_t messages_sent() const { return messages_sent_; }
  // How much of the time until now was leapt over.
  [[nodiscard]] Duration leapt() const { return leapt_; }
  // How many pings were sent and answered in one step.
  [[nodiscard]] std::uint64_t exchanges() const { return exchanges_; }

  // What has happened until now.
  [[nodiscard]] const std::vector<Event>& events() const { return timeline_.events; }
  // The timeline until now. Ends the world: it must not go on after this.
  [[nodiscard]] Timeline finish();

 private:
  friend class VirtualPorts;

  struct ServerState : Troubles {
    ServerState(const Agent& its_agent, const Scenario& scenario, const Run& run)
        : agent(its_agent),
          boots(its_agent.id(), run),
          orders(its_agent.id(), run),
          health_checks(its_agent.id(), scenario.service, run) {
      deadlines.fill(never);
    }

    Agent agent;
    std::array<Time, timer_count> deadlines{};  // by its own clock; never: not armed
    bool serving = false;                       // so its agent wants it
    bool answering = false;                     // and so it does, as far as it has been told
    std::array<bool, 2> holds{};                // by address
    std::array<std::optional<ServerId>, 2> believed_holder{};  // by address
    MemoryStamp incoming{};                                    // of the copy under way
    bool kept_off = false;  // by the power channel: only the channel can end it

    bool in_maintenance = false;  // so its agent was told
    bool health_watched = false;  // the agenda has a health check
    LocalClock clock{};

    // What a crash does not take.
    MemoryStamp memory{};
    History history{};

    // What is drawn for this server, and for its orders to the power channel.
    Boots boots{};
    PowerDraws orders{};
    HealthChecks health_checks{};

    bool operator==(const ServerState&) const = default;
  };

  struct Item {
    enum class Kind : std::uint8_t {
      timer,            // `timer` of `server` fires
      ping_arrives,     // from `from`, for `address`, at `server`
      answer_arrives,   // at `server`
      message_arrives,  // number `slot` of the messages, at `server`
      announcement,     // by `from` for `address` reaches `to` or, if `anybody`, all of them
      fence_strikes,    // `order` takes effect on `server`
      power_reports,    // `result` reaches `server`
      up,               // `server` has booted
      copy_begins,      // to `server`: the other's memory is taken as it is now
      copy_arrives,     // whole at `server`
      copy_fails,       // it took too long
      health_check,     // of the service of `server`
      daemon_starts,    // the agent of `server`, again
      fault_begins,     // number `slot`
      fault_ends,
      route_heard,     // by the router of `to`: `from` holds `address`
      route_installs,  // there: change number `slot`
      port_look,       // of `from`: has the one that it uses a carrier?
    };
    Time at{};
    Kind kind = Kind::timer;
    ServerId server = ServerId::first;
    Host from = Host::first;
    Host to = Host::first;
    Address address = Address::primary;
    Timer timer = Timer::ping;
    PowerOrder order = PowerOrder::off;
    FenceResult result = FenceResult::off;
    bool anybody = false;
    std::uint32_t slot = 0;
    Token token = no_token;
    bool operator==(const Item&) const = default;
  };

  // What a later moment is compared with, to see whether it is the same again.
  struct Moment {
    explicit Moment(const std::array<ServerState, 2>& the_servers) : servers(the_servers) {}

    Time at{};
    std::array<ServerState, 2> servers;
    std::vector<Item> ahead;  // the latest first
    std::vector<Message> messages;
    Stream tokens;
    std::uint64_t signals_sent = 0;
    std::uint64_t messages_sent = 0;
    std::size_t events = 0;  // recorded until then
    std::uint64_t settlements = 0;
    std::vector<Item> moved;  // room for a leap
  };

  ServerState& server(ServerId id) { return servers_[index(id)]; }
  [[nodiscard]] std::optional<ServerId> holder(Address address) const;

  void start_settled(const Phases& phases);
  void happen(const Item& item);
  enum class Reception : std::uint8_t { met, waits, lost };
  Reception receive(const Item& item);
  void arrive(Item item, VirtualLinks::Carried carried);
  void plan_timer(ServerId id, Timer timer);

  // addresses
  void claim(ServerId id, Address address);
  void release(ServerId id, Address address);

  // the network
  void signal(ServerId from, Address address, Token token);
  [[nodiscard]] std::optional<ServerId> reached_by(ServerId from, Address address) const;
  void ping_arrives(const Item& item);
  void answer_arrives(const Item& item);
  void announce(ServerId from, Address address);
  void hear_announcement(Host host, const Item& item);
  void advertise(const Item& announcement);
  void route_heard(const Item& item);
  void route_installs(const Item& item);
  void send_message(ServerId from, const Message& message);
  void message_arrives(const Item& item);

  // power and boots
  void power_off(ServerId id);
  void forget_waiting(ServerId id);
  enum class PowerFrom : std::uint8_t { itself, channel };
  void power_on(ServerId id, PowerFrom from);
  void up(ServerId id);
  void order_power(ServerId by, PowerOrder order, Token token);
  void fence_strikes(const Item& item);
  void power_reports(const Item& item);

  // memory and service
  void start_copy(ServerId to);
  void stop_copy(ServerId to);
  void copy_begins(const Item& item);
  void copy_ends(const Item& item);
  void serve(ServerId id, Term term);
  void rest(ServerId id);
  void tell_of_service(ServerId id);
  void pass_writes();
  void settle_clients();

  // faults
  void plan_fault(std::size_t number);
  void fault_begins(const Item& item);
  void fault_ends(const Item& item);
  void plan_looks();
  void look_at_ports(Host host);
  void strike(ServerId id, const Fault& fault);
  void relieve(ServerId id, const Fault& fault);
  void end_for(ServerId id, std::size_t number);
  void cure_by_power_cut(ServerId id);
  void freeze(ServerId id);
  void thaw(ServerId id);
  void replan_timers(ServerId id);
  void set_clock_rate(ServerId id);
  void stop_daemon(ServerId id);
  void start_daemon(ServerId id);
  void watch_health(ServerId id);
  void check_health(const Item& item);
  void tell_of_maintenance(ServerId id);
  void tell_of_own_link(ServerId id);
  void cut_off_copies();

  // leaps
  void look_for_recurrence(Time until);
  [[nodiscard]] bool may_recur() const;
  void keep_moment(Time now);
  [[nodiscard]] bool disturbed_since(const Moment& then) const;
  [[nodiscard]] bool recurs(const Moment& then, const Stride& stride) const;
  [[nodiscard]] Item later(const Item& from, const Item& then, const Item& now,
                           const Moment& moment, const Stride& stride, std::int64_t times) const;
  [[nodiscard]] ServerState later(const ServerState& from, const ServerState& then,
                                  const ServerState& now, const Moment& moment,
                                  const Stride& stride, std::int64_t times) const;
  [[nodiscard]] Time next_disturbance(const Moment& then, Time now) const;
  [[nodiscard]] std::int64_t periods_until(Time when, const Moment& then,
                                           const Stride& stride) const;
  void leap(const Stride& stride, std::int64_t times);

  // exchanges
  void pass_pings(Item timer, Time until);
  struct Lanes {
    Lane there;
    Lane back;
  };
  [[nodiscard]] std::optional<Lanes> lanes_of_pings(ServerId from);
  [[nodiscard]] bool exchange(ServerId from, Lanes& lanes, Time end);

  void record(const Event& event) { understudy::record(timeline_, detail_, event); }

  Scenario scenario_;
  Detail detail_;
  bool leaps_;
  Time now_{};
  Time end_;
  std::array<ServerState, 2> servers_;
  Agenda<Item> agenda_;
  VirtualLinks links_;
  VirtualRoutes routes_;
  VirtualClient client_;
  Writes writes_;
  std::vector<Message> messages_;          // under way
  std::vector<std::uint32_t> free_slots_;  // of messages_
  std::vector<Item> waiting_;              // for a server to thaw, in the order of arrival
  PowerFaults power_faults_;
  std::vector<Occurrences> occurrences_;  // by fault
  StruckFaults struck_;
  std::optional<ServerId> believed_by_client_;
  std::optional<ServerId> last_primary_;
  bool had_primary_ = false;
  std::uint64_t writes_accepted_ = 0;
  Stream tokens_;
  std::uint64_t signals_sent_ = 0;
  std::uint64_t messages_sent_ = 0;
  Timeline timeline_;
  std::uint64_t settlements_ = 0;  // with the client
  Recurrence recurrence_;
  std::optional<Moment> moment_;  // of an earlier look
  Duration leapt_{};
  std::uint64_t exchanges_ = 0;
};

}  // namespace understudy
