// SPDX-License-Identifier: MIT
//
// How an operator talks to the daemon: a Unix stream socket, one JSON object a line each way.
//
//   {"command": "status"}        ->  {"ok": true, "role": "monitor", ...}
//   {"command": "switchover"}    ->  {"ok": false, "error": "this server is the monitor; ..."}
//
// Anybody on the machine may ask how it is; only root and the daemon's own user may change anything
// (the kernel says who is asking, SO_PEERCRED).
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <nlohmann/json.hpp>

namespace understudy::live {

enum class Caller : std::uint8_t { operator_, anybody };

class Control {
 public:
  using Answer = std::function<nlohmann::json(const std::string& command, Caller caller)>;

  // Throws CannotRun if another daemon listens there. A socket that nobody listens to is replaced.
  Control(boost::asio::io_context& loop, const std::filesystem::path& path, Answer answer);
  // Removes the socket.
  ~Control();
  Control(const Control&) = delete;
  Control& operator=(const Control&) = delete;

 private:
  class Session;
  struct Shared {
    Answer answer;
    std::size_t sessions = 0;
  };
  void accept();

  std::filesystem::path path_;
  boost::asio::local::stream_protocol::acceptor acceptor_;
  std::shared_ptr<Shared> shared_;  // with its sessions
};

// What a line asks for; empty: it is no request.
[[nodiscard]] std::string command_in(const std::string& line);

// The other end: one command, one answer. Throws CannotRun if there is no daemon, or one that
// hangs.
[[nodiscard]] nlohmann::json ask(const std::filesystem::path& path, const std::string& command);

}  // namespace understudy::live
