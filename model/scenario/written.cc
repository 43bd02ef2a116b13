// SPDX-License-Identifier: MIT
//
// The one file that knows the TOML library.
#include "understudy/scenario/written.h"

#include <algorithm>
#include <cctype>
#include <string>
#include <utility>

#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

#include "understudy/scenario/spelling.h"
#include "understudy/scenario/units.h"

namespace understudy {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view blank = " \t\r";
constexpr std::string_view control_characters =
    "\x00\x01\x02\x03\x04\x05\x06\x07\x08\x0b\x0c\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17"
    "\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f\x7f"sv;

std::string_view trimmed(std::string_view text) {
  const std::size_t from = text.find_first_not_of(blank);
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(blank) - from + 1);
}

// Rubbish that is cited must neither break the line nor fill the screen.
std::string one_line(std::string text) {
  std::ranges::replace_if(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  constexpr std::size_t most = 200;
  return shortened(std::move(text), most);
}

// ---- from the library's values to ours ----------------------------------------------------------

Written written(const toml::node& node);

void add_members(Written& value, const toml::table& table) {
  std::vector<std::pair<std::string, Written>> members;
  for (const auto& [key, node] : table) {
    members.emplace_back(std::string(key.str()), written(node));
    // Its own line, not that of a value that begins further down.
    members.back().second.line = key.source().begin.line;
  }
  // The library sorts by name; a reader of messages begins at the top.
  std::ranges::stable_sort(members, {}, [](const auto& member) { return member.second.line; });
  for (auto& [name, member] : members) {
    value.names.push_back(std::move(name));
    value.items.push_back(std::move(member));
  }
}

Written written(const toml::node& node) {
  Written value;
  value.line = node.source().begin.line;
  if (const auto* text = node.as_string()) {
    value.type = Written::Type::text;
    value.text = text->get();
  } else if (const auto* integer = node.as_integer()) {
    value.type = Written::Type::integer;
    value.integer = integer->get();
  } else if (const auto* real = node.as_floating_point()) {
    value.type = Written::Type::real;
    value.real = real->get();
  } else if (const auto* truth = node.as_boolean()) {
    value.type = Written::Type::truth;
    value.truth = truth->get();
  } else if (const auto* list = node.as_array()) {
    value.type = Written::Type::list;
    for (const toml::node& item : *list) value.items.push_back(written(item));
  } else if (const auto* table = node.as_table()) {
    value.type = Written::Type::table;
    add_members(value, *table);
  }
  return value;
}

// ---- what a mistake in the syntax was meant to be -----------------------------------------------

// A line of the document, and the heading that it stands under: "pair" for [pair], [[pair]].
struct Line {
  std::string_view text;
  std::string_view heading;
};

Line find_line(std::string_view document, std::size_t number) {
  Line line;
  for (std::size_t i = 1;; ++i) {
    const std::size_t end = std::min(document.find('\n'), document.size());
    line.text = trimmed(document.substr(0, end));
    if (i == number || end == document.size()) return line;
    if (line.text.starts_with('[')) {
      line.heading = line.text.substr(std::min(line.text.find_first_not_of('['), line.text.size()));
      line.heading = trimmed(line.heading.substr(0, line.heading.find(']')));
    }
    document.remove_prefix(end + 1);
  }
}

bool letter(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; }

// Text without quotes, the most frequent mistake of all: ping_timeout = 50ms.
bool bare_text(std::string_view value) {
  constexpr std::string_view others = "0123456789._/%+-";
  const auto wordy = [&](char c) { return letter(c) || others.find(c) != std::string_view::npos; };
  return std::ranges::all_of(value, wordy) && std::ranges::any_of(value, letter);
}

std::string explained(std::string_view document, std::size_t number, std::string_view description) {
  const auto [line, heading] = find_line(document, number);
  const bool is_heading = line.starts_with('[');
  const std::string_view key = trimmed(line.substr(0, line.find('=')));
  std::string_view value = line.substr(std::min(line.find('='), line.size()));
  value = value.substr(std::min<std::size_t>(1, value.size()));
  value = trimmed(value.substr(0, value.find('#')));
  const std::string place =
      heading.empty() ? std::string(key) : std::string(heading) + "." + std::string(key);

  if (description.find("redefine") != std::string_view::npos) {
    if (!is_heading) return place + ": is written a second time; keep one of the two";
    return std::string(trimmed(line.substr(0, line.find('#')))) +
           ": stands here a second time; keep all its keys under one heading";
  }
  if (!is_heading && bare_text(value)) {
    return place + ": " + std::string(value) + " is text without quotes; write " + in_quotes(value);
  }
  if (value.starts_with('"') && std::ranges::count(value, '"') == 1) {
    return place + ": " + std::string(value) + " has no closing quote; write " +
           in_quotes(value.substr(1));
  }
  if (line.ends_with('=')) return place + ": has no value; write one after the =";
  constexpr std::string_view preamble = "Error while parsing ";
  if (description.starts_with(preamble)) description.remove_prefix(preamble.size());
  return "is not TOML (" + std::string(description) +
         "); write [table], key = value or # comment on each line";
}

// Never as an integer, which would be another value.
std::string real(double number) {
  std::string text = number_to_text(number);
  if (text.find_first_not_of("-0123456789") == std::string::npos) text += ".0";
  return text;
}

std::string shown_whole(const Written& value) {
  switch (value.type) {
    case Written::Type::text: return toml_string(value.text);
    case Written::Type::integer: return std::to_string(value.integer);
    case Written::Type::real: return real(value.real);
    case Written::Type::truth: return value.truth ? "true" : "false";
    case Written::Type::other: return "a date or time";
    case Written::Type::list:
    case Written::Type::table: break;
  }
  const bool list = value.type == Written::Type::list;
  std::string text = list ? "[" : "{ ";
  for (std::size_t i = 0; i < value.items.size(); ++i) {
    if (i > 0) text += ", ";
    if (!list) text += value.names[i] + " = ";
    text += shown_whole(value.items[i]);
  }
  return text + (list ? "]" : " }");
}

}  // namespace

std::string shown(const Written& value) { return shortened(shown_whole(value)); }

std::variant<Written, SyntaxMistake> read_toml(std::string_view document) {
  // TOML forbids them, and the library does not survive all of them.
  const std::size_t control = document.find_first_of(control_characters);
  if (control != std::string_view::npos) {
    const auto line = std::ranges::count(document.substr(0, control), '\n') + 1;
    return SyntaxMistake{static_cast<std::size_t>(line),
                         "is no text (it holds control characters); name a TOML file"};
  }
  try {
    return written(toml::parse(document));
  } catch (const toml::parse_error& error) {
    const std::size_t line = error.source().begin.line;
    return SyntaxMistake{line, one_line(explained(document, line, error.description()))};
  }
}

Written read_toml_value(std::string_view value) {
  constexpr std::string_view key = "value";
  const std::string document = std::string(key) + " = " + std::string(value);
  auto result = read_toml(document);
  // A value that brings a second line along is no value.
  if (auto* table = std::get_if<Written>(&result); table != nullptr && table->names.size() == 1 &&
                                                   table->names.front() == key &&
                                                   value.find('\n') == std::string_view::npos) {
    Written only = std::move(table->items.front());
    only.line = 0;
    return only;
  }
  Written text;
  text.type = Written::Type::text;
  text.text = value;
  return text;
}

}  // namespace understudy
