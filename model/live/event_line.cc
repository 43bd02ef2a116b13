// SPDX-License-Identifier: MIT
#include "understudy/live/event_line.h"

#include "understudy/failover/transitions.h"

namespace understudy::live {
namespace {

// Of words and numbers: there is nothing in them that JSON would want escaped.
class Line {
 public:
  Line(Time at, std::string_view event)
      : text_("{\"at_ns\": " + std::to_string((at - Time{}).count())) {
    add("event", event);
  }
  Line& add(std::string_view name, std::string_view word) {
    return append(name).append("\"").append(word).append("\""), *this;
  }
  Line& add(std::string_view name, std::uint32_t number) {
    return append(name).append(std::to_string(number)), *this;
  }
  [[nodiscard]] std::string end() const { return text_ + "}\n"; }

 private:
  std::string& append(std::string_view name) {
    return text_.append(", \"").append(name).append("\": ");
  }
  std::string text_;
};

}  // namespace

std::string event_line(Time at, const Note& note) {
  Line line(at, to_text(note.kind));
  switch (note.kind) {
    case Note::Kind::became:
      return line.add("role", to_text(note.role)).add("cause", to_text(note.cause)).end();
    case Note::Kind::missed:
    case Note::Kind::declared_failure:
      return line.add("address", to_text(note.address)).add("count", note.count).end();
    case Note::Kind::held_fire: return line.add("hold", to_text(note.hold)).end();
    case Note::Kind::conflict_won: return line.add("address", to_text(note.address)).end();
    default: return line.end();
  }
}

std::string event_line(Time at, PowerOrder order) {
  return Line(at, "ordered").add("order", to_text(order)).end();
}

std::string event_line(Time at, FenceResult result) {
  return Line(at, "reported").add("result", to_text(result)).end();
}

std::string event_line(Time at, std::string_view event) { return Line(at, event).end(); }

}  // namespace understudy::live
