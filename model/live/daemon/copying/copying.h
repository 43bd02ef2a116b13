// SPDX-License-Identifier: MIT
//
// The memory of a real server, as the port Memory asks for it: the store, the receiver that brings
// the other server's memory here, and the server that sends ours. The daemon tells it
// when the service begins to write: serve().
//
// What `version` counts, and what is lost by definition. A version is a state in which a snapshot
// found the memory, and snapshots are taken when the other server copies and when this object is
// made. So
// - what was written since the last copy, and is on the disk, makes this server's memory the newer
//   one after a power cut of both (the snapshot at the start finds it), but
// - what a server wrote since the last copy is lost if the other takes over: that is what
// `copy_every`
//   bounds, and its memory then has the lower term;
// - with a command as the source, nothing is known at the start but the last output that was
// copied.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "understudy/copying/receiver.h"
#include "understudy/copying/server.h"
#include "understudy/copying/snapshot.h"
#include "understudy/copying/store.h"
#include "understudy/failover/ports.h"

namespace understudy::copying {

struct CopyingConfig {
  std::filesystem::path folder;  // of the store
  MemorySource source;
  Keys keys;
  boost::asio::ip::tcp::endpoint here;  // the server's own address, and where it listens
  boost::asio::ip::tcp::endpoint peer;
  Limits limits{};
};

class Copying final : public Memory {
 public:
  // If this server was the last that wrote, reads the whole memory once, to see whether it did so
  // since its last copy: to be made before the loop runs. Throws CopyFailed if it cannot work at
  // all. `copied` comes from the loop, never within a call.
  Copying(boost::asio::io_context& loop, const CopyingConfig& config, Receiver::Copied copied,
          const Log& log);

  void start_copy() override { receiver_.start(); }
  void stop_copy() override { receiver_.stop(); }
  MemoryStamp memory() override { return store_.state().stamp; }

  // Before the service begins to write with this term. On return the term is safe on the disk.
  // That the service rests again need not be told: the last copy of a switchover comes after it.
  void serve(Term term) { store_.set_term(term); }

  // The folder that the service works in (or, with a command, starts from), while it serves.
  [[nodiscard]] std::filesystem::path data() const { return store_.folder() / "current" / "data"; }
  [[nodiscard]] boost::asio::ip::tcp::endpoint endpoint() const { return server_.endpoint(); }
  void set_peer(const boost::asio::ip::tcp::endpoint& peer) { receiver_.set_peer(peer); }

 private:
  Store store_;
  Freezer freezer_;
  Server server_;
  Receiver receiver_;
};

}  // namespace understudy::copying
