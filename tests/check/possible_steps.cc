// SPDX-License-Identifier: MIT
//
// What can happen next, and whether anything must before time passes.
#include <algorithm>
#include <array>

#include "checked_pair.h"

namespace understudy::check {
namespace {

using Kind = Step::Kind;

// A copy takes less than this.
constexpr Duration copy_time = 3 * tick;

constexpr std::array both = {ServerId::first, ServerId::second};

std::uint8_t number(std::size_t n) { return static_cast<std::uint8_t>(n); }

}  // namespace

CheckedPair::Steps CheckedPair::steps(const Config& config, const Bounds& bounds) const {
  Steps steps;
  add_due(steps);
  add_orders(steps);
  for (const ServerId id : both) {
    const Machine& m = machine(id);
    const std::uint8_t who = number(index(id));
    if (m.power == Power::booting && now_ - m.powered_on >= config.boot_min) {
      steps.push_back({Kind::up, who});
    }
    if (m.paused) steps.push_back({Kind::thaw, who});
    if (m.power == Power::off && (!m.kept_off || needs_operator(id))) {
      steps.push_back({Kind::power_back, who});
    }
    if (requests_left_ > 0 && m.running() && m.agent.role == Role::primary) {
      steps.push_back({Kind::switchover, who});
    }
  }
  if (may_tick(config, bounds)) steps.push_back({Kind::wait, 0});
  if (faults_left_ > 0) add_mishaps(steps);
  return steps;
}

void CheckedPair::add_due(Steps& steps) const {
  for (const ServerId id : both) {
    const Machine& m = machine(id);
    if (!m.running()) continue;
    const std::ptrdiff_t due = m.timers_due(now_);
    if (due > 0) steps.push_back({Kind::fire, number(index(id))});
    if (due > 1) steps.push_back({Kind::fire_back, number(index(id))});
    if (m.copying) {
      if (machine(other(id)).running()) steps.push_back({Kind::copied, number(index(id))});
      if (!machine(other(id)).running() || losses_) {
        steps.push_back({Kind::copy_failed, number(index(id))});
      }
    }
  }
  for (std::size_t i = 0; i < packets_.size(); ++i) {
    if (!machine(packets_[i].to).running()) continue;
    steps.push_back({Kind::deliver, number(i)});
    if (!decided_ && tied(packets_[i])) steps.push_back({Kind::deliver_tied, number(i)});
  }
}

void CheckedPair::add_orders(Steps& steps) const {
  for (std::size_t i = 0; i < orders_.size(); ++i) {
    if (!orders_[i].struck) {
      steps.push_back({Kind::strike, number(i)});
    } else if (machine(orders_[i].by).running()) {
      steps.push_back({Kind::report, number(i)});
    }
  }
}

void CheckedPair::add_mishaps(Steps& steps) const {
  for (const ServerId id : both) {
    const Machine& m = machine(id);
    const std::uint8_t who = number(index(id));
    if (m.power != Power::off) steps.push_back({Kind::crash, who});
    if (!m.running()) continue;
    steps.push_back({Kind::pause, who});
    steps.push_back({Kind::restart_daemon, who});
  }
  for (std::size_t i = 0; i < orders_.size(); ++i) {
    if (!orders_[i].struck && machine(orders_[i].by).running()) {
      steps.push_back({Kind::refuse, number(i)});
    }
    steps.push_back({Kind::forget, number(i)});
    if (!orders_[i].late) steps.push_back({Kind::delay_order, number(i)});
  }
  for (std::size_t i = 0; i < packets_.size(); ++i) {
    if (!packets_[i].late) steps.push_back({Kind::delay_packet, number(i)});
  }
}

std::ptrdiff_t CheckedPair::Machine::timers_due(Time now) const {
  return std::ranges::count_if(agent.deadlines, [&](Time when) { return when <= now; });
}

// Whether nothing is left that must happen in this tick.
bool CheckedPair::may_tick(const Config& config, const Bounds& bounds) const {
  for (const ServerId id : both) {
    const Machine& m = machine(id);
    if (m.power == Power::booting && now_ - m.powered_on >= config.boot_max) return false;
    if (calm_ && m.power == Power::off && (!m.kept_off || needs_operator(id))) return false;
    if (!m.running()) continue;
    if (m.copying && now_ - m.copy_began + tick >= copy_time) return false;
    if (m.timers_due(now_) > 0) return false;
  }
  if (!losses_ && std::ranges::any_of(packets_, [&](const Packet& packet) {
        return !packet.late && machine(packet.to).running();
      })) {
    return false;
  }
  return std::ranges::all_of(
      orders_, [&](const Order& order) { return order_waits(order, config, bounds); });
}

bool CheckedPair::order_waits(const Order& order, const Config& config,
                              const Bounds& bounds) const {
  if (order.struck && machine(order.by).paused) return true;
  const Duration usual = order.struck ? config.confirm_max : config.fence_max;
  return now_ - order.since < (order.late ? bounds.lateness * tick : usual);
}

// Whether this packet would decide a conflict by the ids alone.
bool CheckedPair::tied(const Packet& packet) const {
  const Machine& hearer = machine(packet.to);
  return packet.kind == Packet::Kind::message &&
         packet.message.kind == Message::Kind::announcement &&
         packet.message.term == hearer.agent.history.term &&
         hearer.holds.at(static_cast<std::size_t>(packet.address));
}

bool CheckedPair::needs_operator(ServerId id) const {
  const Machine& rescuer = machine(other(id));
  if (!calm_) return rescuer.power == Power::off && orders_.empty();
  using Stage = Fence::Stage;
  const Stage stage = rescuer.agent.fence.stage;
  return !rescuer.running() || (stage != Stage::ordered && stage != Stage::power_on);
}

}  // namespace understudy::check
