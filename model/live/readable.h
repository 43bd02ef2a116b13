// SPDX-License-Identifier: MIT
//
// A descriptor that calls whenever there is something to read from it, from the loop, until it is
// destroyed. What the call does not read makes it be called again.
#pragma once

#include <functional>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include "understudy/live/descriptor.h"

namespace understudy::live {

class Readable {
 public:
  Readable(boost::asio::io_context& loop, Descriptor descriptor, std::function<void()> call)
      : stream_(loop, descriptor.release()), call_(std::move(call)) {
    wait();
  }
  Readable(const Readable&) = delete;
  Readable& operator=(const Readable&) = delete;

  [[nodiscard]] int number() { return stream_.native_handle(); }

 private:
  // The memory of one wait is that of the one before it: Asio keeps it for the next.
  void wait() {
    stream_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                       [this](const boost::system::error_code& error) {
                         if (error) return;  // destroyed meanwhile: there is no `this` any more
                         wait();
                         call_();
                       });
  }

  boost::asio::posix::stream_descriptor stream_;
  std::function<void()> call_;
};

}  // namespace understudy::live
