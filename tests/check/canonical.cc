// SPDX-License-Identifier: MIT
//
// When are two pairs the same? When whatever can happen to the one can happen to the other. So an
// instant counts as its distance from now, and one that is so long ago that nothing depends on how
// long counts as just that; a term as its distance from the lowest; a token as what it matches.
//
// Every member of State is named here: a new one does not compile before it has been thought of.
// All numbers fit a byte: config_of() (bounds.h) refuses bounds with which one might not.
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cstring>

#include "checked_pair.h"

namespace understudy::check {
namespace {

// Bytes one after another. The longest encoding is far below the capacity (see the assertion).
class Bytes {
 public:
  void push_back(std::uint8_t byte) {
    assert(size_ < bytes_.size());
    bytes_[size_++] = byte;
  }
  void append(const Bytes& more) {
    assert(size_ + more.size_ <= bytes_.size());
    std::memcpy(bytes_.data() + size_, more.bytes_.data(), more.size_);
    size_ += more.size_;
  }
  [[nodiscard]] std::strong_ordering operator<=>(const Bytes& right) const {
    if (const auto by_size = size_ <=> right.size_; by_size != 0) return by_size;
    return std::memcmp(bytes_.data(), right.bytes_.data(), size_) <=> 0;
  }
  [[nodiscard]] std::uint64_t hash() const { return XXH3_64bits(bytes_.data(), size_); }

 private:
  std::array<std::uint8_t, 480> bytes_;
  std::size_t size_ = 0;
};

// A packet or an order: few bytes, which are sorted as one number.
struct Small {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  void push_back(std::uint8_t byte) {
    high = (high << 8U) | (low >> 56U);
    low = (low << 8U) | byte;
  }
  auto operator<=>(const Small&) const = default;
};

}  // namespace

class Canonical {
 public:
  Canonical(const CheckedPair& pair, const Config& config, const Bounds& bounds)
      : pair_(pair), config_(config), farthest_(bounds.terms + 1) {
    lowest_ = std::min(pair.machines_[0].kept.term, pair.machines_[1].kept.term);
    oldest_deadline_ = std::max(config.ping_interval, config.announce_interval);
    if (config.asleep_after != forever) {
      oldest_deadline_ = std::max(oldest_deadline_, config.asleep_after);
    }
    for (const ServerId id : {ServerId::first, ServerId::second})
      put_machine(machines_[index(id)], id);
  }

  // The server whose encoding comes first leads, unless the ids count.
  [[nodiscard]] std::uint64_t hash() const {
    const auto order = machines_[0] <=> machines_[1];
    if (pair_.decided_ || order < 0) return hash_led_by(ServerId::first);
    if (order > 0) return hash_led_by(ServerId::second);
    return std::min(hash_led_by(ServerId::first), hash_led_by(ServerId::second));
  }

 private:
  template <class Out, class Number>
  static void put(Out& out, Number number) {
    out.push_back(static_cast<std::uint8_t>(number));
  }
  template <class Out, class Number>
  static void put_capped(Out& out, Number number, Number cap) {
    put(out, std::min(number, cap));
  }
  template <class Out>
  static void put_flags(Out& out, std::initializer_list<bool> flags) {
    unsigned bits = 0;
    for (const bool flag : flags) bits = bits * 2 + (flag ? 1 : 0);
    put(out, bits);
  }
  // How long ago, in ticks; a `longest` and more is all the same.
  template <class Out>
  void put_age(Out& out, Time when, Duration longest) const {
    put_capped(out, (pair_.now_ - when) / tick, longest / tick);
  }
  void put_deadline(Bytes& out, Time when) const {
    if (when == never) return put(out, 255);
    const Duration ahead = std::max<Duration>(when - pair_.now_, -oldest_deadline_ - tick);
    put(out, ahead / tick + 16);
  }
  template <class Out>
  void put_term(Out& out, Term term) const {
    put(out, term < lowest_ ? 0 : 1 + std::min(term - lowest_, farthest_));
  }

