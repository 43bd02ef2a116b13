// SPDX-License-Identifier: MIT
#include "understudy/copying/server.h"

#include <algorithm>
#include <utility>

#include <boost/asio/post.hpp>

#include "understudy/copying/delta.h"
#include "understudy/copying/failure.h"

namespace understudy::copying {

namespace asio = boost::asio;
using asio::ip::tcp;

// ---- one copy -----------------------------------------------------------------------------------

Transmission::Transmission(Freezer& freezer, const Limits& limits, Channel& channel)
    : freezer_(freezer), limits_(limits), channel_(channel) {}

void Transmission::run(const std::function<Snapshot()>& take) {
  static_cast<void>(decode_hello(channel_.expect(FrameType::hello, limits_.silence).payload));
  std::optional<Snapshot> snapshot;
  try {
    snapshot = take();
  } catch (const std::exception& failure) {
    const std::string reason = std::string(failure.what()).substr(0, 500);
    channel_.send(FrameType::refusal,
                  {reinterpret_cast<const std::uint8_t*>(reason.data()), reason.size()});
    throw;
  }
  const Manifest& manifest = snapshot->manifest;
  channel_.send(FrameType::offer, encode(Offer{.stamp = snapshot->state.stamp,
                                               .digest = snapshot->state.digest,
                                               .entries = manifest.entries().size(),
                                               .bytes = manifest.bytes()}));
  // The other end may be busy with its disk for long: the end of the whole copy bounds it.
  for (Frame frame = channel_.receive(limits_.copy); frame.type != FrameType::done;
       frame = channel_.receive(limits_.copy)) {
    if (frame.type == FrameType::go_on) {
      send_manifest(manifest);
    } else if (frame.type == FrameType::want) {
      send_file(manifest, decode_want(frame.payload));
    } else {
      throw CopyFailed("the peer sends something that it is not asked for");
    }
  }
}

void Transmission::send_manifest(const Manifest& manifest) {
  // An entry has at most two paths of 4000 bytes, and some numbers.
  constexpr std::size_t full = greatest_payload - 10'000;
  Writer writer;
  for (const Entry& entry : manifest.entries()) {
    encode(writer, entry);
    if (writer.bytes().size() < full) continue;
    channel_.send(FrameType::entries, writer.bytes());
    writer.clear();
  }
  if (!writer.bytes().empty()) channel_.send(FrameType::entries, writer.bytes());
  channel_.send(FrameType::end);
}

std::vector<std::uint8_t> Transmission::receive_signature(std::uint64_t size) {
  if (size > limits_.signature) throw CopyFailed("the peer sends too long a signature");
  std::vector<std::uint8_t> signature;
  while (signature.size() < size) {
    const Frame frame = channel_.expect(FrameType::bytes, limits_.silence);
    if (frame.payload.empty() || frame.payload.size() > size - signature.size()) {
      throw CopyFailed("the peer sends another signature than it said");
    }
    signature.insert(signature.end(), frame.payload.begin(), frame.payload.end());
  }
  if (size > 0) check_signature(signature);
  return signature;
}

void Transmission::send_file(const Manifest& manifest, const Want& want) {
  if (want.entry >= manifest.entries().size() ||
      manifest.entries()[want.entry].kind != Entry::Kind::file) {
    throw CopyFailed("the peer wants a file that there is not");
  }
  const std::vector<std::uint8_t> signature = receive_signature(want.signature_size);
  const Descriptor file = freezer_.open(manifest.entries()[want.entry]);
  channel_.send(FrameType::bytes);  // that it is at work; the first byte of a delta may be far
  auto spoke = std::chrono::steady_clock::now();
  const auto send = [&](Bytes bytes) {
    channel_.send(FrameType::bytes, bytes);
    spoke = std::chrono::steady_clock::now();
  };
  const auto read = [&](std::span<std::uint8_t> buffer) {
    if (std::chrono::steady_clock::now() - spoke > limits_.silence / 4) send({});
    channel_.go_on();
    return read_some(file, buffer);
  };
  if (want.signature_size > 0) {
    make_delta(signature, read, send);
  } else {
    std::vector<std::uint8_t> buffer(greatest_payload);
    while (const std::size_t size = read(buffer)) send({buffer.data(), size});
  }
  channel_.send(FrameType::end);
}

// ---- who comes ----------------------------------------------------------------------------------

struct Server::Session {
  Descriptor socket;
  std::unique_ptr<Channel> channel;
  std::thread thread{};
};

Server::Server(asio::io_context& loop, Freezer& freezer, ServerConfig config, Log log)
    : loop_(loop),
      freezer_(freezer),
      config_(std::move(config)),
      log_(std::move(log)),
      acceptor_(loop) {
  check(config_.keys);
  try {
    acceptor_.open(config_.here.protocol());
    acceptor_.set_option(tcp::acceptor::reuse_address(true));
    acceptor_.bind(config_.here);
    acceptor_.listen();
  } catch (const boost::system::system_error& error) {
    throw CopyFailed("cannot listen for copies: " + error.code().message());
  }
  accept();
}

Server::~Server() {
  *alive_ = false;
  boost::system::error_code ignored;
  acceptor_.close(ignored);
  for (const auto& session : sessions_) session->channel->stop();
  for (const auto& session : sessions_) session->thread.join();
}

tcp::endpoint Server::endpoint() const { return acceptor_.local_endpoint(); }

void Server::accept() {
  acceptor_.async_accept(
      [this, alive = alive_](boost::system::error_code error, tcp::socket socket) {
        if (!*alive || error == asio::error::operation_aborted) return;
        if (!error) open_session(std::move(socket));
        accept();
      });
}

void Server::open_session(tcp::socket socket) {
  boost::system::error_code error;
  const tcp::endpoint from = socket.remote_endpoint(error);
  if (error || (config_.peer && from.address() != *config_.peer)) return;
  const std::lock_guard lock(list_);
  if (sessions_.size() >= greatest_sessions) return;
  try {
    sessions_.push_back(std::make_unique<Session>(
        Session{.socket = Descriptor(socket.release()),
                .channel = std::make_unique<Channel>(config_.keys, config_.limits)}));
    Session& session = *sessions_.back();
    session.thread = std::thread([this, &session] { run(session); });
  } catch (const std::exception& failure) {  // its keys cannot be read, or there are no threads
    log_(std::string("a copy cannot be served: ") + failure.what());
    if (!sessions_.empty() && !sessions_.back()->thread.joinable()) sessions_.pop_back();
  }
}

void Server::run(Session& session) {
  std::string failure;
  try {
    serve(session);
  } catch (const std::exception& error) {
    failure = error.what();
  }
  asio::post(loop_, [this, alive = alive_, &session, failure] {
    if (!*alive) return;
    if (!failure.empty()) log_("a copy was not served: " + failure);
    close_session(session);
  });
}

void Server::serve(Session& session) {
  Channel& channel = *session.channel;
  channel.accept(config_.here.protocol(), session.socket.release());
  stop_others(session);
  const std::lock_guard one(copying_);
  channel.go_on();
  const auto go_on = [&channel] { channel.go_on(); };
  Transmission(freezer_, config_.limits, channel).run([&] { return freezer_.freeze(go_on); });
}

void Server::stop_others(const Session& session) {
  const std::lock_guard lock(list_);
  // Those that came later are newer, those before have been accepted earlier.
  for (const auto& other : sessions_) {
    if (other.get() == &session) return;
    other->channel->stop();
  }
}

void Server::close_session(const Session& session) {
  std::unique_ptr<Session> closed;
  {
    const std::lock_guard lock(list_);
    const auto place =
        std::ranges::find_if(sessions_, [&](const auto& other) { return other.get() == &session; });
    closed = std::move(*place);
    sessions_.erase(place);
  }
  closed->thread.join();  // it has posted this as its last act
}

}  // namespace understudy::copying
