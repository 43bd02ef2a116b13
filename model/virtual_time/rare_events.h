// SPDX-License-Identifier: MIT
//
// How often something happens that runs never show: a false failover once in thousands of years, a
// split brain. For a settled pair under disturbances that come and go by chance.
//
// What is estimated, and what each figure takes for granted:
//
// probability  that the event happens within a run, [0, run.duration). Unbiased, whatever is in the
//              scenario: the mean over runs of a sum whose expectation it is (splitting.h,
//              importance.h). Its error is that of a mean of independent runs.
// rate         of the first event, per time in which there has been none: the expected events
//              after the warm-up, divided by the expected time from the warm-up to the event or the
//              end. It takes for granted that the disturbances are the same all the time, so that
//              a pair at peace is one that forgets its past; then the rate is the reciprocal of the
//              mean time to the first event, E[N] pings of the closed form. The warm-up is the
//              first tenth of the run, in which detectors learn, channels leave the state in which
//              they began, and no failure can be declared yet. The ratio of two means has a bias of
//              the order of rate * duration / runs.
// interval     The estimate times exp(± t * relative error), Student's t for runs - 1: an estimate
//              of something positive that comes of products errs by factors, not by differences.
//              It is as good as the number of runs in which something was found is large; `hits`
//              tells it.
// no event     The rate is estimated as 0, and the upper end is what the runs themselves say
//              without their copies, which is all that can be said without trusting levels at which
//              nothing was seen: time T without an event refutes rates above -ln(1 - confidence)/T
//              ("rule of three"), runs N a probability above 1 - (1 - confidence)^(1/N). An event
//              in every run refutes, by the same token, a probability below the rest of that to 1.
// exactly 0    Where no packet is lost or late there is nothing to wait for; nothing is simulated.
//
// A server that is taken away (crash, hang, service-hang, daemon-restart), and a switchover, leave
// no settled pair to wait in: such a scenario is refused, and so is a cold start. Pauses, slow
// hosts, clocks and everything that the network or the power channel does are welcome.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "understudy/scenario/scenario.h"
#include "understudy/virtual_time/rare_path.h"
#include "understudy/virtual_time/rare_sample.h"
#include "understudy/virtual_time/splitting.h"

namespace understudy {

enum class RareMethod : std::uint8_t {
  splitting,   // splitting.h
  importance,  // importance.h
  plain,       // runs as they are; for comparison
};
[[nodiscard]] std::string_view to_text(RareMethod method);
// Throw BadInput, which names what there is.
[[nodiscard]] RareEvent rare_event_named(std::string_view text);
[[nodiscard]] RareMethod rare_method_named(std::string_view text);

struct RareQuestion {
  RareEvent event = RareEvent::false_failover;
  RareMethod method = RareMethod::splitting;
  std::uint64_t seed = 1;
};

// What has to be known before the first run. Each sample follows from the plan and the number of
// its run alone.
class RarePlan {
 public:
  // Throws BadInput, if the scenario has no such rate, or the method nothing to work with.
  RarePlan(const Scenario& scenario, const RareQuestion& question);

  [[nodiscard]] RareSample sample(std::uint64_t run) const;

  [[nodiscard]] const RareQuestion& question() const { return question_; }
  // By level; none, if the method has no levels.
  [[nodiscard]] const SplittingFactors& factors() const { return factors_; }
  // Nothing in the scenario can make a miss.
  [[nodiscard]] bool impossible() const { return impossible_; }

 private:
  RareQuestion question_;
  RareCourse course_;
  Time warm_up_{};
  bool impossible_ = false;
  SplittingFactors factors_;
};

struct RareInterval {
  double low = 0.0;
  double high = 0.0;
  bool operator==(const RareInterval&) const = default;
};

struct RareEstimate {
  RareEvent event = RareEvent::false_failover;
  RareMethod method = RareMethod::splitting;
  double confidence = 0.95;
  std::uint64_t runs = 0;
  std::uint64_t hits = 0;  // runs in which, or in a copy of which, the event happened
  bool impossible = false;

  // Of the events per second; none: no run outlived its warm-up, so they are not rare.
  std::optional<double> rate_per_s{};
  std::optional<RareInterval> rate_interval_per_s{};
  std::optional<double> relative_error{};  // of the rate; none: no hit
  double probability = 0.0;
  RareInterval probability_interval{};

  std::uint64_t paths = 0;
  double simulated_s = 0.0;  // by all paths
  struct Level {
    std::uint32_t factor = 1;
    std::uint64_t entries = 0;
    double per_run = 0.0;  // expected entries in one run of plain simulation
  };
  std::vector<Level> levels{};
};

// At least this many runs, for the error to be one.
inline constexpr std::uint64_t least_rare_runs = 10;

// From samples in the order of their runs, at least least_rare_runs; 0 < confidence < 1.
[[nodiscard]] RareEstimate estimate(const RarePlan& plan, std::span<const RareSample> samples,
                                    double confidence = 0.95);

}  // namespace understudy