  void put_machine(Bytes& out, ServerId id) const {
    const CheckedPair::Machine& m = pair_.machine(id);
    put(out, m.power);
    put_flags(out, {m.paused, m.kept_off, m.holds[0], m.holds[1], m.serving, m.copying});
    if (m.power == CheckedPair::Power::booting) put_age(out, m.powered_on, config_.boot_max);
    if (m.copying) put_age(out, m.copy_began, 3 * tick);
    put_term(out, m.kept.term);
    put_fences(out, m.kept);
    put_memory(out, m, pair_.machine(other(id)));
    if (m.power != CheckedPair::Power::on) return;
    put_flags(out, {m.kept == m.agent.history});
    put_agent(out, m);
    put_capped(out, m.unanswered, most_misses(m));
    put_flags(out, {m.last_ping != no_token, m.last_ping == m.agent.pending.token});
    if (m.last_ping != no_token) put_age(out, m.last_ping_at, config_.ping_timeout + tick);
  }

  // Nothing but the number of fences within the window counts, and when they leave it.
  void put_fences(Bytes& out, const History& history) const {
    for (const Time when : history.fences) {
      if (config_.max_boots == 0 || when == never) continue;
      if (pair_.now_ - when < config_.boots_window) put_age(out, when, config_.boots_window);
    }
    put(out, 255);
    put_flags(out, {history.maintenance});
  }

  // Below all terms in force only the order of the two memories counts, if anybody asks for it.
  void put_memory(Bytes& out, const CheckedPair::Machine& m,
                  const CheckedPair::Machine& peer) const {
    if (m.memory.term > m.kept.term || (config_.newer_memory_wins && m.memory.term >= lowest_)) {
      return put(out, 3 + std::min(m.memory.term - lowest_, farthest_));
    }
    put(out, config_.newer_memory_wins ? 1 + (m.memory > peer.memory ? 1 : 0) : 0);
  }

  void put_agent(Bytes& out, const CheckedPair::Machine& m) const {
    const auto& [role, history, seen, pending, late, witness, probes_left, misses, answers, heard,
                 grace_over, rival_known, restart_overdue, witness_silent_since, cut_off, excused,
                 holding_fire, hold, fence, failed_fences, copying, catch_up, catch_up_tries, nonce,
                 last_copy, ill_checks, ill, ill_handover_spent, detector, deadlines] = m.agent;
    // Not in this world: adaptive detectors, the witness, health, own links, farewells. In no
    // decision: holding fire.
    (void)late, (void)witness, (void)witness_silent_since, (void)detector, (void)ill_checks;
    (void)ill, (void)ill_handover_spent, (void)cut_off, (void)excused, (void)holding_fire,
        (void)hold;
    put(out, role);
    put_term(out, history.term);
    put_term(out, seen > std::max(history.term, m.memory.term) ? seen : 0);
    put(out, pending.token != no_token);
    if (pending.token != no_token) put_age(out, pending.sent, pending.patience + tick);
    put(out, probes_left);
    put_capped(out, misses, most_misses(m));
    put_capped(out, answers, config_.copy_every);
    put_flags(out, {heard, grace_over, rival_known, restart_overdue, copying, last_copy});
    put(out, fence.stage);
    if (fence.stage == Fence::Stage::ordered && config_.fence_mode == FenceMode::reboot) {
      put_age(out, fence.ordered, config_.fence_validity);
    }
    put(out, fence.power_on_tries);
    put_capped(out, failed_fences,
               std::max(config_.fence_attempts, config_.max_boots == 0 ? 0U : 8U));
    put(out, catch_up);
    put(out, catch_up_tries);
    put(out, nonce != no_token);
    for (const Time when : deadlines) put_deadline(out, when);
  }

  // Misses that decide something: those that a failure takes now. It will never take more without
  // another fence, after which they count anew.
  [[nodiscard]] std::uint32_t most_misses(const CheckedPair::Machine& m) const {
    std::uint32_t earlier = m.agent.failed_fences;
    if (config_.max_boots == 0) {
      earlier = 0;
    } else {
      const auto recent = std::ranges::count_if(m.agent.history.fences, [&](Time when) {
        return when != never && pair_.now_ - when < config_.boots_window;
      });
      earlier = std::max(earlier, static_cast<std::uint32_t>(recent));
    }
    return std::max(config_.misses, config_.watch_misses) +
           (earlier == 0 ? 0 : 1U << std::min(earlier, 8U)) + 1;
  }

