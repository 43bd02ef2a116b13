// SPDX-License-Identifier: MIT
//
// The power channel of a real server: whatever carries out the orders of the port Power, and
// reports, from the loop and never from within order(), what became of each.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "understudy/failover/ports.h"
#include "understudy/live/command.h"

namespace understudy::live {

using PowerReport = std::function<void(const FenceReport&)>;
// One line for the log: what went wrong with an order.
using PowerLog = std::function<void(const std::string&)>;

// There is none: every order is refused.
class NoPower final : public Power {
 public:
  NoPower(boost::asio::io_context& loop, PowerReport report);
  void order(PowerOrder order, Token token) override;

 private:
  boost::asio::io_context& loop_;
  PowerReport report_;
};

// A program of the operator's, started for each order with the line `action=off`, `action=on` or
// `action=reboot` as its standard input (as the `fence_*` programs of clusters are, which read
// their options there). Exit code 0 says that it is done: `off` and `reboot` are reported as off,
// `on` as on. Anything else, and no end within `limit`, is reported as refused. A newer order kills
// the program that works on the older, which is not reported.
class PowerCommand final : public Power {
 public:
  PowerCommand(boost::asio::io_context& loop, Command command, PowerReport report, PowerLog log);
  void order(PowerOrder order, Token token) override;

 private:
  void ended(PowerOrder order, Token token, const CommandEnd& end);

  boost::asio::io_context& loop_;
  Command command_;
  PowerReport report_;
  PowerLog log_;
  std::unique_ptr<CommandRun> run_;
};

}  // namespace understudy::live
