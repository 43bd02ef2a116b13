// SPDX-License-Identifier: MIT
//
// The memory of a server of which the other keeps a copy: Copying, as the daemon's agent uses it.
#pragma once

#include <cstdint>

#include <boost/asio/io_context.hpp>

#include "understudy/copying/copying.h"
#include "understudy/daemon/settings.h"
#include "understudy/live/log.h"
#include "understudy/live/memory.h"

namespace understudy::live {

class CopiedMemory final : public ServerMemory {
 public:
  // May read the whole memory once (copying.h): to be made before the loop runs. Throws
  // copying::CopyFailed if it cannot work at all.
  CopiedMemory(boost::asio::io_context& loop, const DaemonSettings& settings, Log& log,
               CopyEnded ended);

  void start_copy() override { copying_.start_copy(); }
  void stop_copy() override { copying_.stop_copy(); }
  MemoryStamp memory() override { return copying_.memory(); }
  // Waits for the disk: no write of the service's may be there before its term is.
  void serving(Term term) override { copying_.serve(term); }
  void resting() override {}  // the last copy of a switchover comes after it

  // The folder that the service works in.
  [[nodiscard]] std::filesystem::path data() const { return copying_.data(); }
  // Brought here by whole copies since the daemon started.
  [[nodiscard]] std::uint64_t bytes_received() const { return bytes_received_; }

 private:
  std::uint64_t bytes_received_ = 0;
  copying::Copying copying_;
};

}  // namespace understudy::live