  [[nodiscard]] std::uint64_t hash_led_by(ServerId lead) const {
    Bytes all = machines_[index(lead)];
    all.append(machines_[index(other(lead))]);
    boost::container::static_vector<Small, 14> sorted;
    for (const CheckedPair::Packet& packet : pair_.packets_) sorted.push_back(small(packet, lead));
    put_sorted(all, sorted);
    sorted.clear();
    for (const CheckedPair::Order& order : pair_.orders_) sorted.push_back(small(order, lead));
    put_sorted(all, sorted);
    put(all, pair_.faults_left_);
    put(all, pair_.requests_left_);
    put_flags(all, {pair_.calm_, pair_.losses_, pair_.decided_});
    return all.hash();
  }

  template <class Sorted>
  static void put_sorted(Bytes& all, Sorted& sorted) {
    std::ranges::sort(sorted);
    for (const Small& one : sorted) {
      for (int shift = 56; shift >= 0; shift -= 8) put(all, one.high >> shift);
      for (int shift = 56; shift >= 0; shift -= 8) put(all, one.low >> shift);
    }
    put(all, sorted.size());
  }

  // Ten bytes at most.
  [[nodiscard]] Small small(const CheckedPair::Packet& packet, ServerId lead) const {
    Small out;
    const Message& message = packet.message;
    put(out, packet.kind);
    put_flags(out, {packet.late, packet.to == lead});
    if (packet.late) put_age(out, packet.sent, 32 * tick);
    put(out, packet.address);
    if (packet.kind != CheckedPair::Packet::Kind::message) {
      const bool probe = packet.kind == CheckedPair::Packet::Kind::probe;
      const ServerId asked_by = probe ? other(packet.to) : packet.to;
      put(out, packet.token == pair_.machine(asked_by).agent.pending.token);
      return out;
    }
    put(out, message.kind);
    put_term(out, message.kind == Message::Kind::announcement ? message.term : 0);
    // Of a reported memory counts only how it compares with the one that is there.
    if (message.kind == Message::Kind::memory_report) {
      const MemoryStamp& here = pair_.machine(packet.to).memory;
      const MemoryStamp& there = pair_.machine(other(packet.to)).memory;
      put_flags(out, {message.memory<here, message.memory> here,
                      message.memory<there, message.memory> there});
    }
    put_nonce(out, message.nonce, lead);
    return out;
  }

  [[nodiscard]] Small small(const CheckedPair::Order& order, ServerId lead) const {
    Small out;
    put_flags(out, {order.by == lead, order.struck, order.late, order.forgotten,
                    order.token == pair_.machine(order.by).agent.fence.token});
    put(out, order.order);
    put_age(out, order.since, 32 * tick);
    return out;
  }

  // A nonce as whom it belongs to; those of nobody by age.
  void put_nonce(Small& out, Token nonce, ServerId lead) const {
    if (nonce == no_token) return put(out, 0);
    unsigned code = 0;
    if (nonce == pair_.machine(lead).agent.nonce) code += 1;
    if (nonce == pair_.machine(other(lead)).agent.nonce) code += 2;
    if (code != 0) return put(out, code);
    const auto older = std::ranges::count_if(pair_.packets_, [&](const auto& packet) {
      return packet.message.nonce != no_token && packet.message.nonce < nonce;
    });
    put(out, 4 + older);
  }

  const CheckedPair& pair_;
  const Config& config_;
  Term farthest_;
  Term lowest_ = 0;
  Duration oldest_deadline_{};
  std::array<Bytes, 2> machines_;
};

std::uint64_t CheckedPair::fingerprint(const Config& config, const Bounds& bounds) const {
  return Canonical(*this, config, bounds).hash();
}

}  // namespace understudy::check
