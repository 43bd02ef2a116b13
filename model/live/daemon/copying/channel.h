// SPDX-License-Identifier: MIT
//
// A connection between the two ends of a copy: frames over TLS, read and written in a thread that
// may wait, each wait with an end. Another thread can stop it at any instant.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include "understudy/copying/framing.h"
#include "understudy/copying/limits.h"
#include "understudy/copying/tls.h"

namespace understudy::copying {

struct Frame {
  FrameType type = FrameType::hello;
  std::vector<std::uint8_t> payload;
};

// All but stop() throw CopyFailed, and then the channel is of no use any more.
class Channel {
 public:
  Channel(const Keys& keys, const Limits& limits);
  ~Channel();
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  void connect(const boost::asio::ip::tcp::endpoint& from,
               const boost::asio::ip::tcp::endpoint& to);
  // Takes a connection over that was accepted elsewhere.
  void accept(boost::asio::ip::tcp protocol, int native_socket);

  void send(FrameType type, Bytes payload = {});
  [[nodiscard]] Frame receive(std::chrono::milliseconds patience);
  // Of this type, or it throws: what the peer said instead, if it refused.
  [[nodiscard]] Frame expect(FrameType type, std::chrono::milliseconds patience);

  // From any thread.
  void stop();
  // Throws if it was stopped: to be asked by whoever works without the network.
  void go_on() const;

  // With the heads of frames, without what TLS adds.
  [[nodiscard]] std::uint64_t sent() const { return sent_; }
  [[nodiscard]] std::uint64_t received() const { return received_; }

 private:
  using Clock = std::chrono::steady_clock;
  using Done = std::function<void(boost::system::error_code)>;

  void await(std::chrono::milliseconds patience, const char* what,
             const std::function<void(Done)>& start);
  void read(std::uint8_t* to, std::size_t size, std::chrono::milliseconds patience);

  Limits limits_;
  Clock::time_point end_;  // of the whole copy
  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  boost::asio::ssl::context tls_;
  boost::asio::ssl::stream<boost::asio::ip::tcp::socket> stream_;
  std::atomic<bool> stopped_ = false;
  std::vector<std::uint8_t> outgoing_;
  std::uint64_t sent_ = 0;
  std::uint64_t received_ = 0;
};

}  // namespace understudy::copying
