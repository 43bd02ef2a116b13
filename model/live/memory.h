// SPDX-License-Identifier: MIT
//
// The memory of a real server, which the monitor keeps a copy of: the port Memory, and what the
// memory must know of the service. Its copies end in `CopyEnded`, from the loop and never from
// within start_copy().
#pragma once

#include <functional>

#include <boost/asio/io_context.hpp>

#include "understudy/failover/ports.h"

namespace understudy::live {

using CopyEnded = std::function<void(CopyResult)>;

class ServerMemory : public Memory {
 public:
  virtual ~ServerMemory() = default;
  ServerMemory(const ServerMemory&) = delete;
  ServerMemory& operator=(const ServerMemory&) = delete;

  // Writes are accepted from now on, and carry this term; or are no longer.
  virtual void serving(Term term) = 0;
  virtual void resting() = 0;

 protected:
  ServerMemory() = default;
};

// A pair that shares no memory. There is nothing to copy, so a copy is whole at once: a switchover,
// which wants a last one, goes through.
class NoMemory final : public ServerMemory {
 public:
  NoMemory(boost::asio::io_context& loop, CopyEnded ended);
  void start_copy() override;
  void stop_copy() override;
  MemoryStamp memory() override { return {}; }
  void serving(Term /*term*/) override {}
  void resting() override {}

 private:
  boost::asio::io_context& loop_;
  CopyEnded ended_;
  std::uint64_t copy_ = 0;  // the latest that was started or stopped
};

}  // namespace understudy::live
