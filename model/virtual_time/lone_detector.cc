// SPDX-License-Identifier: MIT
#include "understudy/virtual_time/lone_detector.h"

#include <algorithm>
#include <optional>
#include <string>

#include "understudy/failover/detector.h"
#include "understudy/scenario/bad_input.h"
#include "understudy/scenario/faults.h"
#include "understudy/scenario/words.h"
#include "understudy/virtual_time/links.h"

namespace understudy {
namespace {

// What lasts from the start to the end, or a mistake.
void check_steady(const Scenario& scenario) {
  for (std::size_t i = 0; i < scenario.faults.size(); ++i) {
    const Fault& fault = scenario.faults[i];
    const bool of_network =
        among(kinds_with_sides, fault.kind) && fault.kind != FaultKind::partition;
    const bool steady = fault.at == Distribution{} && !fault.lasts && !fault.every;
    if (of_network && steady) continue;
    throw BadInput(scenario.name + ": fault." + std::to_string(i) + ": a detector alone knows no " +
                   std::string(to_text(fault.kind)) +
                   (of_network ? " that begins or ends; write at = \"0s\", no for, no every"
                               : "; only faults of the network that packets survive"));
  }
}

class LoneDetector {
 public:
  LoneDetector(const Scenario& scenario, const Run& run)
      : config_(scenario.config()), links_(scenario.topology, run) {
    for (std::size_t i = 0; i < scenario.faults.size(); ++i) {
      const Fault& fault = scenario.faults[i];
      links_.begin(i, fault,
                   struck_by(fault, scenario.topology,
                             {.primary = ServerId::first, .monitor = ServerId::second}));
    }
  }

  void ping() {
    hear_until(now_);
    const Duration patience = detector_.patience(config_);
    ++sent_;
    if (const auto round_trip = carry()) {
      arrivals_.push_back({after(now_, *round_trip), sent_, *round_trip});
      std::ranges::push_heap(arrivals_, later);
    }
    hear_until(now_ + patience);
    judge(now_ + patience);
    now_ += config_.ping_interval;
  }

  [[nodiscard]] std::vector<Mistake> finish() && { return std::move(mistakes_); }

 private:
  struct Arrival {
    Time at{};
    std::uint64_t ping = 0;
    Duration round_trip{};
  };
  static bool later(const Arrival& a, const Arrival& b) {
    return a.at != b.at ? a.at > b.at : a.ping > b.ping;
  }

  // There and back; none: lost.
  [[nodiscard]] std::optional<Duration> carry() {
    const auto there = links_.carry({Host::second, Host::first, PacketKind::ping});
    if (!there) return std::nullopt;
    const auto back = links_.carry({Host::first, Host::second, PacketKind::answer});
    if (!back) return std::nullopt;
    return sum(there.delay, back.delay);
  }

  void hear_until(Time when) {
    while (!arrivals_.empty() && arrivals_.front().at <= when) {
      const Arrival arrival = arrivals_.front();
      std::ranges::pop_heap(arrivals_, later);
      arrivals_.pop_back();
      detector_.answered(config_, arrival.round_trip);
      freshest_ = std::max(freshest_, arrival.ping);
      if (suspects_since_ == never || !trusts()) continue;
      mistakes_.push_back({suspects_since_, arrival.at - suspects_since_});
      suspects_since_ = never;
    }
  }

  void judge(Time when) {
    judged_ = sent_;
    if (suspects_since_ == never && !trusts()) suspects_since_ = when;
  }

  // One of the last `misses` pings whose time is over has been answered, or a later one.
  [[nodiscard]] bool trusts() const { return freshest_ + config_.misses > judged_; }

  Config config_;
  VirtualLinks links_;
  Detector detector_;
  Time now_{};
  std::uint64_t sent_ = 0;
  std::uint64_t judged_ = 0;
  std::uint64_t freshest_ = 0;     // of those answered; before the first one all was well
  std::vector<Arrival> arrivals_;  // a heap: the next one in front
  Time suspects_since_ = never;
  std::vector<Mistake> mistakes_;
};

}  // namespace

std::vector<Mistake> mistakes_alone(const Scenario& scenario, const Run& run, std::uint64_t pings) {
  check_steady(scenario);
  LoneDetector detector(scenario, run);
  for (std::uint64_t i = 0; i < pings; ++i) detector.ping();
  return std::move(detector).finish();
}

}  // namespace understudy
