// SPDX-License-Identifier: MIT
//
// Serves the memory of this server to the other one. Each connection has a thread, of which there
// are few, and until it has shown the peer's certificate nothing is done for it. The peer copies
// once at a time: its newest connection ends the one before.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "understudy/copying/channel.h"
#include "understudy/copying/receiver.h"
#include "understudy/copying/snapshot.h"

namespace understudy::copying {

// The primary's side of one copy, over a channel that has shown who is there. Throws CopyFailed.
class Transmission {
 public:
  Transmission(Freezer& freezer, const Limits& limits, Channel& channel);
  void run(const std::function<Snapshot()>& snapshot);

 private:
  void send_manifest(const Manifest& manifest);
  void send_file(const Manifest& manifest, const Want& want);
  [[nodiscard]] std::vector<std::uint8_t> receive_signature(std::uint64_t size);

  Freezer& freezer_;
  Limits limits_;
  Channel& channel_;
};

struct ServerConfig {
  Keys keys;
  boost::asio::ip::tcp::endpoint here;  // port 0: one that is free
  // Connections from elsewhere are closed at once, before any certificate.
  std::optional<boost::asio::ip::address> peer;
  Limits limits;
};

class Server {
 public:
  // Throws CopyFailed if it cannot listen.
  Server(boost::asio::io_context& loop, Freezer& freezer, ServerConfig config, Log log);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  [[nodiscard]] boost::asio::ip::tcp::endpoint endpoint() const;

 private:
  struct Session;
  static constexpr std::size_t greatest_sessions = 8;

  void accept();
  void open_session(boost::asio::ip::tcp::socket socket);
  void run(Session& session);
  void serve(Session& session);
  void stop_others(const Session& session);
  void close_session(const Session& session);

  boost::asio::io_context& loop_;
  Freezer& freezer_;
  ServerConfig config_;
  Log log_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // for what is posted to the loop
  boost::asio::ip::tcp::acceptor acceptor_;
  std::mutex list_;     // of the sessions
  std::mutex copying_;  // held by the one session that uses the freezer
  std::list<std::unique_ptr<Session>> sessions_;
};

}  // namespace understudy::copying
