// SPDX-License-Identifier: MIT
#include "understudy/docs/state_diagram.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "understudy/failover/transitions.h"

namespace understudy {
namespace {

// A cause that leads to one role from at least so many is drawn once.
constexpr std::size_t many = 4;

constexpr auto roles = [] {
  std::array<Role, role_count> all{};
  for (std::size_t i = 0; i < role_count; ++i) all[i] = static_cast<Role>(i);
  return all;
}();

std::vector<Cause> causes() {
  std::vector<Cause> all;
  for (const Transition& row : transitions()) {
    if (std::ranges::find(all, row.cause) == all.end()) all.push_back(row.cause);
  }
  return all;
}

std::vector<Role> roles_with(Cause cause) {
  std::vector<Role> from;
  for (const Transition& row : transitions()) {
    if (row.cause == cause) from.push_back(row.from);
  }
  return from;
}

bool gathered(Cause cause) { return roles_with(cause).size() >= many; }

// Who is meant by a node that stands for several roles.
std::string described(const std::vector<Role>& some) {
  if (some.size() == role_count) return "any role";
  if (std::ranges::all_of(roles, [&](Role role) {
        const bool meant = std::ranges::find(some, role) != some.end();
        return meant == held_in(role).has_value();
      })) {
    return "any role that\nholds an address";
  }
  std::string names;
  for (const Role role : some) names += (names.empty() ? "" : ",\n") + std::string(to_text(role));
  return names;
}

std::string quoted(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '\n') {
      result += "\\n";
    } else {
      result += c;
    }
  }
  return result + '"';
}

std::string node(Role role) {
  std::string label(to_text(role));
  std::string_view fill = "#f2f2f2";
  if (const auto held = held_in(role)) {
    label += *held == Address::primary ? "\nprimary address" : "\nmonitor address";
    fill = *held == Address::primary ? "#ffd9a0" : "#bfdcf5";
  }
  return "  " + quoted(to_text(role)) + " [label=" + quoted(label) + ", fillcolor=\"" +
         std::string(fill) + "\"];\n";
}

std::string edge(std::string_view from, std::string_view to, std::string_view label) {
  return "  " + quoted(from) + " -> " + quoted(to) + " [label=" + quoted(label) + "];\n";
}

// On two lines if it is long, so that the picture fits a page.
std::string broken(std::string_view cause) {
  constexpr std::size_t longest = 20;
  std::string text(cause);
  std::size_t at = text.find(", ");
  if (at != std::string::npos) {
    ++at;
  } else if (text.size() > longest) {
    at = text.find(' ', text.size() / 2);
  }
  if (at != std::string::npos) text[at] = '\n';
  return text;
}

// One edge for all causes that lead from the one role to the other.
std::string edges_of_roles() {
  std::string text;
  for (const Role from : roles) {
    for (const Role to : roles) {
      std::string label;
      for (const Transition& row : transitions()) {
        if (row.from != from || row.to != to || gathered(row.cause)) continue;
        label += (label.empty() ? "" : "\nor ") + broken(to_text(row.cause));
      }
      if (!label.empty()) text += edge(to_text(from), to_text(to), label);
    }
  }
  return text;
}

std::string gathered_edges() {
  std::string text;
  for (const Cause cause : causes()) {
    if (!gathered(cause)) continue;
    const std::vector<Role> from = roles_with(cause);
    const Transition* row = find_transition(from.front(), cause);
    const std::string name = described(from);
    text += "  " + quoted(name) + " [style=dashed, fontcolor=\"#555555\"];\n";
    text += edge(name, to_text(row->to), broken(to_text(cause)));
  }
  return text;
}

}  // namespace

std::string state_diagram() {
  std::string text = R"(// Made from model/failover/transitions.cc by `./dev diagram`.
digraph transitions {
  graph [bgcolor=white, nodesep=0.15, ranksep=0.35, pad=0.1];
  node [shape=box, style="rounded,filled", fontname="Helvetica,Arial,sans-serif", fontsize=15,
        margin="0.1,0.04"];
  edge [fontname="Helvetica,Arial,sans-serif", fontsize=14, arrowsize=0.7];
)";
  for (const Role role : roles) text += node(role);
  text += gathered_edges();
  text += edges_of_roles();
  return text + "}\n";
}

std::string transitions_page() {
  std::string text = R"(<!-- Made from model/failover/transitions.cc by `./dev diagram`. -->
# The roles of a server, and what leads from one to another

![State diagram of the roles](transitions.svg)

Orange roles hold the primary address, blue ones the monitor address, grey ones neither. An agent
changes its role in these ways and no other.

| from | cause | to | why |
| --- | --- | --- | --- |
)";
  for (const Transition& row : transitions()) {
    for (const std::string_view cell : {to_text(row.from), to_text(row.cause), to_text(row.to)}) {
      text += "| " + std::string(cell) + ' ';
    }
    text += "| " + std::string(row.reason) + " |\n";
  }
  return text;
}

}  // namespace understudy
