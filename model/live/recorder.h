// SPDX-License-Identifier: MIT
//
// Records how long answers take, as the daemon's own pings would find it: by raw sockets, and by
// the kernel's time of arrival. For `understudy advise`, which says from it how a pair should ping.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "understudy/live/echo.h"
#include "understudy/live/interface.h"

namespace understudy::live {

class Recorder {
 public:
  struct Path {
    std::string interface;
    IpAddress from;
    IpAddress to;
    Duration interval{};
    // An answer that is not there by then is none.
    Duration patience = std::chrono::seconds(10);
  };
  // "1764152345.123456,0.000132": when a ping left, in seconds since 1970, and its round trip in
  // seconds, or `lost`. By the order of sending, as soon as it is known of all before.
  using Row = std::function<void(const std::string&)>;

  // Throws CannotRun.
  Recorder(boost::asio::io_context& loop, const Path& path, Row row);

  // Sends the first ping, and goes on.
  void start();
  // Sends no more; tells what is left, those under way as lost.
  void finish();

 private:
  struct Ping {
    Token token = no_token;
    Time sent{};
    Duration wall{};
    std::optional<Duration> round_trip{};
  };

  void beat();
  void heard(const EchoReply& reply);
  void tell(bool all);

  Path path_;
  Row row_;
  Echo echo_;
  boost::asio::steady_timer timer_;
  std::deque<Ping> pings_;
};

}  // namespace understudy::live
