// SPDX-License-Identifier: MIT
#include "understudy/scenario/plan.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace understudy {
namespace {

std::string named(std::string_view prefix, std::string_view name) {
  std::string text(prefix);
  text += name;
  return text;
}

// An instant uniform in the first interval of a rhythm.
Time phase(Duration interval, std::uint64_t bits) {
  const double part = Stream::to_uniform(bits);
  return Time{} + Duration(static_cast<Duration::rep>(
                      std::floor(part * static_cast<double>(interval.count()))));
}

}  // namespace

Occurrences::Occurrences(std::size_t fault, const Run& run)
    : stream_(run, named("fault/", std::to_string(fault))) {}

Occurrences::Occurrence Occurrences::next(const Fault& fault) {
  if (stream_.position() == 0) {
    latest_.begins = after(Time{}, fault.at.draw(stream_));
  } else if (fault.every && latest_.begins != never) {
    // Time goes on, whatever is drawn.
    const Duration gap = std::max(fault.every->draw(stream_), Duration(1));
    latest_.begins = after(latest_.begins, gap);
    if (fault.lasts) latest_.begins = std::max(latest_.begins, latest_.ends);
  } else {
    return latest_ = {};
  }
  latest_.ends = fault.lasts ? after(latest_.begins, fault.lasts->draw(stream_)) : never;
  return latest_;
}

Phases draw_phases(const Config& config, const Run& run) {
  const Stream stream(run, "start");
  return {.ping = phase(config.ping_interval, stream.at(0)),
          .watch = phase(config.ping_interval, stream.at(1)),
          .announcement_first = phase(config.announce_interval, stream.at(2)),
          .announcement_second = phase(config.announce_interval, stream.at(3))};
}

Boots::Boots(ServerId id, const Run& run) : stream_(run, named("boot/", to_text(id))) {}

HealthChecks::HealthChecks(ServerId id, const ServiceLoad& load, const Run& run)
    : interval_(load.health_interval),
      first_(phase(interval_, Stream(run, named("health/", to_text(id))).at(0))) {}

Time HealthChecks::next_after(Time now) const {
  if (now < first_) return first_;
  return after(now, interval_ - (now - first_) % interval_);
}

PowerDraws::PowerDraws(ServerId by, const Run& run)
    : latency_(run, named("power/", to_text(by))),
      confirmation_(run, named("power/", to_text(by)) + "/confirmation"),
      refusal_(run, named("power/", to_text(by)) + "/refusal") {}

PowerDraws::Order PowerDraws::next(const PowerChannel& channel) {
  return {.refused = refusal_.chance(channel.refusal),
          .latency = channel.latency.draw_bounded(latency_),
          .confirmation = channel.confirmation.draw_bounded(confirmation_)};
}

}  // namespace understudy
