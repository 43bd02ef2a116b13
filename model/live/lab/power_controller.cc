// SPDX-License-Identifier: MIT
#include "understudy/lab/power_controller.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

#include "understudy/lab/system_error.h"

namespace understudy::lab {
namespace {

live::Descriptor listen_at(const std::filesystem::path& path) {
  live::Descriptor socket(
      checked(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "open a socket"));
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  path.string().copy(name.sun_path, sizeof name.sun_path - 1);
  checked(bind(socket.number(), reinterpret_cast<const sockaddr*>(&name), sizeof name),
          "listen at " + path.string());
  checked(::listen(socket.number(), 16), "listen at " + path.string());
  return socket;
}

// The value of a `name=value` line; empty: there is none.
std::string option(const std::string& said, const std::string& name) {
  const std::string lines = "\n" + said;
  const std::size_t begin = lines.find("\n" + name + "=");
  if (begin == std::string::npos) return {};
  const std::size_t value = begin + name.size() + 2;
  return lines.substr(value, lines.find('\n', value) - value);
}

std::optional<PowerOrder> order_named(const std::string& action) {
  for (const PowerOrder each : {PowerOrder::off, PowerOrder::on, PowerOrder::reboot}) {
    if (to_text(each) == action) return each;
  }
  return std::nullopt;
}

}  // namespace

PowerController::PowerController(Loop& loop, const std::filesystem::path& socket, Ears ears)
    : loop_(loop), ears_(std::move(ears)), socket_(listen_at(socket)) {
  loop_.watch(socket_.number(), [this] { accept(); });
}

void PowerController::accept() {
  live::Descriptor line(accept4(socket_.number(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!line.open()) return;
  const Number number = next_++;
  loop_.watch(line.number(), [this, number] { listen(number); });
  visits_.emplace(number, Visit{.line = std::move(line), .said = {}});
}

// A visitor says all that he wants and an empty line; then he waits, or is killed and gone.
void PowerController::listen(Number number) {
  Visit& visit = visits_.at(number);
  std::array<char, 1024> bytes{};
  const ssize_t size = read(visit.line.number(), bytes.data(), bytes.size());
  if (size <= 0) {
    loop_.forget(visit.line.number());
    visits_.erase(number);
    return;
  }
  visit.said.append(bytes.data(), static_cast<std::size_t>(size));
  if (visit.said.ends_with("\n\n")) carry_out(number, std::string(visit.said));
}

void PowerController::carry_out(Number number, const std::string& said) {
  const std::string action = option(said, "action");
  const std::string plug = option(said, "plug");
  const ServerId id = plug == to_text(ServerId::first) ? ServerId::first : ServerId::second;
  if (plug != to_text(id)) return reply(number, "failed");
  if (const auto order = order_named(action)) return ears_.ordered(id, *order, number);
  if (action == "status") return reply(number, ears_.is_on(id) ? "on" : "off");
  reply(number, action == "monitor" ? "done" : "failed");
}

void PowerController::answer(Number visit, bool done) { reply(visit, done ? "done" : "failed"); }

void PowerController::reply(Number number, const std::string& word) {
  const auto found = visits_.find(number);
  if (found == visits_.end()) return;
  send(found->second.line.number(), word.data(), word.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  loop_.forget(found->second.line.number());
  visits_.erase(found);
}

}  // namespace understudy::lab
