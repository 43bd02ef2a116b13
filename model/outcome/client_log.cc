// SPDX-License-Identifier: MIT
#include "understudy/outcome/client_log.h"

#include <algorithm>

namespace understudy {

ClientLog::Stretch ClientLog::counted(Stretch requests) const {
  if (requests.first_sent < from_) {
    if (from_ == never) return {.count = 0};
    const Duration missing = from_ - requests.first_sent;
    const auto skipped = static_cast<std::uint64_t>(
        requests.interval > Duration::zero()
            ? (missing + requests.interval - Duration(1)) / requests.interval
            : 1);
    if (skipped >= requests.count) return {.count = 0};
    requests.first_sent += requests.interval * static_cast<std::int64_t>(skipped);
    requests.count -= skipped;
  }
  if (requests.first_sent > until_) return {.count = 0};
  if (requests.last_sent() > until_) {
    requests.count =
        static_cast<std::uint64_t>((until_ - requests.first_sent) / requests.interval) + 1;
  }
  return requests;
}

void ClientLog::answered(const Stretch& requests, Duration round_trip) {
  const Stretch part = counted(requests);
  if (part.count == 0) return;
  requests_ += part.count;
  if (open_.lost > 0) {
    open_.next_answer = part.first_sent + round_trip;
    gaps_.push_back(open_);
    open_ = Gap{};
  }
  last_answer_ = part.last_sent() + round_trip;
}

void ClientLog::lost(const Stretch& requests) {
  const Stretch part = counted(requests);
  if (part.count == 0) return;
  requests_ += part.count;
  lost_ += part.count;
  if (open_.lost == 0) {
    open_.last_answer = last_answer_;
    open_.first_lost_sent = part.first_sent;
  }
  open_.last_lost_sent = part.last_sent();
  open_.lost += part.count;
}

void ClientLog::finish(Timeline& timeline) {
  if (open_.lost > 0) gaps_.push_back(open_);
  open_ = Gap{};
  timeline.gaps = gaps_;
  timeline.ending.requests = requests_;
  timeline.ending.lost_requests = lost_;
}

}  // namespace understudy
