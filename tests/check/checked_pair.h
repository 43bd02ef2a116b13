// SPDX-License-Identifier: MIT
//
// The world that the checker explores: two of the real agents, what is under way between them, and
// every next step that this world can take. A value: the search copies it once for each step.
//
// Time is whole ticks. A packet is there within the tick in which it was sent, or is lost when the
// tick ends, or is late. What is due in one tick happens in every order, but for two things: a
// server's timers fire together, the first or the last of them first; and a ping (not a probe)
// reaches the other's kernel as it is sent, so that only its answer is under way.
//
// Left out: the neighbours' tables (with two servers, whoever does not hold an address asks the
// other one), the witness, health checks, adaptive detectors, writes to the memory, clock drift.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <boost/container/static_vector.hpp>

#include "bounds.h"
#include "tale.h"
#include "understudy/failover/agent.h"

namespace understudy::check {

// One thing that can happen next.
struct Step {
  enum class Kind : std::uint8_t {
    // by itself
    fire,          // the timers of a server that are due
    fire_back,     // the same, the last one first
    deliver,       // a packet
    deliver_tied,  // an announcement that ties with the hearer's, had the ids been the other way
    strike,        // the power channel carries out an order
    report,        // and says so
    up,            // a server has booted
    copied,        // a copy is whole
    copy_failed,   // or is not
    power_back,    // a server that lost its power has it again
    thaw,          // a paused server goes on
    wait,          // a tick passes
    // because something goes wrong
    crash,
    pause,
    restart_daemon,
    refuse,        // the power channel refuses an order
    forget,        // it does nothing and says nothing, or does it and says nothing
    delay_order,   // it takes longer than it should
    delay_packet,  // a packet outlives its tick
    // because somebody wants it
    switchover,
  };
  Kind kind = Kind::wait;
  std::uint8_t what = 0;  // which server, packet or order
};

// What went against a promise: a text that never dies.
using Broken = const char*;

class CheckedPair {
 public:
  // Settled: first is the primary, second a monitor that has heard it.
  [[nodiscard]] static CheckedPair settled(const Config& config, const Policy& policy,
                                           const Bounds& bounds);

  using Steps = boost::container::static_vector<Step, 96>;
  [[nodiscard]] Steps steps(const Config& config, const Bounds& bounds) const;
  // Takes a step that is one of those.
  void take(Step step, const Config& config, const Bounds& bounds, Tale* tale = nullptr);

  // From now on nothing goes wrong: links and power channel work, whoever was paused goes on,
  // whoever is off and will not be switched on by the other gets power from the operator.
  void end_faults();

  [[nodiscard]] Broken broken() const { return broken_; }
  // The pair is as it should be: one primary, which serves, and one monitor.
  [[nodiscard]] bool good() const;
  // And nothing is under way that could change this.
  [[nodiscard]] bool settled(const Config& config) const;

  // The two servers with their names exchanged.
  [[nodiscard]] CheckedPair mirrored() const;

  // A hash of what matters: instants relative to now, terms relative to the lowest, tokens by what
  // they match. The servers differ in nothing but the id that decides ties, so a pair and its
  // mirror image have one fingerprint as long as no tie has been decided. The first one is decided
  // both ways; from then on each server keeps its id.
  [[nodiscard]] std::uint64_t fingerprint(const Config& config, const Bounds& bounds) const;

  [[nodiscard]] std::string summary() const;

 private:
  class Ports;
  friend class Canonical;

  enum class Power : std::uint8_t { off, booting, on };
  struct Machine {
    State agent{};
    History kept{};
    Power power = Power::on;
    bool paused = false;
    bool kept_off = false;  // by the power channel
    Time powered_on{};
    std::array<bool, 2> holds{};
    bool serving = false;
    MemoryStamp memory{};
    bool copying = false;  // the memory is being written, and torn
    Time copy_began{};
    // What an outsider can count of the pings: unanswered in a row since the role began.
    std::uint32_t unanswered = 0;
    Token last_ping = no_token;
    Time last_ping_at{};

    [[nodiscard]] std::ptrdiff_t timers_due(Time now) const;
    [[nodiscard]] bool running() const { return power == Power::on && !paused; }
  };
  struct Packet {
    enum class Kind : std::uint8_t { probe, answer, message };
    Kind kind = Kind::message;
    bool late = false;
    ServerId to = ServerId::first;
    Time sent{};
    Address address = Address::primary;
    Token token = no_token;
    Message message{};
  };
  struct Order {
    ServerId by = ServerId::first;
    PowerOrder order = PowerOrder::off;
    bool struck = false;
    bool late = false;
    bool forgotten = false;  // by whoever gave it: it went off meanwhile
    Token token = no_token;
    Time since{};  // ordered, or struck
  };

  [[nodiscard]] static std::string packet_text(const Packet& packet);

  Machine& machine(ServerId id) { return machines_[index(id)]; }
  [[nodiscard]] const Machine& machine(ServerId id) const { return machines_[index(id)]; }
  template <class Input>
  void input(ServerId id, const Config& config, Tale* tale, Input input);

  // which steps there are
  void add_due(Steps& steps) const;
  void add_orders(Steps& steps) const;
  void add_mishaps(Steps& steps) const;
  [[nodiscard]] bool may_tick(const Config& config, const Bounds& bounds) const;
  [[nodiscard]] bool order_waits(const Order& order, const Config& config,
                                 const Bounds& bounds) const;
  [[nodiscard]] bool tied(const Packet& packet) const;
  // Whether a server that the channel keeps off stays off unless somebody comes and looks.
  [[nodiscard]] bool needs_operator(ServerId id) const;

  // taking them
  void thaw(ServerId id, const Config& config);
  void fire(ServerId id, bool last_first, const Config& config, Tale* tale);
  void deliver(std::size_t packet, const Config& config, Tale* tale);
  void strike(std::size_t order, Tale* tale);
  void report(std::size_t order, FenceResult result, const Config& config, Tale* tale);
  void pass_tick(const Bounds& bounds);
  void power_off(ServerId id);
  void power_on(ServerId id);

  // what agents ask for
  void signal(ServerId from, Address address, Token token);
  void answer(ServerId to, Address address, Token token);
  void tell_other(const Message& message);
  void order_power(ServerId by, PowerOrder order, Token token, const Config& config);
  void serve(ServerId id, Term term);

  void promise_fresh_misses(const Machine& m, const Config& config);
  void watch();
  void promise(bool kept, Broken what) {
    if (!kept && broken_ == nullptr) broken_ = what;
  }

  Time now_{};
  std::array<Machine, 2> machines_{};
  boost::container::static_vector<Packet, 14> packets_;
  boost::container::static_vector<Order, 8> orders_;
  Token last_token_ = no_token;
  std::uint32_t faults_left_ = 0;
  std::uint32_t requests_left_ = 0;
  bool one_primary_ = true;  // is promised
  bool losses_ = true;
  bool calm_ = false;     // faults have ended
  bool decided_ = false;  // a tie, by the ids
  Broken broken_ = nullptr;
};

}  // namespace understudy::check
