// SPDX-License-Identifier: MIT
//
// The world of a transcript: two servers with an agent each, the wires between them, a power
// channel that does as the script says, a witness and a client. Time stands still but for
// advance().
//
// It keeps the contract of ports.h and models what the agents rely on: a kernel that answers pings
// of the addresses it holds as long as it runs, neighbours who believe whoever announced last,
// memory and history that outlive a boot, copies that hold the memory as it was when they began.
//
// All the while it watches the promises of the pair (pair_watch.cc). A broken one appears in the
// story, and fails the test whatever the transcript expects.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "story.h"
#include "understudy/failover/agent.h"
#include "wires.h"
#include "words.h"

namespace understudy::transcript {

// What the power channel does with an order.
enum class Channel : std::uint8_t {
  works,    // carries it out and says so
  refuses,  // does nothing and says so
  silent,   // does nothing and says nothing
  lies,     // does nothing and says that it did
  held,     // waits for the script to let it strike, be confirmed or be refused
};

struct Order {
  ServerId by = ServerId::first;
  PowerOrder order = PowerOrder::off;
  Token token = no_token;
  bool struck = false;
};

// One of the two servers.
struct Machine {
  explicit Machine(const Agent& its_agent) : agent(its_agent) {}

  enum class Power : std::uint8_t { off, booting, on };
  enum class Kernel : std::uint8_t {
    runs,
    paused,  // what arrives waits
    hung,    // what arrives is lost
  };

  Agent agent;
  Power power = Power::off;
  Kernel kernel = Kernel::runs;
  bool kept_off = false;  // by the power channel, until it says `on`
  bool defect = false;    // boots don't end
  std::array<Time, timer_count> timers = {never, never, never, never, never, never, never, never};

  std::array<bool, 2> holds{};                           // by address
  std::array<std::optional<ServerId>, 2> believed_at{};  // by address: who announced it last
  bool serving = false;

  MemoryStamp memory{};
  MemoryStamp incoming{};
  std::uint32_t copy = 0;  // number of the copy under way
  History history{};

  Role told_role = Role::arbitrating;  // that the story has told of last
  MemoryStamp told_memory{};           // likewise
  std::uint32_t unanswered = 0;        // pings in a row, as the wires know it
  Token last_ping = no_token;
  Time last_ping_at{};

  [[nodiscard]] bool answers() const { return power == Power::on && kernel == Kernel::runs; }
  [[nodiscard]] bool is_holding(Address address) const {
    return holds.at(static_cast<std::size_t>(address));
  }
};

class Pair {
 public:
  Pair(const PairSettings& settings, const Surroundings& around);

  // ---- what a script can do
  void settle(ServerId primary);
  void advance(Duration span);
  void boot(ServerId id);
  void crash(ServerId id);
  void shut_down(ServerId id);
  void freeze(ServerId id, Machine::Kernel kernel);
  void thaw(ServerId id);
  void restart_daemon(ServerId id);
  void set_defect(ServerId id, bool defect) { machine(id).defect = defect; }
  void check_health(ServerId id, Health health);
  void set_own_link(ServerId id, OwnLink link);
  void request(ServerId id, Request request);
  void client_asks();
  void client_writes(std::uint32_t writes);
  void set_channel(Channel channel);
  void strike(std::uint32_t order);
  void confirm(std::uint32_t order);
  void report(std::uint32_t order, FenceResult result);
  void deliver(std::string_view packet);
  void drop(std::string_view packet);
  void set_detail(Detail detail) { detail_ = detail; }
  void show();

  Wires& wires() { return wires_; }
  Story& story() { return story_; }
  [[nodiscard]] const Config& config() const { return machines_[0].agent.config(); }

  // ---- what came of it
  [[nodiscard]] const std::vector<std::string>& broken_promises() const { return broken_; }
  [[nodiscard]] const std::set<std::pair<Role, Cause>>& used_rows() const { return used_; }

 private:
  class Ports;

  struct Event {
    enum class Kind : std::uint8_t {
      arrival,       // of `packet`
      client_hears,  // an announcement
      strikes,       // order `number`
      reports,       // order `number`, with `result`
      up,            // `server` has booted
      copy_begins,   // number `number`, to `server`
      copy_arrives,
      copy_fails,
    };
    Time at{};
    Kind kind = Kind::arrival;
    ServerId server = ServerId::first;
    Packet packet{};
    std::uint32_t number = 0;
    FenceResult result = FenceResult::off;
  };

  Machine& machine(ServerId id) { return machines_.at(index(id)); }
  void tell(ServerId id, std::string_view what);
  void tell_packet(Packet& packet, Wires::Verdict verdict);

  // time
  bool step(Time until);
  void happen(const Event& event);
  template <class Input>
  void input(ServerId id, Input input);
  [[nodiscard]] bool takes_in(ServerId id, const Event& event);

  // what agents ask for
  void signal(ServerId from, Address address, Token token);
  void announce(ServerId from, Address address);
  void send(Packet packet);
  void claim(ServerId id, Address address);
  void release(ServerId id, Address address);
  void order_power(ServerId by, PowerOrder order, Token token);
  void start_copy(ServerId to);
  void serve(ServerId id, Term term);
  void rest(ServerId id);
  void note(ServerId id, const Note& note);

  // what happens
  void arrive(ServerId at, const Packet& packet);
  void answer(Host by, const Packet& ping);
  void strikes(std::uint32_t number);
  void power_off(ServerId id);
  void power_on(ServerId id);
  void copy_begins(const Event& event);
  void copy_arrives(const Event& event);
  [[nodiscard]] bool can_copy(ServerId to);
  [[nodiscard]] std::optional<ServerId> served_by();
  [[nodiscard]] Order& order(std::uint32_t number);

  // promises
  void watch();
  void promise(bool kept, const std::string& what);
  void promise_fresh_misses(ServerId id);
  [[nodiscard]] bool promises_one_primary() const;

  Surroundings around_;
  std::array<Machine, 2> machines_;
  Wires wires_;
  Channel channel_ = Channel::works;
  std::vector<Order> orders_;
  std::vector<Event> events_;
  std::array<std::vector<Event>, 2> waiting_;  // for a thaw
  std::optional<ServerId> client_believes_;
  Time now_{};
  Token last_token_ = no_token;
  std::uint32_t last_copy_ = 0;

  Story story_;
  Detail detail_ = Detail::changes;
  bool truthful_ = true;
  bool two_primaries_ = false;
  std::vector<std::string> broken_;
  std::set<std::pair<Role, Cause>> used_;
};

}  // namespace understudy::transcript
