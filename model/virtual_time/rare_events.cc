// SPDX-License-Identifier: MIT
#include "understudy/virtual_time/rare_events.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <string>

#include "understudy/scenario/bad_input.h"
#include "understudy/scenario/spelling.h"
#include "understudy/scenario/topologies.h"
#include "understudy/scenario/words.h"
#include "understudy/virtual_time/importance.h"

namespace understudy {
namespace {

// ---- names --------------------------------------------------------------------------------------

constexpr std::array events = {RareEvent::false_failover, RareEvent::dual_primary};
constexpr std::array methods = {RareMethod::splitting, RareMethod::importance, RareMethod::plain};

template <class Word, std::size_t n>
Word named(const std::array<Word, n>& words, std::string_view what, std::string_view text) {
  std::vector<std::string_view> names;
  for (const Word word : words) {
    if (to_text(word) == text) return word;
    names.push_back(to_text(word));
  }
  throw BadInput("there is no " + std::string(what) + " " + in_quotes(text) + "; take " +
                 listed(names, "or"));
}

// ---- scenarios ----------------------------------------------------------------------------------

bool takes_a_server_away(FaultKind kind) {
  switch (kind) {
    case FaultKind::crash:
    case FaultKind::hang:
    case FaultKind::service_hang:
    case FaultKind::daemon_restart:
    case FaultKind::switchover: return true;
    default: return false;
  }
}

bool loses_by_chance(const Fault& fault) {
  if (fault.kind == FaultKind::loss && fault.burst_begins) return true;
  const bool loses = fault.kind == FaultKind::loss || fault.kind == FaultKind::corrupt;
  return loses && fault.chance() > 0.0 && fault.chance() < 1.0;
}

void check_rare(const Scenario& scenario, RareMethod method) {
  if (scenario.run.start != Start::settled) {
    throw BadInput("the rate is that of a settled pair; run.start is \"cold\", write \"settled\"");
  }
  for (std::size_t i = 0; i < scenario.faults.size(); ++i) {
    const Fault& fault = scenario.faults[i];
    if (!takes_a_server_away(fault.kind)) continue;
    throw BadInput("the rate is that of a pair in which both servers stay at work; fault." +
                   std::to_string(i) + ".kind is \"" + std::string(to_text(fault.kind)) +
                   "\", leave that fault out, or count in plain runs what comes of it");
  }
  if (method == RareMethod::importance && std::ranges::none_of(scenario.faults, loses_by_chance)) {
    throw BadInput(
        "method \"importance\" makes losses likelier, and no packet is lost by chance here; take "
        "splitting");
  }
}

// The answer is always there before the timeout, whatever detector waits for it.
bool nothing_disturbs(const Scenario& scenario) {
  const Topology& topology = scenario.topology;
  const bool far = topology.kind == TopologyKind::wan;
  // What is drawn may be longer than the greatest span that is reckoned with.
  const bool drawn = !topology.delay.fixed() ||
                     (far && !(topology.wan_delay.fixed() &&
                               topology.wan_delay_back.value_or(topology.wan_delay).fixed()));
  if (drawn || !scenario.faults.empty()) return false;
  return greatest_round_trip(topology) < scenario.config().ping_timeout;
}

// ---- statistics ---------------------------------------------------------------------------------

// The standard normal quantile, by bisection on erfc.
double normal_quantile(double p) {
  double low = -40.0;
  double high = 40.0;
  for (int step = 0; step < 100; ++step) {
    const double middle = 0.5 * (low + high);
    (0.5 * std::erfc(-middle / std::numbers::sqrt2) < p ? low : high) = middle;
  }
  return 0.5 * (low + high);
}

// Student's: the expansion of M. Abramowitz and I. Stegun, Handbook of Mathematical Functions,
// 26.7.5. From 9 degrees of freedom on, and up to a confidence of 0.999, right to 1 %.
double student_quantile(double p, double degrees) {
  const double z = normal_quantile(p);
  const double z2 = z * z;
  const double g1 = z * (z2 + 1.0) / 4.0;
  const double g2 = z * ((5.0 * z2 + 16.0) * z2 + 3.0) / 96.0;
  const double g3 = z * (((3.0 * z2 + 19.0) * z2 + 17.0) * z2 - 15.0) / 384.0;
  const double g4 =
      z * ((((79.0 * z2 + 776.0) * z2 + 1482.0) * z2 - 1920.0) * z2 - 945.0) / 92160.0;
  return z + g1 / degrees + g2 / std::pow(degrees, 2) + g3 / std::pow(degrees, 3) +
         g4 / std::pow(degrees, 4);
}

struct Ratio {
  double value = 0.0;
  double relative_error = 0.0;
};

// The ratio of two sums over runs, and its error by the delta method.
template <class Part, class Whole>
Ratio ratio(std::span<const RareSample> samples, Part part, Whole whole) {
  double parts = 0.0;
  double wholes = 0.0;
  for (const RareSample& sample : samples) {
    parts += part(sample);
    wholes += whole(sample);
  }
  const double value = parts / wholes;
  double squares = 0.0;
  for (const RareSample& sample : samples) {
    const double residue = part(sample) - value * whole(sample);
    squares += residue * residue;
  }
  const auto n = static_cast<double>(samples.size());
  return {.value = value, .relative_error = std::sqrt(squares * n / (n - 1.0)) / parts};
}

RareInterval interval_around(const Ratio& ratio, double t) {
  const double factor = std::exp(t * ratio.relative_error);
  return {.low = ratio.value / factor, .high = ratio.value * factor};
}

}  // namespace

// ---- the plan -----------------------------------------------------------------------------------

std::string_view to_text(RareMethod method) {
  switch (method) {
    case RareMethod::splitting: return "splitting";
    case RareMethod::importance: return "importance";
    case RareMethod::plain: return "plain";
  }
  return "?";
}

RareEvent rare_event_named(std::string_view text) { return named(events, "rare event", text); }
RareMethod rare_method_named(std::string_view text) { return named(methods, "method", text); }

RarePlan::RarePlan(const Scenario& scenario, const RareQuestion& question)
    : question_(question), course_(scenario, question.event) {
  check_rare(scenario, question.method);
  warm_up_ = Time{} + scenario.run.duration / 10;
  impossible_ = nothing_disturbs(scenario);
  if (question.method == RareMethod::importance) return;
  factors_ = question.method == RareMethod::splitting && !impossible_
                 ? choose_splitting(course_, question.seed)
                 : no_splitting(course_);
}

RareSample RarePlan::sample(std::uint64_t run) const {
  if (impossible_) {
    RareSample sample;
    sample.expose(warm_up_, after(Time{}, course_.scenario().run.duration));
    sample.levels.resize(factors_.size());
    return sample;
  }
  const Run which{.seed = question_.seed, .number = run};
  if (question_.method == RareMethod::importance) {
    return ImportanceSampling(course_).sample(which, warm_up_);
  }
  return Splitting(course_, factors_).sample(which, warm_up_);
}

// ---- the estimate -------------------------------------------------------------------------------

namespace {

void sum_up_effort(RareEstimate& result, const RarePlan& plan,
                   std::span<const RareSample> samples) {
  const auto n = static_cast<double>(samples.size());
  for (const std::uint32_t factor : plan.factors()) result.levels.push_back({.factor = factor});
  for (const RareSample& sample : samples) {
    result.hits += sample.events > 0 ? 1 : 0;
    result.paths += sample.paths;
    result.simulated_s += sample.simulated_s;
    for (std::size_t i = 0; i < result.levels.size(); ++i) {
      result.levels[i].entries += sample.levels[i].entries;
      result.levels[i].per_run += sample.levels[i].expected / n;
    }
  }
}

// Nothing was found.
void bound(RareEstimate& result, double exposed_s) {
  result.rate_per_s = 0.0;
  result.rate_interval_per_s = RareInterval{};
  if (result.impossible) return;
  const double doubt = std::log1p(-result.confidence);
  result.rate_interval_per_s = RareInterval{.low = 0.0, .high = -doubt / exposed_s};
  result.probability_interval.high = -std::expm1(doubt / static_cast<double>(result.runs));
}

}  // namespace

RareEstimate estimate(const RarePlan& plan, std::span<const RareSample> samples,
                      double confidence) {
  RareEstimate result{.event = plan.question().event,
                      .method = plan.question().method,
                      .confidence = confidence,
                      .runs = samples.size(),
                      .impossible = plan.impossible()};
  sum_up_effort(result, plan, samples);
  double exposed_s = 0.0;
  double found_after_warm_up = 0.0;
  for (const RareSample& sample : samples) {
    exposed_s += sample.exposed_s;
    found_after_warm_up += sample.happened_after_warm_up;
  }
  if (result.hits == 0) {
    bound(result, exposed_s);
    return result;
  }
  const double t =
      student_quantile(0.5 * (1.0 + confidence), static_cast<double>(samples.size() - 1));
  const Ratio probability = ratio(
      samples, [](const RareSample& s) { return s.happened; }, [](const auto&) { return 1.0; });
  result.probability = probability.value;
  result.probability_interval = interval_around(probability, t);
  result.probability_interval.high = std::min(result.probability_interval.high, 1.0);
  // It happened in every run, which refutes what is as improbable as no event in any is above.
  if (probability.value == 1.0 && probability.relative_error == 0.0) {
    result.probability_interval.low =
        std::exp(std::log1p(-confidence) / static_cast<double>(samples.size()));
  }
  if (exposed_s <= 0.0 || found_after_warm_up <= 0.0) return result;
  const Ratio rate = ratio(
      samples, [](const RareSample& s) { return s.happened_after_warm_up; },
      [](const RareSample& s) { return s.exposed_s; });
  result.rate_per_s = rate.value;
  result.rate_interval_per_s = interval_around(rate, t);
  result.relative_error = rate.relative_error;
  return result;
}

}  // namespace understudy
