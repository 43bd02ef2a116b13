// SPDX-License-Identifier: MIT
//
// The words in which transcripts tell what a pair does, and the lines made of them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "understudy/failover/journal.h"
#include "understudy/failover/names.h"
#include "understudy/failover/ports.h"
#include "understudy/failover/time.h"

namespace understudy::transcript {

// How much is told. What changes or decides something is always told, and so is every packet that
// the script holds back.
enum class Detail : std::uint8_t {
  changes,
  signals,     // and pings, probes, their answers, and copies that bring nothing new
  everything,  // and announcements
};

// Lines with their times. A time is written once for all that happens at it, and more than a few
// misses in a row are one line.
class Story {
 public:
  void tell(Time when, std::string_view what);
  void tell_miss(Time when, ServerId by, const Note& miss);
  // What has been told since the last call.
  [[nodiscard]] std::vector<std::string> take();

 private:
  struct Miss {
    Time when;
    ServerId by = ServerId::first;
    Note note{};
  };

  void write(Time when, std::string_view what);
  void write_misses();

  std::vector<std::string> lines_;
  std::vector<Miss> misses_;  // not written yet: more may follow
  Time last_ = never;
};

// "1st", "2nd", "11th".
[[nodiscard]] std::string ordinal(std::uint32_t number);
// "a ", "b", "c" in one piece; for sentences made of texts and views.
[[nodiscard]] std::string join(std::initializer_list<std::string_view> parts);
// "term 2, 13 writes".
[[nodiscard]] std::string memory_text(const MemoryStamp& memory);
// "tells second that it holds the primary address, term 2", without who says it.
[[nodiscard]] std::string message_text(const Message& message);
// "becomes fencing: <reason>", without who does it; `before` is the role until then.
[[nodiscard]] std::string note_text(const Note& note, Role before);
// "off", "on" or "off and on".
[[nodiscard]] std::string_view order_text(PowerOrder order);

}  // namespace understudy::transcript
