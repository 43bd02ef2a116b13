// SPDX-License-Identifier: MIT
#include "understudy/live/power.h"

#include <utility>

#include <boost/asio/post.hpp>

namespace understudy::live {
NoPower::NoPower(boost::asio::io_context& loop, PowerReport report)
    : loop_(loop), report_(std::move(report)) {}

void NoPower::order(PowerOrder /*order*/, Token token) {
  boost::asio::post(loop_,
                    [this, token] { report_({.token = token, .result = FenceResult::refused}); });
}

}  // namespace understudy::live
