// SPDX-License-Identifier: MIT
//
// The ports of one of the pair's agents, made for one input and forgotten after it.
#pragma once

#include "pair.h"

namespace understudy::transcript {

class Pair::Ports final : public World {
 public:
  Ports(Pair& pair, ServerId id) : pair_(pair), id_(id) {}

  Time now() const override { return pair_.now_; }
  void arm(Timer timer, Time deadline) override { slot(timer) = deadline; }
  void disarm(Timer timer) override { slot(timer) = never; }
  Token draw_token() override { return ++pair_.last_token_; }
  void signal(Address address, Token token) override { pair_.signal(id_, address, token); }
  void claim(Address address) override { pair_.claim(id_, address); }
  void release(Address address) override { pair_.release(id_, address); }
  void announce(Address address) override { pair_.announce(id_, address); }
  void tell(const Message& message) override {
    pair_.promise(message.from == id_, "a message names its sender");
    pair_.send({.kind = Packet::Kind::message,
                .from = host_of(id_),
                .to = host_of(other(id_)),
                .message = message});
  }
  void order(PowerOrder order, Token token) override { pair_.order_power(id_, order, token); }
  void start_copy() override { pair_.start_copy(id_); }
  void stop_copy() override { pair_.machine(id_).copy = 0; }
  MemoryStamp memory() override { return pair_.machine(id_).memory; }
  void serve(Term term) override { pair_.serve(id_, term); }
  void rest() override { pair_.rest(id_); }
  void remember(const History& history) override { pair_.machine(id_).history = history; }
  History recall() const override { return pair_.machine(id_).history; }
  void note(const Note& note) override { pair_.note(id_, note); }

 private:
  Time& slot(Timer timer) { return pair_.machine(id_).timers.at(static_cast<std::size_t>(timer)); }

  Pair& pair_;
  ServerId id_;
};

// Gives an agent one input: input(pair, [](Agent& agent, World& world) { … }).
template <class Input>
void Pair::input(ServerId id, Input input) {
  Ports ports(*this, id);
  input(machine(id).agent, ports);
  watch();
}

}  // namespace understudy::transcript
