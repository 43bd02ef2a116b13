// SPDX-License-Identifier: MIT
#include "understudy/scenario/power_faults.h"

#include <algorithm>
#include <string>

namespace understudy {

void PowerFaults::begin(std::size_t number, const Fault& fault, HostSet servers) {
  switch (fault.kind) {
    case FaultKind::power_failure:
    case FaultKind::power_delay:
    case FaultKind::slow: break;
    default: return;
  }
  active_.push_back({.number = number,
                     .kind = fault.kind,
                     .answer = fault.answer,
                     .delay = extra_delay(fault),
                     .servers = servers});
}

void PowerFaults::end(std::size_t number) {
  std::erase_if(active_, [&](const Active& active) { return active.number == number; });
}

PowerFaults::Effect PowerFaults::next(ServerId by) {
  Effect effect;
  for (const Active& active : active_) {
    const ServerId struck = active.kind == FaultKind::slow ? by : other(by);
    if (!active.servers.has(struck)) continue;
    if (active.kind != FaultKind::power_failure) {
      effect.later = sum(effect.later, active.delay.draw(stream_of(active.number)));
    } else if (effect.failure != PowerAnswer::silence) {
      effect.failure = active.answer;
    }
  }
  return effect;
}

void PowerFaults::branch(std::uint64_t number) {
  run_ = branch_of(run_, number);
  for (Orders& orders : orders_) orders.stream.branch(number);
}

Stream& PowerFaults::stream_of(std::size_t number) {
  const auto found = std::ranges::find(orders_, number, &Orders::number);
  if (found != orders_.end()) return found->stream;
  const std::string name = "fault/" + std::to_string(number) + "/orders";
  return orders_.emplace_back(Orders{number, Stream(run_, name)}).stream;
}

}  // namespace understudy
