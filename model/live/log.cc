// SPDX-License-Identifier: MIT
#include "understudy/live/log.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string_view>

#include "understudy/failover/transitions.h"
#include "understudy/live/boot_clock.h"
#include "understudy/live/cannot_run.h"

namespace understudy::live {
namespace {

std::string wall_text() {
  const auto since_1970 = wall_now();
  const auto second = std::chrono::floor<std::chrono::seconds>(since_1970);
  const auto part = std::chrono::duration_cast<std::chrono::microseconds>(since_1970 - second);
  const auto whole = static_cast<time_t>(second.count());
  tm local{};
  localtime_r(&whole, &local);
  std::array<char, 32> text{};
  const std::size_t size = strftime(text.data(), text.size(), "%F %T", &local);
  std::array<char, 16> fraction{};
  std::snprintf(fraction.data(), fraction.size(), ".%06d", static_cast<int>(part.count()));
  return std::string(text.data(), size) + fraction.data();
}

std::string the(Address address) {
  std::string text = "the ";
  text += to_text(address);
  return address == Address::witness ? text : text + " address";
}

std::string times(std::uint32_t count, std::string_view thing) {
  std::string text = std::to_string(count) + " ";
  text += thing;
  return text + (count == 1 ? "" : "es");
}

}  // namespace

Log::Log() : to_journal_(std::getenv("JOURNAL_STREAM") != nullptr) {}

void Log::say(Priority priority, const std::string& text) {
  const std::string lead =
      to_journal_ ? "<" + std::to_string(static_cast<int>(priority)) + ">" : wall_text() + " ";
  const std::string line = lead + text + "\n";
  // Whoever reads the journal may be gone; the pair goes on.
  static_cast<void>(!write(STDERR_FILENO, line.data(), line.size()));
  latest_.push_back({.at = boot_now(), .text = text});
  if (latest_.size() > most_kept) latest_.pop_front();
}

void Log::open_events(const std::filesystem::path& path) {
  constexpr int flags = O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_CLOEXEC;
  events_ = Descriptor(open(path.c_str(), flags, 0644));
  if (!events_.open()) {
    cannot("write to " + path.string(), errno,
           "set daemon.events to a file, or to a pipe that somebody reads");
  }
}

void Log::event(const std::string& line) {
  if (events_.open()) static_cast<void>(!write(events_.number(), line.data(), line.size()));
}

std::string note_text(const Note& note, Role before) {
  switch (note.kind) {
    case Note::Kind::became: {
      const Transition* row = find_transition(before, note.cause);
      std::string text = "is now ";
      text += to_text(note.role);
      text += ": ";
      return text += row != nullptr ? row->reason : to_text(note.cause);
    }
    case Note::Kind::missed: {
      const std::string text = "misses an answer from " + the(note.address);
      return note.count == 1 ? text : text + ", " + std::to_string(note.count) + " in a row";
    }
    case Note::Kind::declared_failure:
      return "declares the " + std::string(to_text(note.address)) + " failed after " +
             times(note.count, "miss");
    case Note::Kind::held_fire: return "declares nothing: " + std::string(to_text(note.hold));
    case Note::Kind::conflict_won:
      return "keeps " + the(note.address) + ", which another server holds too";
    case Note::Kind::slept: return "was asleep";
    case Note::Kind::copy_started: return "starts to copy the memory";
    case Note::Kind::copy_whole: return "has a whole copy of the memory";
    case Note::Kind::copy_failed: return "gets no whole copy of the memory";
    case Note::Kind::newer_memory: return "takes the memory of the other, which is newer";
  }
  return {};
}

Priority priority_of(const Note& note) {
  switch (note.kind) {
    case Note::Kind::became: return Priority::notice;
    case Note::Kind::missed:
    case Note::Kind::copy_started:
    case Note::Kind::copy_whole: return Priority::info;
    default: return Priority::warning;
  }
}

}  // namespace understudy::live
