// SPDX-License-Identifier: MIT
//
// The ports of one server's agent in the virtual world. Made for one input and forgotten after it,
// so that a world holds no pointer to itself and can be copied.
#pragma once

#include "understudy/failover/ports.h"
#include "understudy/virtual_time/virtual_world.h"

namespace understudy {

class VirtualPorts final : public World {
 public:
  VirtualPorts(VirtualWorld& world, ServerId id) : world_(world), id_(id) {}

  Time now() const override { return world_.server(id_).clock.shows(world_.now_); }
  void arm(Timer timer, Time deadline) override {
    disarm(timer);
    this->deadline(timer) = deadline;
    world_.plan_timer(id_, timer);
  }
  void disarm(Timer timer) override {
    if (deadline(timer) == never) return;
    deadline(timer) = never;
    world_.agenda_.cancel([&](const VirtualWorld::Item& item) {
      return item.kind == VirtualWorld::Item::Kind::timer && item.server == id_ &&
             item.timer == timer;
    });
  }
  Token draw_token() override {
    const Token token = world_.tokens_.bits();
    return token != no_token ? token : 1;
  }
  void signal(Address address, Token token) override { world_.signal(id_, address, token); }
  void claim(Address address) override { world_.claim(id_, address); }
  void release(Address address) override { world_.release(id_, address); }
  void announce(Address address) override { world_.announce(id_, address); }
  void tell(const Message& message) override { world_.send_message(id_, message); }
  void order(PowerOrder order, Token token) override { world_.order_power(id_, order, token); }
  void start_copy() override { world_.start_copy(id_); }
  void stop_copy() override { world_.stop_copy(id_); }
  MemoryStamp memory() override {
    world_.pass_writes();
    return world_.server(id_).memory;
  }
  void serve(Term term) override { world_.serve(id_, term); }
  void rest() override { world_.rest(id_); }
  void remember(const History& history) override { world_.server(id_).history = history; }
  History recall() const override { return world_.servers_[index(id_)].history; }
  void note(const Note& note) override {
    world_.record(
        {.at = world_.now_, .kind = Event::Kind::note, .host = host_of(id_), .note = note});
  }

 private:
  [[nodiscard]] Time& deadline(Timer timer) {
    return world_.server(id_).deadlines[static_cast<std::size_t>(timer)];
  }

  VirtualWorld& world_;
  ServerId id_;
};

}  // namespace understudy
