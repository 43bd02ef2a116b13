// SPDX-License-Identifier: MIT
#include "understudy/lab/operator.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "understudy/lab/system_error.h"

namespace understudy::lab {

void Operator::say(const std::filesystem::path& socket, const std::string& command, Heard heard) {
  live::Descriptor line(
      checked(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "open a socket"));
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  socket.string().copy(name.sun_path, sizeof name.sun_path - 1);
  const std::string text = nlohmann::json{{"command", command}}.dump() + "\n";
  if (connect(line.number(), reinterpret_cast<const sockaddr*>(&name), sizeof name) < 0 ||
      ::send(line.number(), text.data(), text.size(), MSG_NOSIGNAL) < 0) {
    return heard(false);
  }
  const auto visit =
      visits_.insert(visits_.end(), Visit{.line = std::move(line), .heard = std::move(heard)});
  loop_.watch(visit->line.number(), [this, visit] { listen(visit); });
}

// An answer is one short line, which a Unix socket does not take apart.
void Operator::listen(Visits::iterator visit) {
  std::array<char, 4096> bytes{};
  const ssize_t size = read(visit->line.number(), bytes.data(), bytes.size());
  bool done = false;
  if (size > 0) {
    const std::string_view text(bytes.data(), static_cast<std::size_t>(size));
    const auto answer = nlohmann::json::parse(text, nullptr, false);
    done = answer.is_object() && answer.value("ok", false);
  }
  const Heard heard = std::move(visit->heard);
  loop_.forget(visit->line.number());
  visits_.erase(visit);
  heard(done);
}

}  // namespace understudy::lab
