// SPDX-License-Identifier: MIT
//
// Turns what became of a client's requests into gaps. A substrate tells it each request, in the
// order of sending, or whole stretches of requests of one fate.
#pragma once

#include <cstdint>
#include <vector>

#include "understudy/failover/time.h"
#include "understudy/outcome/timeline.h"

namespace understudy {

class ClientLog {
 public:
  // Requests sent before this are not counted: nobody was the primary yet.
  void count_from(Time first_primary) { from_ = first_primary; }
  // Nor are those sent after this: the run ends before their time is over.
  void count_until(Time last) { until_ = last; }

  struct Stretch {
    Time first_sent{};
    Duration interval{};      // between two of them
    std::uint64_t count = 1;  // at least 1
    [[nodiscard]] Time last_sent() const {
      return first_sent + interval * static_cast<std::int64_t>(count - 1);
    }
  };
  // All of these were answered, each after the same round trip.
  void answered(const Stretch& requests, Duration round_trip);
  // None of these was answered in time.
  void lost(const Stretch& requests);

  // The run is over: an open gap is closed as lasting to the end.
  void finish(Timeline& timeline);

  bool operator==(const ClientLog&) const = default;

 private:
  // The part of a stretch that counts; its count may become 0.
  [[nodiscard]] Stretch counted(Stretch requests) const;

  Time from_ = never;
  Time until_ = never;
  Time last_answer_ = never;
  Gap open_{};
  std::uint64_t requests_ = 0;
  std::uint64_t lost_ = 0;
  std::vector<Gap> gaps_;
};

}  // namespace understudy
