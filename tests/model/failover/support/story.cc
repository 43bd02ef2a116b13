// SPDX-License-Identifier: MIT
#include "story.h"

#include <algorithm>
#include <ranges>
#include <utility>

#include "understudy/failover/time_text.h"
#include "understudy/failover/transitions.h"

namespace understudy::transcript {

void Story::tell(Time when, std::string_view what) {
  write_misses();
  write(when, what);
}

void Story::tell_miss(Time when, ServerId by, const Note& miss) {
  misses_.push_back({when, by, miss});
}

// Long rows are told by their ends.
void Story::write_misses() {
  constexpr std::uint32_t few = 3;
  const std::vector<Miss> misses = std::exchange(misses_, {});
  for (const Miss& miss : misses) {
    const auto in_row = static_cast<std::uint32_t>(
        std::ranges::count(misses, miss.by, [](const Miss& other) { return other.by; }));
    const auto last = std::ranges::find(misses.rbegin(), misses.rend(), miss.by, &Miss::by);
    const bool rest =
        in_row > few && &miss != &*last && miss.note.count + in_row != last->note.count + 1;
    if (rest) continue;
    const bool shortened = in_row > few && &miss == &*last;
    write(miss.when, join({to_text(miss.by), shortened ? " … " : " ",
                           note_text(miss.note, Role::arbitrating)}));
  }
}

void Story::write(Time when, std::string_view what) {
  constexpr std::size_t width = 9;
  const std::string time = when == last_ ? "" : to_text(when.time_since_epoch());
  last_ = when;
  const std::string padding(time.size() < width ? width - time.size() : 0, ' ');
  lines_.push_back(join({padding, time, "  ", what}));
}

std::vector<std::string> Story::take() {
  write_misses();
  last_ = never;
  return std::exchange(lines_, {});
}

std::string ordinal(std::uint32_t number) {
  const bool teen = number % 100 / 10 == 1;
  const std::uint32_t last = teen ? 0 : number % 10;
  const std::string_view ending = last == 1 ? "st" : last == 2 ? "nd" : last == 3 ? "rd" : "th";
  return join({std::to_string(number), ending});
}

std::string join(std::initializer_list<std::string_view> parts) {
  std::string text;
  for (const std::string_view part : parts) text += part;
  return text;
}

std::string memory_text(const MemoryStamp& memory) {
  return join({"term ", std::to_string(memory.term), ", ", std::to_string(memory.version),
               memory.version == 1 ? " write" : " writes"});
}

std::string message_text(const Message& message) {
  const std::string_view peer = to_text(other(message.from));
  switch (message.kind) {
    case Message::Kind::announcement:
      return join({"tells ", peer, " that it holds the ", to_text(message.address),
                   " address, term ", std::to_string(message.term),
                   message.healthy ? "" : ", and is ill"});
    case Message::Kind::prepare: return join({"sends PREPARE to ", peer});
    case Message::Kind::ready: return join({"sends READY to ", peer});
    case Message::Kind::go: return join({"sends GO to ", peer});
    case Message::Kind::memory_query: return join({"asks ", peer, " how new its memory is"});
    case Message::Kind::memory_report:
      return join({"tells ", peer, " how new its memory is: ", memory_text(message.memory)});
    case Message::Kind::farewell: return join({"says farewell to ", peer});
  }
  return "?";
}

std::string note_text(const Note& note, Role before) {
  const std::string address = join({"the ", to_text(note.address)});
  const std::string count = std::to_string(note.count);
  switch (note.kind) {
    case Note::Kind::became: {
      const Transition* row = find_transition(before, note.cause);
      return join({"becomes ", to_text(note.role), ": ",
                   row != nullptr ? row->reason : "NO ROW OF THE TABLE"});
    }
    case Note::Kind::missed:
      return join({"misses the ", ordinal(note.count), " answer from ", address, " address"});
    case Note::Kind::declared_failure:
      return join(
          {"declares ", address, " failed, after ", count, note.count == 1 ? " miss" : " misses"});
    case Note::Kind::held_fire: return join({"holds its fire: ", to_text(note.hold)});
    case Note::Kind::conflict_won:
      return join({"keeps ", address, " address: it comes first in the order"});
    case Note::Kind::slept: return "notices that it was asleep";
    case Note::Kind::copy_started: return "starts a copy";
    case Note::Kind::copy_whole: return "has a whole copy";
    case Note::Kind::copy_failed: return "has lost a copy half-way";
    case Note::Kind::newer_memory: return "finds the other's memory newer";
  }
  return "?";
}

std::string_view order_text(PowerOrder order) {
  switch (order) {
    case PowerOrder::off: return "off";
    case PowerOrder::on: return "on";
    case PowerOrder::reboot: return "off and on";
  }
  return "?";
}

}  // namespace understudy::transcript
