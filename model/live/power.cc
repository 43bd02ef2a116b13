// SPDX-License-Identifier: MIT
#include "understudy/live/power.h"

#include <string_view>
#include <utility>

#include <boost/asio/post.hpp>

namespace understudy::live {
namespace {

std::string_view action(PowerOrder order) {
  switch (order) {
    case PowerOrder::off: return "off";
    case PowerOrder::on: return "on";
    case PowerOrder::reboot: return "reboot";
  }
  return "?";
}

}  // namespace

NoPower::NoPower(boost::asio::io_context& loop, PowerReport report)
    : loop_(loop), report_(std::move(report)) {}

void NoPower::order(PowerOrder /*order*/, Token token) {
  boost::asio::post(loop_,
                    [this, token] { report_({.token = token, .result = FenceResult::refused}); });
}

PowerCommand::PowerCommand(boost::asio::io_context& loop, Command command, PowerReport report,
                           PowerLog log)
    : loop_(loop), command_(std::move(command)), report_(std::move(report)), log_(std::move(log)) {}

void PowerCommand::order(PowerOrder order, Token token) {
  run_.reset();  // the older one first: the device must not hear it after the newer
  Command command = command_;
  command.input = "action=" + std::string(action(order)) + "\n";
  run_ = std::make_unique<CommandRun>(
      loop_, command, [this, order, token](const CommandEnd& end) { ended(order, token, end); });
}

void PowerCommand::ended(PowerOrder order, Token token, const CommandEnd& end) {
  if (!end.well) {
    log_("power.command, action=" + std::string(action(order)) + ": " + end.reason);
    return report_({.token = token, .result = FenceResult::refused});
  }
  report_({.token = token, .result = order == PowerOrder::on ? FenceResult::on : FenceResult::off});
}

}  // namespace understudy::live
