// SPDX-License-Identifier: MIT
#include "understudy/lab/agent_events.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

#include <nlohmann/json.hpp>

#include "understudy/failover/transitions.h"
#include "understudy/lab/system_error.h"

namespace understudy::lab {
namespace {

using Json = nlohmann::json;

// The enumerator up to `last` that has this text.
template <class Enumeration>
Enumeration named(const Json& word, Enumeration last) {
  const auto text = word.get<std::string>();
  for (int i = 0; i <= static_cast<int>(last); ++i) {
    const auto each = static_cast<Enumeration>(i);
    if (to_text(each) == text) return each;
  }
  throw std::runtime_error("a daemon says \"" + text + "\", which means nothing here");
}

Note read_note(const Json& line) {
  Note note;
  note.kind = named(line.at("event"), Note::Kind::newer_memory);
  if (line.contains("role")) note.role = named(line.at("role"), Role::taking_over);
  if (line.contains("cause")) note.cause = named(line.at("cause"), Cause::go_overdue);
  if (line.contains("address")) note.address = named(line.at("address"), Address::witness);
  if (line.contains("hold")) note.hold = named(line.at("hold"), Hold::farewell);
  if (line.contains("count")) note.count = line.at("count").get<std::uint32_t>();
  return note;
}

}  // namespace

AgentEvents::AgentEvents(Host host, const std::filesystem::path& pipe) : host_(host) {
  checked(mkfifo(pipe.c_str(), 0600), "make the pipe " + pipe.string());
  // Open for both, so that it does not end with the daemon.
  pipe_ = live::Descriptor(
      checked(open(pipe.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC), "open " + pipe.string()));
}

std::vector<Event> AgentEvents::take() {
  std::array<char, 4096> bytes{};
  for (;;) {
    const ssize_t size = read(pipe_.number(), bytes.data(), bytes.size());
    if (size <= 0) break;
    unread_.append(bytes.data(), static_cast<std::size_t>(size));
  }
  std::vector<Event> events;
  for (std::size_t end = unread_.find('\n'); end != std::string::npos; end = unread_.find('\n')) {
    events.push_back(read_event(host_, std::string_view(unread_).substr(0, end)));
    unread_.erase(0, end + 1);
  }
  return events;
}

Event read_event(Host host, std::string_view line) {
  try {
    const Json json = Json::parse(line);
    const auto word = json.at("event").get<std::string>();
    Event event{.at = Time{} + Duration(json.at("at_ns").get<Duration::rep>()), .host = host};
    using Kind = Event::Kind;
    if (word == "booted") {
      event.kind = Kind::up;
    } else if (word == "serves") {
      event.kind = Kind::serving;
    } else if (word == "rests") {
      event.kind = Kind::resting;
    } else if (word == "ordered") {
      event.kind = Kind::ordered;
      event.order = named(json.at("order"), PowerOrder::reboot);
    } else if (word == "reported") {
      event.kind = Kind::reported;
      event.result = named(json.at("result"), FenceResult::refused);
    } else {
      event.note = read_note(json);
    }
    return event;
  } catch (const Json::exception& error) {
    throw std::runtime_error(std::string("a daemon's event cannot be read: ") + error.what());
  }
}

}  // namespace understudy::lab
