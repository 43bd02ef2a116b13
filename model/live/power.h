// SPDX-License-Identifier: MIT
//
// The power channel of a real server: whatever carries out the orders of the port Power, and
// reports, from the loop and never from within order(), what became of each.
#pragma once

#include <functional>

#include <boost/asio/io_context.hpp>

#include "understudy/failover/ports.h"

namespace understudy::live {

using PowerReport = std::function<void(const FenceReport&)>;

// There is none: every order is refused.
class NoPower final : public Power {
 public:
  NoPower(boost::asio::io_context& loop, PowerReport report);
  void order(PowerOrder order, Token token) override;

 private:
  boost::asio::io_context& loop_;
  PowerReport report_;
};

}  // namespace understudy::live
