// SPDX-License-Identifier: MIT
#include "understudy/virtual_time/links.h"

namespace understudy {

VirtualLinks::VirtualLinks(const Topology& topology, const Run& run)
    : run_(run),
      delay_(topology.delay),
      fixed_delay_(topology.delay.mean()),
      plain_(topology.delay.fixed()),
      impairments_(topology, run) {}

std::optional<Duration> VirtualLinks::mean_delay(Host from, Host to) const {
  if (impairments_.cut(from, to) || impairments_.cut(to, from)) return std::nullopt;
  return sum(fixed_delay_, impairments_.mean_delay(from, to));
}

void VirtualLinks::begin(std::size_t number, const Fault& fault, const Struck& struck) {
  impairments_.begin(number, fault, struck);
  plain_ = delay_.fixed() && impairments_.none();
}

void VirtualLinks::end(std::size_t number) {
  impairments_.end(number);
  plain_ = delay_.fixed() && impairments_.none();
}

VirtualLinks::Carried VirtualLinks::draw(const Path& path) {
  std::optional<Stream>& stream = delay_streams_[index(path)];
  if (!stream) stream = Stream(run_, delay_stream(path));
  const Duration delay = delay_.draw(*stream);
  if (impairments_.none()) return {.delay = delay};
  const Impairments::Verdict verdict = impairments_.judge(path);
  return {.delay = sum(delay, verdict.delay), .copies = verdict.copies};
}

}  // namespace understudy
