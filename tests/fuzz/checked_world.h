// SPDX-License-Identifier: MIT
//
// A world that believes nothing and checks everything: it takes the agent's outputs down, holds
// each to the contract of the ports (ports.h) and to what the configuration allows, and after each
// input compares what it has seen with what the agent believes. Like the agent it is a value.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "understudy/failover/agent.h"

namespace understudy::fuzz {

// What an agent can be told, one at a time; the fields that the kind needs are set.
struct Input {
  enum class Kind : std::uint8_t {
    booted,
    settled,
    answered,
    expired,
    received,
    contested,
    fenced,
    copied,
    checked,
    linked,
    requested,
  };
  Kind kind = Kind::booted;
  Agent::Settled how{};
  Answer answer{};
  Timer timer = Timer::ping;
  Message message{};
  Address address = Address::primary;
  FenceReport report{};
  CopyResult copy = CopyResult::whole;
  Health health = Health::well;
  OwnLink link = OwnLink::up;
  Request request = Request::switchover;
};
void give(Agent& agent, World& world, const Input& input);

// The landmark that stands for a row of the table of transitions.
[[nodiscard]] std::size_t landmark_of(Role from, Cause cause);

class CheckedWorld final : public World {
 public:
  CheckedWorld(ServerId id, const Config& config, Time now) : id_(id), config_(config), now_(now) {}

  // Around each input to an agent in this world.
  void begin(const Input& input);
  void end(const Agent& agent);

  void advance_to(Time when) { now_ = std::max(now_, when); }
  void replace_memory(MemoryStamp memory) { memory_ = memory; }

  // The deadline that comes first, if any timer is armed.
  [[nodiscard]] std::optional<Timer> next_timer() const;
  [[nodiscard]] Time deadline(Timer timer) const;

  // Tokens that an answer could carry.
  [[nodiscard]] Token signalled(Address address) const;
  [[nodiscard]] Token ordered() const { return order_.token; }
  [[nodiscard]] Token drawn(std::size_t ago) const { return drawn_.at(ago % drawn_.size()); }
  [[nodiscard]] Token nonce() const { return nonce_; }

  bool operator==(const CheckedWorld& other) const;

  Time now() const override { return now_; }
  void arm(Timer timer, Time deadline) override;
  void disarm(Timer timer) override;
  Token draw_token() override;
  void signal(Address address, Token token) override;
  void claim(Address address) override;
  void release(Address address) override;
  void announce(Address address) override;
  void tell(const Message& message) override;
  void order(PowerOrder order, Token token) override;
  void start_copy() override;
  void stop_copy() override;
  MemoryStamp memory() override { return memory_; }
  void serve(Term term) override;
  void rest() override;
  void remember(const History& history) override;
  History recall() const override { return history_; }
  void note(const Note& note) override;

 private:
  struct Signal {
    Token token = no_token;
    Time sent{};
    bool operator==(const Signal&) const = default;
  };
  struct Order {
    Token token = no_token;
    Time when{};
    bool confirmed = false;
    bool operator==(const Order&) const = default;
  };

  [[nodiscard]] bool holds(Address address) const;
  void check_change(const Note& note) const;
  void check_promotion(Cause cause) const;
  void check_strike(Token token) const;
  void forget_overdue(const State& state);
  void check_roused(const Agent& agent) const;
  void check_idle() const;
  void output(std::uint64_t what, std::uint64_t detail);

  ServerId id_;
  Config config_;
  Time now_;

  // What outlives an input.
  std::array<Time, timer_count> deadlines_ = {never, never, never, never,
                                              never, never, never, never};
  std::array<bool, 2> held_{};
  bool serving_ = false;
  bool copying_ = false;
  Role role_ = Role::arbitrating;
  Term greatest_term_ = 0;
  Term served_ = 0;
  Term told_ = 0;
  History history_{};
  MemoryStamp memory_{};
  std::uint64_t draws_ = 0;
  std::array<Token, 8> drawn_{};  // the latest first
  std::array<Signal, 3> signalled_{};
  Order order_{};
  Token nonce_ = no_token;  // of the latest message that the other may answer
  bool cut_off_ = false;
  bool excused_ = false;  // the other said farewell, and has not answered a later ping
  Token asked_before_farewell_ = no_token;
  std::uint32_t ill_in_a_row_ = 0;
  std::size_t last_change_ = 0;
  std::uint64_t outputs_ = 0;  // all of them, in order, in one number

  // What belongs to this input.
  Input input_{};
  std::array<bool, 2> claimed_{};
  bool slept_ = false;
  bool declared_ = false;
};

}  // namespace understudy::fuzz
