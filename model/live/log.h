// SPDX-License-Identifier: MIT
//
// The daemon's journal: one line an event, on standard error. Under systemd each line is led by its
// priority (sd-daemon(3)); elsewhere by the wall clock's time. The latest lines are kept, so that
// somebody who asks later can be told.
#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <string>

#include "understudy/failover/journal.h"
#include "understudy/failover/names.h"
#include "understudy/failover/time.h"
#include "understudy/live/descriptor.h"

namespace understudy::live {

enum class Priority : std::uint8_t { error = 3, warning = 4, notice = 5, info = 6 };

class Log {
 public:
  Log();
  void say(Priority priority, const std::string& text);

  // From now on a program can follow what happens, in lines of JSON (event_line.h) at the end of
  // this file or pipe. Throws CannotRun.
  void open_events(const std::filesystem::path& path);
  // A pipe that is full loses it: nobody is waited for.
  void event(const std::string& line);

  struct Line {
    Time at;
    std::string text;
  };
  [[nodiscard]] const std::deque<Line>& latest() const { return latest_; }

 private:
  static constexpr std::size_t most_kept = 64;
  bool to_journal_;
  Descriptor events_;
  std::deque<Line> latest_;
};

// A note in words. A change of role is told with its reason, which depends on the role before it.
[[nodiscard]] std::string note_text(const Note& note, Role before);
[[nodiscard]] Priority priority_of(const Note& note);

}  // namespace understudy::live
