// SPDX-License-Identifier: MIT
//
// The ports of one of the checked agents, made for one input and forgotten after it: what the agent
// asks for goes to its machine, what it says into the tale, what it must not do is a broken
// promise.
#pragma once

#include <string>

#include "checked_pair.h"
#include "understudy/failover/transitions.h"

namespace understudy::check {

class CheckedPair::Ports final : public World {
 public:
  Ports(CheckedPair& pair, ServerId id, const Config& config, Tale* tale)
      : pair_(pair), id_(id), config_(config), tale_(tale), role_(pair.machine(id).agent.role) {}

  Time now() const override { return pair_.now_; }
  // The agent's own list of deadlines is the world's.
  void arm(Timer, Time) override {}
  void disarm(Timer) override {}
  Token draw_token() override { return ++pair_.last_token_; }
  void signal(Address address, Token token) override {
    tell_tale(address == Address::monitor && role_ == Role::arbitrating ? "probes" : "pings");
    if (role_ != Role::arbitrating) {
      Machine& m = pair_.machine(id_);
      ++m.unanswered;
      m.last_ping = token;
      m.last_ping_at = pair_.now_;
    }
    pair_.signal(id_, address, token);
  }
  void claim(Address address) override {
    tell_tale(address == Address::primary ? "claims the primary address"
                                          : "claims the monitor address");
    pair_.machine(id_).holds.at(static_cast<std::size_t>(address)) = true;
    pair_.promise(!pair_.one_primary_ || !pair_.machine(ServerId::first).holds[0] ||
                      !pair_.machine(ServerId::second).holds[0],
                  "two servers hold the primary address");
  }
  void release(Address address) override {
    bool& held = pair_.machine(id_).holds.at(static_cast<std::size_t>(address));
    if (held) {
      tell_tale(address == Address::primary ? "releases the primary address"
                                            : "releases the monitor address");
    }
    held = false;
  }
  void announce(Address) override {}
  void tell(const Message& message) override { pair_.tell_other(message); }
  void order(PowerOrder order, Token token) override {
    std::string what = "orders the other ";
    what += word(order);
    tell_tale(what);
    pair_.order_power(id_, order, token, config_);
  }
  void start_copy() override {
    Machine& m = pair_.machine(id_);
    pair_.promise(!m.serving, "the memory is overwritten while it is served from");
    m.copying = true;
    m.copy_began = pair_.now_;
  }
  void stop_copy() override { pair_.machine(id_).copying = false; }
  MemoryStamp memory() override { return pair_.machine(id_).memory; }
  void serve(Term term) override {
    tell_tale("serves");
    pair_.serve(id_, term);
  }
  void rest() override {
    if (pair_.machine(id_).serving) tell_tale("rests");
    pair_.machine(id_).serving = false;
  }
  void remember(const History& history) override {
    History& kept = pair_.machine(id_).kept;
    pair_.promise(history.term >= kept.term, "a term goes down");
    kept = history;
  }
  History recall() const override { return pair_.machine(id_).kept; }
  void note(const Note& note) override {
    tell_tale(text_of(note));
    Machine& m = pair_.machine(id_);
    if (note.kind == Note::Kind::slept) m.unanswered = 0;
    if (note.kind != Note::Kind::became) return;
    m.unanswered = 0;
    const Transition* row = find_transition(role_, note.cause);
    pair_.promise(row != nullptr && row->to == note.role, "a role changes against the table");
    role_ = note.role;
  }

 private:
  void tell_tale(std::string_view what) {
    if (tale_ != nullptr) tale_->push_back("    " + line(id_, what));
  }

  CheckedPair& pair_;
  ServerId id_;
  const Config& config_;
  Tale* tale_;
  Role role_;
};

// Gives an agent one input: input(id, config, tale, [](Agent& agent, World& world) { … }).
template <class Input>
void CheckedPair::input(ServerId id, const Config& config, Tale* tale, Input input) {
  Agent agent(id, config, machine(id).agent);
  Ports ports(*this, id, config, tale);
  input(agent, ports);
  machine(id).agent = agent.state();
  watch();
}

}  // namespace understudy::check
