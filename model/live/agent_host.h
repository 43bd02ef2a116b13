// SPDX-License-Identifier: MIT
//
// An agent on a real server: the World that it lives in (failover/ports.h), made of sockets,
// netlink, timers and programs, all on one thread and one loop. There is no rule of the pair in
// here.
//
// What it is faithful about: an answer counts by its arrival in the kernel, and what has arrived is
// heard before silence is judged; time counts sleep; no program, power channel or copy is waited
// for, nor is the disk (history_keeper.h). What it is not: a claim waits for the kernel.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "understudy/failover/agent.h"
#include "understudy/live/echo.h"
#include "understudy/live/history_file.h"
#include "understudy/live/history_keeper.h"
#include "understudy/live/log.h"
#include "understudy/live/memory.h"
#include "understudy/live/peer_link.h"
#include "understudy/live/service_programs.h"
#include "understudy/live/shared_addresses.h"
#include "understudy/live/timers.h"

namespace understudy::live {

struct HostSettings {
  ServerId id = ServerId::first;
  Config config;
  std::string interface;
  PairAddresses addresses;
  std::uint16_t port = 0;
  Secret secret{};
  std::filesystem::path state;  // folder of what survives a boot
  ServiceSettings service;
};

// What has happened since the daemon started.
struct Counters {
  std::uint64_t signals = 0;    // pings and probes sent
  std::uint64_t answers = 0;    // heard from the address that was asked
  std::uint64_t strangers = 0;  // answers from another address
  std::uint64_t misses = 0;
  std::uint64_t failures = 0;  // declared
  std::uint64_t orders = 0;    // to the power channel
  std::uint64_t refusals = 0;  // of these
  std::uint64_t role_changes = 0;
  std::uint64_t sleeps = 0;
  std::uint64_t copies = 0;  // whole ones
};

class AgentHost final : private World {
 public:
  // Opens everything, and looks whether this machine can be a server of the pair at all: throws
  // CannotRun, or BadInput for a damaged history. Nothing runs and no address is touched yet.
  // The power channel and the memory report to power_reported() and copied().
  AgentHost(boost::asio::io_context& loop, const HostSettings& settings, Log& log, Power& power,
            ServerMemory& memory);

  // Asks the link whether a machine has this server's own address or a shared one that should not,
  // waits a moment for its answer (which makes the loop throw CannotRun), takes off what an earlier
  // life left on the interface, and boots the agent; calls when that is done.
  void start(std::function<void()> started);
  void power_reported(const FenceReport& report);
  void copied(CopyResult result);
  void request(Request request);

  // For a server that is to end: where it is primary and its monitor answers, hands over to that,
  // so that clients and the other server see a switchover instead of a failure. For a monitor that
  // has just missed a ping it waits up to `pair.misses` pings. Calls when the other serves, when
  // this server has gone on serving, or at once if there is nothing to hand over, or somebody at
  // work (maintenance). Takes no longer than that and a switchover whose last word is lost.
  void hand_over(std::function<void()> done);
  // Lets every shared address go and the service rest, and says farewell to the other server, which
  // else would take it for failed; calls when that is done. Nothing is heard any more.
  void leave(std::function<void()> done);

  // To be called now and then: says it once if the other server answers pings, but none of its
  // messages can be believed. The pair seems well then, until it needs them.
  void look_for_messages();

  [[nodiscard]] const Agent& agent() const { return agent_; }
  [[nodiscard]] const Counters& counters() const { return counters_; }
  [[nodiscard]] std::uint64_t rejected_messages() const { return link_.rejected(); }
  [[nodiscard]] bool acquainted() const { return link_.acquainted(); }
  [[nodiscard]] bool holds(Address address) const { return shared_.holds(address); }
  [[nodiscard]] std::uint64_t conflicts() const { return shared_.conflicts(); }
  [[nodiscard]] Cause cause() const { return cause_; }  // of the present role
  [[nodiscard]] Role role_before() const { return before_; }
  [[nodiscard]] Time role_since() const { return since_; }
  [[nodiscard]] std::optional<Duration> round_trip() const { return round_trip_; }
  [[nodiscard]] bool serving() const { return serving_; }

 private:
  // World
  Time now() const override { return now_; }
  void arm(Timer timer, Time deadline) override { timers_.arm(timer, deadline); }
  void disarm(Timer timer) override { timers_.disarm(timer); }
  Token draw_token() override;
  void signal(Address address, Token token) override;
  void claim(Address address) override { shared_.claim(address); }
  void release(Address address) override { shared_.release(address); }
  void announce(Address address) override { shared_.announce(address); }
  void tell(const Message& message) override;
  void order(PowerOrder order, Token token) override;
  void start_copy() override { memory_.start_copy(); }
  void stop_copy() override { memory_.stop_copy(); }
  MemoryStamp memory() override { return memory_.memory(); }
  void serve(Term term) override;
  void rest() override;
  void remember(const History& history) override { keeper_.remember(history); }
  History recall() const override;
  void note(const Note& note) override;

  void boot();
  // Gives the agent an input: time stands still meanwhile.
  template <class Input>
  void give(const Input& input);
  void timers_due();
  void heard(const EchoReply& reply);
  void told(const Message& message);
  void checked(Health health);
  void history_settled(const std::string& mistake);
  void give_order(PowerOrder order, Token token);
  void ability_changed();
  void look_for_settlement();
  void hand_over_to_whom_answers(std::uint32_t pings_left, std::function<void()> done);
  void handed_over();
  [[nodiscard]] std::vector<std::string> environment() const;

  HostSettings settings_;
  Interface interface_;
  Log& log_;
  Power& power_;
  ServerMemory& memory_;
  HistoryFile history_;
  HistoryKeeper keeper_;
  SharedAddresses shared_;
  Timers timers_;
  Echo echo_;
  PeerLink link_;
  ServicePrograms programs_;
  boost::asio::steady_timer unable_;  // to hold the addresses: the agent is told again
  boost::asio::steady_timer handing_over_;
  std::function<void()> when_handed_over_;  // empty: nobody waits for it

  Agent agent_;
  Time now_{};
  bool running_ = false;
  bool serving_ = false;
  Role before_ = Role::arbitrating;
  Cause cause_ = Cause::boot;
  Time since_{};
  Time signalled_{};  // the latest signal
  Token latest_ = no_token;
  // What waits for the history to be safe; of each kind the latest alone counts.
  struct LateOrder {
    PowerOrder order = PowerOrder::on;
    Token token = no_token;
  };
  std::optional<LateOrder> late_order_;
  std::optional<Message> late_announcement_;
  std::string history_mistake_;    // the latest, if the history cannot be kept
  Time without_messages_ = never;  // since when, though the other is heard
  bool said_without_messages_ = false;
  std::optional<Duration> round_trip_;
  Counters counters_;
};

}  // namespace understudy::live
