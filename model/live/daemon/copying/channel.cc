// SPDX-License-Identifier: MIT
#include "understudy/copying/channel.h"

#include <algorithm>
#include <optional>
#include <string>

#include <boost/asio/buffer.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include "understudy/copying/failure.h"

namespace understudy::copying {

namespace asio = boost::asio;
using asio::ip::tcp;

Channel::Channel(const Keys& keys, const Limits& limits)
    : limits_(limits),
      end_(Clock::now() + limits.copy),
      work_(asio::make_work_guard(io_)),
      tls_(make_context(keys)),
      stream_(io_, tls_) {}

// Operations that were given up are destroyed with io_, not run.
Channel::~Channel() = default;

void Channel::await(std::chrono::milliseconds patience, const char* what,
                    const std::function<void(Done)>& start) {
  std::optional<boost::system::error_code> result;
  go_on();
  start([&result](boost::system::error_code error) { result = error; });
  const Clock::time_point end = std::min(end_, Clock::now() + patience);
  while (!result) {
    const bool ran = io_.run_one_until(end) > 0;
    go_on();
    if (!ran && !result) throw CopyFailed(std::string(what) + ": it takes too long");
  }
  if (*result) throw CopyFailed(std::string(what) + ": " + result->message());
}

void Channel::connect(const tcp::endpoint& from, const tcp::endpoint& to) {
  tcp::socket& socket = stream_.next_layer();
  boost::system::error_code error;
  socket.open(to.protocol(), error);
  if (!error) socket.bind(from, error);
  if (error) throw CopyFailed("cannot connect: " + error.message());
  await(limits_.handshake, "cannot connect",
        [&](const Done& done) { socket.async_connect(to, done); });
  socket.set_option(tcp::no_delay(true));
  await(limits_.handshake, "no handshake",
        [&](const Done& done) { stream_.async_handshake(asio::ssl::stream_base::client, done); });
}

void Channel::accept(tcp protocol, int native_socket) {
  stream_.next_layer().assign(protocol, native_socket);
  stream_.next_layer().set_option(tcp::no_delay(true));
  await(limits_.handshake, "no handshake",
        [&](const Done& done) { stream_.async_handshake(asio::ssl::stream_base::server, done); });
}

void Channel::send(FrameType type, Bytes payload) {
  const auto head =
      encode(FrameHead{.type = type, .length = static_cast<std::uint32_t>(payload.size())});
  outgoing_.assign(head.begin(), head.end());
  outgoing_.insert(outgoing_.end(), payload.begin(), payload.end());
  await(limits_.silence, "cannot send", [&](const Done& done) {
    asio::async_write(stream_, asio::buffer(outgoing_),
                      [done](boost::system::error_code error, std::size_t) { done(error); });
  });
  sent_ += outgoing_.size();
}

void Channel::read(std::uint8_t* to, std::size_t size, std::chrono::milliseconds patience) {
  await(patience, "nothing received", [&](const Done& done) {
    asio::async_read(stream_, asio::buffer(to, size),
                     [done](boost::system::error_code error, std::size_t) { done(error); });
  });
  received_ += size;
}

Frame Channel::receive(std::chrono::milliseconds patience) {
  std::array<std::uint8_t, FrameHead::size> bytes{};
  read(bytes.data(), bytes.size(), patience);
  const FrameHead head = decode_head(bytes);
  Frame frame{.type = head.type, .payload = std::vector<std::uint8_t>(head.length)};
  if (head.length > 0) read(frame.payload.data(), frame.payload.size(), limits_.silence);
  return frame;
}

Frame Channel::expect(FrameType type, std::chrono::milliseconds patience) {
  Frame frame = receive(patience);
  if (frame.type == FrameType::refusal) {
    std::string reason(frame.payload.begin(), frame.payload.end());
    std::ranges::replace_if(
        reason, [](unsigned char c) { return c < ' ' || c == 0x7f; }, '?');
    throw CopyFailed("the peer refuses: " + reason.substr(0, 500));
  }
  if (frame.type != type) throw CopyFailed("the peer sends something that it is not asked for");
  return frame;
}

void Channel::stop() {
  stopped_ = true;
  io_.stop();
}

void Channel::go_on() const {
  if (stopped_) throw CopyFailed("it was stopped");
}

}  // namespace understudy::copying
