// SPDX-License-Identifier: MIT
#include "understudy/daemon/control.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <istream>
#include <system_error>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>

#include "understudy/live/cannot_run.h"

namespace understudy::live {
namespace {

using boost::asio::local::stream_protocol;

// Who asks and then says nothing, or too much, is not waited for.
constexpr std::size_t longest_line = 4096;
constexpr std::chrono::seconds patience{10};
// Anybody may ask, but not take all descriptors that the fence agent will need. The operator finds
// room all the same.
constexpr std::size_t most_sessions = 32;
// A daemon answers within its loop; one that does not for so long is what the watchdog ends, too.
constexpr std::chrono::seconds answer_wait{5};

Caller who_is(stream_protocol::socket& socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0) {
    return Caller::anybody;
  }
  return peer.uid == 0 || peer.uid == geteuid() ? Caller::operator_ : Caller::anybody;
}

stream_protocol::acceptor listen_at(boost::asio::io_context& loop,
                                    const std::filesystem::path& path) {
  std::error_code ignored;
  std::filesystem::create_directories(path.parent_path(), ignored);
  boost::system::error_code error;
  stream_protocol::socket other(loop);
  other.connect(path.string(), error);
  if (!error) {
    throw CannotRun("another understudyd listens at " + path.string() +
                    "; end it, or set daemon.socket to another path");
  }
  if (std::filesystem::is_socket(path, ignored)) std::filesystem::remove(path, ignored);
  stream_protocol::acceptor acceptor(loop);
  acceptor.open();
  acceptor.bind(path.string(), error);
  if (error) {
    throw CannotRun("cannot listen at " + path.string() + " (" + error.message() +
                    "); set daemon.socket to a path in a folder of this daemon");
  }
  chmod(path.c_str(), 0666);
  acceptor.listen();
  return acceptor;
}

}  // namespace

std::string command_in(const std::string& line) {
  const auto request = nlohmann::json::parse(line, nullptr, false);
  if (!request.is_object() || !request.contains("command") || !request["command"].is_string()) {
    return {};
  }
  return request["command"].get<std::string>();
}

class Control::Session : public std::enable_shared_from_this<Session> {
 public:
  Session(stream_protocol::socket socket, std::shared_ptr<Shared> shared)
      : socket_(std::move(socket)),
        caller_(who_is(socket_)),
        shared_(std::move(shared)),
        patience_(socket_.get_executor()) {
    ++shared_->sessions;
  }
  ~Session() { --shared_->sessions; }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  [[nodiscard]] bool is_one_too_many() const {
    return caller_ == Caller::anybody && shared_->sessions > most_sessions;
  }

  void read() {
    patience_.expires_after(patience);
    patience_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
      boost::system::error_code ignored;
      if (!error) self->socket_.close(ignored);
    });
    boost::asio::async_read_until(
        socket_, input_, '\n',
        [self = shared_from_this()](const boost::system::error_code& error, std::size_t) {
          if (error) return self->end();
          self->reply();
        });
  }

 private:
  void reply() {
    std::istream stream(&input_);
    std::string line;
    std::getline(stream, line);
    output_ = shared_->answer(command_in(line), caller_).dump() + "\n";
    boost::asio::async_write(
        socket_, boost::asio::buffer(output_),
        [self = shared_from_this()](const boost::system::error_code& error, std::size_t) {
          if (error) return self->end();
          self->read();
        });
  }
  void end() { patience_.cancel(); }

  stream_protocol::socket socket_;
  Caller caller_;
  std::shared_ptr<Shared> shared_;
  boost::asio::steady_timer patience_;
  boost::asio::streambuf input_{longest_line};
  std::string output_;
};

Control::Control(boost::asio::io_context& loop, const std::filesystem::path& path, Answer answer)
    : path_(path),
      acceptor_(listen_at(loop, path)),
      shared_(std::make_shared<Shared>(Shared{.answer = std::move(answer)})) {
  accept();
}

Control::~Control() {
  std::error_code ignored;
  std::filesystem::remove(path_, ignored);
}

void Control::accept() {
  acceptor_.async_accept(
      [this](const boost::system::error_code& error, stream_protocol::socket socket) {
        if (error == boost::asio::error::operation_aborted) return;
        if (!error) {
          const auto session = std::make_shared<Session>(std::move(socket), shared_);
          if (!session->is_one_too_many()) session->read();
        }
        accept();
      });
}

nlohmann::json ask(const std::filesystem::path& path, const std::string& command) {
  boost::asio::io_context loop;
  stream_protocol::socket socket(loop);
  boost::system::error_code error;
  try {
    socket.connect(path.string(), error);
  } catch (const boost::system::system_error& too_long) {
    error = too_long.code();
  }
  if (error) {
    throw CannotRun("no understudyd answers at " + path.string() + " (" + error.message() +
                    "); start it, or name its socket with --socket");
  }
  const std::string line = nlohmann::json{{"command", command}}.dump() + "\n";
  boost::asio::write(socket, boost::asio::buffer(line), error);
  boost::asio::streambuf input;
  bool ended = false;
  boost::asio::async_read_until(
      socket, input, '\n', [&](const boost::system::error_code&, std::size_t) { ended = true; });
  loop.run_for(answer_wait);
  if (!ended) {
    throw CannotRun("understudyd at " + path.string() + " has not answered for " +
                    std::to_string(answer_wait.count()) +
                    " s: it hangs or was stopped; continue it (SIGCONT), or start it again");
  }
  std::istream stream(&input);
  std::string answer;
  std::getline(stream, answer);
  auto parsed = nlohmann::json::parse(answer, nullptr, false);
  if (!parsed.is_object()) {
    throw CannotRun("understudyd at " + path.string() + " gave no answer; look at its journal");
  }
  return parsed;
}

}  // namespace understudy::live
