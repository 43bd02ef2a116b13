// SPDX-License-Identifier: MIT
//
// Sends signals and hears their answers, on a raw socket.
//
// An answer counts by when it reached this machine: the kernel stamps it on arrival, however late
// the daemon gets to read it. It is believed if it comes from the address that was asked, carries
// this socket's random identifier, and a token; whether the token is the right one the agent knows.
#pragma once

#include <cstdint>
#include <functional>

#include <boost/asio/io_context.hpp>

#include "understudy/live/echo_packet.h"
#include "understudy/live/interface.h"
#include "understudy/live/readable.h"

namespace understudy::live {

struct EchoReply {
  IpAddress from;
  Token token = no_token;
  Time received;
};

class Echo {
 public:
  using Heard = std::function<void(const EchoReply&)>;

  // Throws CannotRun: raw sockets need CAP_NET_RAW.
  Echo(boost::asio::io_context& loop, const Interface& interface, const IpAddress& own,
       Heard heard);

  // What cannot be sent is lost, as on a wire.
  void send(const IpAddress& to, Token token);

  // Hears what has arrived but not been read: before silence is judged.
  void drain();

 private:
  bool read_one();

  int interface_;
  IpFamily family_;
  std::uint16_t identifier_;
  std::uint16_t sequence_ = 0;
  Heard heard_;
  Readable socket_;
};

}  // namespace understudy::live
