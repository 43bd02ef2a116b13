// SPDX-License-Identifier: MIT
//
// The client of the virtual world: asks the primary address at a fixed rate and waits a fixed time.
//
// It costs no events. Between two changes of the world all requests fare alike, so the world tells
// it before each change (`settle`), and it then judges all requests since the last one at once. The
// outcome is what request-by-request simulation would give: a request is answered if the server
// that the client believes to have the address serves at the instant that the request gets there,
// and the answer is back in time. At a server that is paused it waits for the thaw.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "understudy/failover/time.h"
#include "understudy/outcome/client_log.h"
#include "understudy/scenario/scenario.h"
#include "understudy/virtual_time/links.h"

namespace understudy {

class VirtualClient {
 public:
  VirtualClient() = default;
  // A client that asks from 0 until `end`, at which the run stops.
  VirtualClient(const ServiceLoad& load, Time end);

  // What requests meet with, constant until the next settle().
  struct Service {
    std::optional<ServerId> believed;  // to have the primary address; none: whoever serves
    std::array<bool, 2> serving{};
    std::array<bool, 2> paused{};  // would serve, once it runs again
  };
  // Judges all requests that are sent, or arrive at a server, up to now.
  void settle(Time now, const Service& service, VirtualLinks& links);

  void first_primary(Time now) { log_.count_from(now); }
  void finish(Timeline& timeline);

  bool operator==(const VirtualClient&) const = default;

 private:
  struct Request {
    Time sent{};
    Time arrival = never;                // at the server; never: lost on the way
    std::optional<ServerId> target;      // whom it travels to; none: whoever serves when it arrives
    std::optional<Duration> round_trip;  // of the answer, if it comes in time
    bool judged = false;
    bool operator==(const Request&) const = default;
  };
  void send(Time sent, const Service& service, VirtualLinks& links);
  void settle_stretch(Time now, const Service& service, const VirtualLinks& links);
  void meet_arrived(Time until, const Service& service, VirtualLinks& links);
  [[nodiscard]] bool waits(const Request& request, Time now, const Service& service) const;
  void meet(Request& request, const Service& service, VirtualLinks& links) const;
  void log_judged();

  bool enabled_ = false;
  Duration interval_{};
  Duration timeout_{};
  Time next_send_{};
  ClientLog log_{};
  std::vector<Request> under_way_;  // by time of sending
};

}  // namespace understudy
