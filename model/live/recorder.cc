// SPDX-License-Identifier: MIT
#include "understudy/live/recorder.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

#include "understudy/live/boot_clock.h"
#include "understudy/live/random.h"

namespace understudy::live {
namespace {

std::string seconds(Duration span, int digits) {
  std::array<char, 48> text{};
  const double value = std::chrono::duration<double>(span).count();
  const int size = std::snprintf(text.data(), text.size(), "%.*f", digits, value);
  return {text.data(), static_cast<std::size_t>(size)};
}

}  // namespace

Recorder::Recorder(boost::asio::io_context& loop, const Path& path, Row row)
    : path_(path),
      row_(std::move(row)),
      echo_(loop, find_interface(path.interface), path.from,
            [this](const EchoReply& reply) { heard(reply); }),
      timer_(loop) {}

void Recorder::start() {
  timer_.expires_after(Duration::zero());
  beat();
}

void Recorder::finish() {
  timer_.cancel();
  echo_.drain();
  tell(true);
}

void Recorder::beat() {
  echo_.drain();
  tell(false);
  pings_.push_back({.token = random_number(), .sent = boot_now(), .wall = wall_now()});
  echo_.send(path_.to, pings_.back().token);
  // By the beat, not by the ping: what is late once does not stay late.
  timer_.expires_at(
      std::max(timer_.expiry() + path_.interval, boost::asio::steady_timer::clock_type::now()));
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) beat();
  });
}

void Recorder::heard(const EchoReply& reply) {
  const auto ping = std::ranges::find(pings_, reply.token, &Ping::token);
  if (ping == pings_.end() || ping->round_trip || reply.from != path_.to) return;
  ping->round_trip = std::max(reply.received - ping->sent, Duration::zero());
  tell(false);
}

void Recorder::tell(bool all) {
  const Time now = boot_now();
  while (!pings_.empty()) {
    const Ping& ping = pings_.front();
    if (!all && !ping.round_trip && now - ping.sent < path_.patience) return;
    row_(seconds(ping.wall, 6) + "," + (ping.round_trip ? seconds(*ping.round_trip, 9) : "lost"));
    pings_.pop_front();
  }
}

}  // namespace understudy::live
