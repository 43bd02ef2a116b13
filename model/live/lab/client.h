// SPDX-License-Identifier: MIT
//
// The client of the lab: asks the service at the primary address at a fixed rate, whatever comes of
// it, and tells of each request in the order of sending. Request k leaves at zero + k · interval.
// It is sent when the kernel is asked to send it, and answered when the kernel gets the answer,
// however late this process hears of either.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>

#include "understudy/lab/addresses.h"
#include "understudy/lab/host_network.h"
#include "understudy/lab/loop.h"
#include "understudy/scenario/scenario.h"

namespace understudy::lab {

class Client {
 public:
  // Instants of the boot clock. None: it was not answered in time.
  using Told = std::function<void(Time sent, std::optional<Time> answered)>;

  Client(Loop& loop, const Addresses& addresses, const HostNetwork& network,
         const ServiceLoad& load, Told told);

  // Asks from then on, and until then.
  void ask_between(Time zero, Time end);

 private:
  struct Request {
    Time sent{};
    std::optional<Time> answered;
  };

  void ask();
  void listen();
  void settle();

  Loop& loop_;
  ServiceLoad load_;
  SocketName to_;
  Told told_;
  live::Descriptor socket_;
  Time zero_{};
  Time end_{};
  std::uint64_t next_ = 0;   // to be sent
  std::uint64_t first_ = 0;  // of those that are open
  std::deque<Request> open_;
};

}  // namespace understudy::lab
