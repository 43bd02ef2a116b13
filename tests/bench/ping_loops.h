// SPDX-License-Identifier: MIT
//
// The ping loops that benchmarks measure: scenarios in which a pair does nothing but ping, and the
// same loop as one writes it by hand, with a binary heap.
//
// A ping is four events: its timer, its arrival, the answer's arrival, and the timeout that the
// answer disarms. On the plain network packets take 50 µs; on the lossy one each of the two draws
// its delay (exponential, 1 ms on average) and whether it is lost (1 %).
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <queue>
#include <random>
#include <vector>

#include "understudy/scenario/scenario.h"

namespace understudy::bench {

inline Scenario quiet_pair(Method method) {
  Scenario scenario;
  scenario.pair.method = method;
  scenario.pair.copy_every = 0U;
  scenario.service.enabled = false;
  scenario.memory.write_rate_per_s = 0.0;
  return scenario;
}

inline Scenario lossy_pair() {
  Scenario scenario = quiet_pair(Method::original);
  scenario.pair.misses = 1000U;  // goes on
  scenario.topology.delay = Exponential{std::chrono::milliseconds(1)};
  Fault loss;
  loss.kind = FaultKind::loss;
  loss.target = FaultTarget::network;
  loss.at = std::chrono::nanoseconds(0);
  loss.probability = 0.01;
  scenario.faults.push_back(loss);
  return scenario;
}

struct PlainNetwork {
  static bool loses() { return false; }
  static std::int64_t delay_ns() { return 50'000; }
};

class LossyNetwork {
 public:
  bool loses() { return loss_(random_); }
  std::int64_t delay_ns() { return static_cast<std::int64_t>(delay_(random_)); }

 private:
  std::mt19937_64 random_{1};
  std::bernoulli_distribution loss_{0.01};
  std::exponential_distribution<double> delay_{1e-6};
};

template <class Network>
class HeapSimulation {
 public:
  HeapSimulation() { plan(0, Kind::ping, 0); }

  void run_until(std::int64_t end_ns) {
    while (events_.top().at_ns <= end_ns) {
      const Event event = events_.top();
      events_.pop();
      happen(event);
    }
  }
  [[nodiscard]] std::uint64_t pings() const { return pings_; }
  [[nodiscard]] std::uint64_t misses() const { return misses_; }

 private:
  enum class Kind : std::uint8_t { ping, arrival, answer, timeout };
  struct Event {
    std::int64_t at_ns;
    std::uint64_t order;
    std::uint64_t token;
    Kind kind;
    bool operator>(const Event& that) const {
      return at_ns != that.at_ns ? at_ns > that.at_ns : order > that.order;
    }
  };

  void happen(const Event& event) {
    switch (event.kind) {
      case Kind::ping:
        ++pings_;
        pending_ = ++token_;
        send(event.at_ns, Kind::arrival, token_);
        plan(event.at_ns + 50'000'000, Kind::timeout, token_);
        plan(event.at_ns + 100'000'000, Kind::ping, 0);
        break;
      case Kind::arrival: send(event.at_ns, Kind::answer, event.token); break;
      case Kind::answer:
        if (event.token == pending_) pending_ = 0;
        break;
      case Kind::timeout:
        if (event.token == pending_) ++misses_;
        break;
    }
  }
  void send(std::int64_t at_ns, Kind kind, std::uint64_t token) {
    const bool lost = network_.loses();
    if (!lost) plan(at_ns + network_.delay_ns(), kind, token);
  }
  void plan(std::int64_t at_ns, Kind kind, std::uint64_t token) {
    events_.push({at_ns, ++order_, token, kind});
  }

  Network network_;
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
  std::uint64_t order_ = 0;
  std::uint64_t token_ = 0;
  std::uint64_t pending_ = 0;
  std::uint64_t pings_ = 0;
  std::uint64_t misses_ = 0;
};

}  // namespace understudy::bench
