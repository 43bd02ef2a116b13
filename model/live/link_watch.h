// SPDX-License-Identifier: MIT
//
// Hears of it when somebody changes the interfaces or addresses of this machine: an administrator,
// a network manager, a cable. It says only that something changed. What is there now has to be
// looked up, which is right even where the kernel had to throw news away, and where several came
// at once.
#pragma once

#include <functional>

#include <boost/asio/io_context.hpp>

#include "understudy/live/readable.h"

namespace understudy::live {

class LinkWatch {
 public:
  // Throws CannotRun if there is no netlink.
  LinkWatch(boost::asio::io_context& loop, std::function<void()> changed);

 private:
  void drain();

  std::function<void()> changed_;
  Readable socket_;
};

}  // namespace understudy::live
