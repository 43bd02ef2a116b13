// SPDX-License-Identifier: MIT
#include "understudy/scenario/impairments.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

namespace understudy {
namespace {

constexpr double queued_packet_bits = 8.0 * 1500;
constexpr std::uint8_t most_copies = std::numeric_limits<std::uint8_t>::max();

// n with probability ~ ratio^n, n = 0 … greatest, by inversion. A ratio above 1 is counted from the
// other end, where it is below.
std::uint32_t truncated_geometric(double ratio, std::uint32_t greatest, double u) {
  if (ratio == 1.0) return static_cast<std::uint32_t>(u * (greatest + 1.0));
  const double below = ratio < 1.0 ? ratio : 1.0 / ratio;
  const double tail = std::pow(below, greatest + 1.0);
  const double n = below == 0.0 ? 0.0 : std::floor(std::log1p(-u * (1.0 - tail)) / std::log(below));
  const auto count = static_cast<std::uint32_t>(std::clamp(n, 0.0, static_cast<double>(greatest)));
  return ratio < 1.0 ? count : greatest - count;
}

// The faults that draw for each packet they strike, besides the one number for all losses.
bool draws_for_packets(FaultKind kind, bool bursts) {
  switch (kind) {
    case FaultKind::loss: return bursts;
    case FaultKind::slow:
    case FaultKind::delay:  // draws no more, but has to be added up
    case FaultKind::jitter:
    case FaultKind::reorder:
    case FaultKind::duplicate:
    case FaultKind::congestion: return true;
    default: return false;
  }
}

bool cuts_always(FaultKind kind) {
  return kind == FaultKind::partition || kind == FaultKind::link_down ||
         kind == FaultKind::switch_failure;
}

Path path_at(std::size_t place) {
  return {.from = static_cast<Host>(place / packet_kind_count / host_count),
          .to = static_cast<Host>(place / packet_kind_count % host_count),
          .kind = static_cast<PacketKind>(place % packet_kind_count)};
}

}  // namespace

void Impairments::begin(std::size_t number, const Fault& fault, const Struck& struck) {
  if (struck.others.empty()) return;
  Active active{.number = number,
                .kind = fault.kind,
                .probability = fault.chance(),
                .bursts = fault.burst_begins.has_value(),
                .burst_begins = fault.burst_begins.value_or(0.0),
                .burst_ends = fault.burst_ends,
                .burst_probability = fault.burst_probability,
                .delay = extra_delay(fault),
                .load = fault.load,
                .queue = fault.queue};
  for (const Host host : all_hosts) {
    HostSet& reach = active.reach[static_cast<std::size_t>(host)];
    if (struck.hosts.has(host)) reach |= struck.others;
    if (struck.others.has(host) && both_ways(fault)) reach |= struck.hosts;
  }
  if (fault.kind == FaultKind::delay) {
    active.delay = active.delay.draw(kept(number, path_count).stream);
  }
  for (Kept& k : kept_) {
    if (k.number == number) k.bad = false;
  }
  active_.push_back(std::move(active));
  sum_up();
}

void Impairments::end(std::size_t number) {
  std::erase_if(active_, [&](const Active& active) { return active.number == number; });
  sum_up();
}

void Impairments::sum_up() {
  drawing_ = false;
  directions_ = {};
  for (const Active& active : active_) {
    const bool alone = !draws_for_packets(active.kind, active.bursts);
    drawing_ |= !alone;
    if (!alone) continue;
    for (const Host from : all_hosts) {
      for (const Host to : all_hosts) {
        if (!active.strikes(from, to)) continue;
        Direction& direction = at(from, to);
        if (cuts_always(active.kind)) {
          direction.cut = true;
        } else {
          direction.loss = 1.0 - (1.0 - direction.loss) * (1.0 - active.probability);
        }
      }
    }
  }
}

Duration Impairments::mean_delay(Host from, Host to) const {
  Duration total{};
  for (const Active& active : active_) {
    if (!active.strikes(from, to)) continue;
    if (active.kind == FaultKind::delay || active.kind == FaultKind::jitter ||
        active.kind == FaultKind::slow) {
      total = sum(total, active.delay.mean());
    }
  }
  return total;
}

Impairments::Verdict Impairments::judge_by_all(const Path& path, double loss) {
  Verdict verdict;
  if (drawing_) {
    for (const Active& active : active_) {
      if (!active.strikes(path.from, path.to)) continue;
      loss = 1.0 - (1.0 - loss) * (1.0 - apply(active, path, verdict));
    }
  }
  if (loss > 0.0 && chance(loss_stream_of(path), path, loss, Means::more_losses)) {
    verdict.copies = 0;
  }
  return verdict;
}

void Impairments::branch(std::uint64_t number) {
  run_ = branch_of(run_, number);
  for (std::optional<Stream>& stream : loss_streams_) {
    if (stream) stream->branch(number);
  }
  for (Kept& k : kept_) k.stream.branch(number);
}

bool Impairments::chance(Stream& stream, const Path& path, double probability, Means means) {
  if (tilt_) {
    const bool there = path.from == tilt_->monitor && path.to == tilt_->primary;
    const bool back = path.from == tilt_->primary && path.to == tilt_->monitor;
    if (there && path.kind == PacketKind::ping) {
      return tilted_chance(stream, tilt_->ping, probability, means);
    }
    if (back && path.kind == PacketKind::answer) {
      return tilted_chance(stream, tilt_->answer, probability, means);
    }
  }
  return stream.chance(probability);
}

bool Impairments::tilted_chance(Stream& stream, double least_loss, double probability,
                                Means means) {
  // What is certain can't be made otherwise.
  if (probability <= 0.0 || probability >= 1.0) return stream.chance(probability);
  const double tilted = means == Means::more_losses ? std::max(probability, least_loss)
                                                    : std::min(probability, 1.0 - least_loss);
  const bool happens = stream.chance(tilted);
  log_likelihood_ +=
      std::log(happens ? probability / tilted : (1.0 - probability) / (1.0 - tilted));
  return happens;
}

double Impairments::apply(const Active& active, const Path& path, Verdict& verdict) {
  if (active.kind == FaultKind::delay) {
    verdict.delay = sum(verdict.delay, active.delay.mean());
    return 0.0;
  }
  if (!draws_for_packets(active.kind, active.bursts)) return 0.0;
  Kept& mine = kept(active.number, index(path));
  switch (active.kind) {
    case FaultKind::loss:
      if (mine.bad ? chance(mine.stream, path, active.burst_ends, Means::fewer_losses)
                   : chance(mine.stream, path, active.burst_begins, Means::more_losses)) {
        mine.bad = !mine.bad;
      }
      return mine.bad ? active.burst_probability : active.probability;
    case FaultKind::slow:
    case FaultKind::jitter:
      verdict.delay = sum(verdict.delay, active.delay.draw(mine.stream));
      return 0.0;
    case FaultKind::reorder: {
      const bool held_back = mine.stream.chance(active.probability);
      const Duration delay = active.delay.draw(mine.stream);
      if (held_back) verdict.delay = sum(verdict.delay, delay);
      return 0.0;
    }
    case FaultKind::duplicate:
      if (mine.stream.chance(active.probability) && verdict.copies < most_copies) ++verdict.copies;
      return 0.0;
    case FaultKind::congestion: return pass_queue(active, mine.stream, verdict);
    default: return 0.0;
  }
}

double Impairments::pass_queue(const Active& active, Stream& stream, Verdict& verdict) const {
  const std::uint32_t ahead = truncated_geometric(active.load, active.queue, stream.uniform());
  if (ahead == active.queue) return 1.0;
  const double wait_ns = ahead * queued_packet_bits / bandwidth_bps_ * 1e9;
  verdict.delay = sum(verdict.delay, Duration(static_cast<Duration::rep>(wait_ns)));
  return 0.0;
}

Impairments::Kept& Impairments::kept(std::size_t number, std::size_t place) {
  const auto before = [](const Kept& k, const std::pair<std::size_t, std::size_t>& key) {
    return std::pair(k.number, k.place) < key;
  };
  const std::pair key(number, place);
  const auto found = std::lower_bound(kept_.begin(), kept_.end(), key, before);
  if (found != kept_.end() && std::pair(found->number, found->place) == key) return *found;
  const std::string name = "fault/" + std::to_string(number) + "/" +
                           (place == path_count ? "delay" : to_text(path_at(place)));
  return *kept_.insert(found, Kept{.number = number, .place = place, .stream = Stream(run_, name)});
}

}  // namespace understudy
