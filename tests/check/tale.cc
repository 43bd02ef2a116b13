// SPDX-License-Identifier: MIT
#include "tale.h"

namespace understudy::check {
namespace {

std::string_view word(Message::Kind kind) {
  switch (kind) {
    case Message::Kind::announcement: return "announcement";
    case Message::Kind::prepare: return "PREPARE";
    case Message::Kind::ready: return "READY";
    case Message::Kind::go: return "GO";
    case Message::Kind::memory_query: return "the question how new its memory is";
    case Message::Kind::memory_report: return "the answer how new the other's memory is";
    case Message::Kind::farewell: return "the farewell";
  }
  return "?";
}

}  // namespace

std::string line(ServerId id, std::string_view what) {
  std::string text(to_text(id));
  text += ' ';
  text += what;
  return text;
}

std::string_view word(PowerOrder order) {
  switch (order) {
    case PowerOrder::off: return "off";
    case PowerOrder::on: return "on";
    case PowerOrder::reboot: return "reboot";
  }
  return "?";
}

std::string text_of(const Note& note) {
  std::string text;
  switch (note.kind) {
    case Note::Kind::became:
      text = "is ";
      text += to_text(note.role);
      text += ": ";
      text += to_text(note.cause);
      return text;
    case Note::Kind::missed: return "misses " + std::to_string(note.count);
    case Note::Kind::declared_failure:
      text = "declares the ";
      text += to_text(note.address);
      return text + " failed";
    case Note::Kind::held_fire:
      text = "holds its fire: ";
      text += to_text(note.hold);
      return text;
    case Note::Kind::conflict_won:
      text = "wins the conflict about the ";
      text += to_text(note.address);
      return text + " address";
    case Note::Kind::slept: return "finds that it was asleep";
    case Note::Kind::copy_started: return "starts a copy";
    case Note::Kind::copy_whole: return "has a whole copy";
    case Note::Kind::copy_failed: return "has no whole copy";
    case Note::Kind::newer_memory: return "takes the other's newer memory";
  }
  return text;
}

std::string text_of(const Message& message) {
  std::string text(word(message.kind));
  if (message.kind == Message::Kind::announcement) {
    text = "the announcement of the ";
    text += to_text(message.address);
    text += " address, term " + std::to_string(message.term);
  }
  return text;
}

}  // namespace understudy::check
