// SPDX-License-Identifier: MIT
#include "understudy/failover/transitions.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>

#include "understudy/docs/state_diagram.h"

namespace understudy {
namespace {

std::string content_of(const std::string& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

// What is between two marks, from `at` on, which moves behind it; nothing if they are not there.
std::string between(std::string_view text, std::string_view from, std::string_view to,
                    std::size_t& at) {
  const std::size_t begin = text.find(from, at);
  if (begin == std::string_view::npos) return {};
  const std::size_t end = text.find(to, begin + from.size());
  if (end == std::string_view::npos) return {};
  at = end;
  return std::string(text.substr(begin + from.size(), end - begin - from.size()));
}

std::string with_each(std::string text, std::string_view what, std::string_view as) {
  for (std::size_t at = text.find(what); at != std::string::npos;
       at = text.find(what, at + as.size())) {
    text.replace(at, what.size(), as);
  }
  return text;
}

// The nodes and edges of a drawing, "monitor->fencing: failure,\nfence first", wherever they are.
std::set<std::string> drawn_in_svg(const std::string& svg) {
  std::set<std::string> drawn;
  std::size_t at = 0;
  for (std::string group; !(group = between(svg, "<g id=\"", "</g>", at)).empty();) {
    if (group.find("class=\"graph\"") != std::string::npos) {
      at = svg.find("<g id=", at - group.size());  // the groups are inside that one
      continue;
    }
    std::size_t in_group = 0;
    std::string text = between(group, "<title>", "</title>", in_group) + ": ";
    std::string_view separator;
    while (group.find("<text", in_group) != std::string::npos) {
      in_group = group.find("<text", in_group);
      text += std::string(separator) + between(group, ">", "</text>", in_group);
      separator = "\\n";
    }
    text = with_each(with_each(text, "&#45;", "-"), "&gt;", ">");
    EXPECT_TRUE(drawn.insert(with_each(text, "\n", "\\n")).second) << text;
  }
  return drawn;
}

std::set<std::string> drawn_in_dot(const std::string& dot) {
  std::set<std::string> drawn;
  std::istringstream lines(dot);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("  \"")) continue;
    std::size_t at = 0;
    std::string text = between(line, "  \"", "\" ", at);
    if (line.find(" -> ") != std::string::npos) text += "->" + between(line, "-> \"", "\" ", at);
    std::string label = between(line, "label=\"", "\"", at);
    if (label.empty()) label = text;  // as a node is called
    EXPECT_TRUE(drawn.insert(text + ": " + label).second) << line;
  }
  return drawn;
}

TEST(Transitions, LeadFromARoleByACauseToOneRole) {
  std::set<std::pair<Role, Cause>> seen;
  for (const Transition& row : transitions()) {
    EXPECT_TRUE(seen.emplace(row.from, row.cause).second)
        << to_text(row.from) << ", " << to_text(row.cause);
    EXPECT_EQ(find_transition(row.from, row.cause), &row);
  }
}

TEST(Transitions, SayWhyInASentence) {
  for (const Transition& row : transitions()) {
    EXPECT_TRUE(row.reason.ends_with('.')) << row.reason;
    EXPECT_TRUE(row.reason.front() >= 'A' && row.reason.front() <= 'Z') << row.reason;
  }
}

TEST(Transitions, HaveTextsForEveryRoleAndCause) {
  std::set<std::string> roles;
  std::set<std::string> causes;
  std::set<Cause> used;
  for (const Transition& row : transitions()) {
    roles.emplace(to_text(row.to));
    used.insert(row.cause);
  }
  for (const Cause cause : used) causes.emplace(to_text(cause));
  EXPECT_EQ(roles.size(), role_count) << "every role is reached";
  EXPECT_EQ(causes.size(), used.size()) << "no two causes are called the same";
  EXPECT_FALSE(roles.contains("?") || causes.contains("?"));
}

// What the safety of the pair rests on, readable from the table alone.
TEST(Transitions, LeadToPrimaryOnlyFromWhereTheOtherIsKnownNotToBe) {
  const std::set<std::pair<Role, Cause>> allowed = {
      {Role::arbitrating, Cause::probe_answered},       // the other is the monitor
      {Role::fencing, Cause::fence_confirmed},          // it is off
      {Role::taking_over, Cause::go_received},          // it has let go
      {Role::handing_over, Cause::handover_timed_out},  // it never was; this one never let go
      // And where certainty was not asked for:
      {Role::monitor, Cause::failure_take_over_now},
      {Role::fencing, Cause::fence_given_up},
      {Role::restarting, Cause::fence_given_up},
  };
  for (const Transition& row : transitions()) {
    if (row.to != Role::primary) continue;
    EXPECT_TRUE(allowed.contains({row.from, row.cause}))
        << to_text(row.from) << ", " << to_text(row.cause);
  }
}

TEST(Transitions, LeadFromEveryRoleByABootToArbitrating) {
  for (std::size_t role = 0; role < role_count; ++role) {
    const Transition* row = find_transition(static_cast<Role>(role), Cause::boot);
    ASSERT_NE(row, nullptr);
    EXPECT_EQ(row->to, Role::arbitrating);
  }
}

TEST(Transitions, KnowNoRowForWhatCannotHappen) {
  EXPECT_EQ(find_transition(Role::primary, Cause::probe_answered), nullptr);
  EXPECT_EQ(find_transition(Role::monitor, Cause::go_received), nullptr);
  EXPECT_EQ(find_transition(Role::restarting, Cause::fence_confirmed), nullptr);
}

TEST(Transitions, AreInTheDocsAsTheyAreInTheTable) {
  EXPECT_EQ(content_of("docs/transitions.dot"), state_diagram()) << "run ./dev diagram";
  EXPECT_EQ(content_of("docs/transitions.md"), transitions_page()) << "run ./dev diagram";
}

// Where Graphviz puts things is its own affair, and another with each version.
TEST(Transitions, AreDrawnWithEveryRoleAndCause) {
  const std::set<std::string> drawn = drawn_in_svg(content_of("docs/transitions.svg"));
  EXPECT_EQ(drawn, drawn_in_dot(state_diagram())) << "run ./dev diagram";
  EXPECT_TRUE(drawn.contains("primary: primary\\nprimary address"));
  EXPECT_TRUE(drawn.contains("taking over->primary: go received"));
  EXPECT_TRUE(drawn.contains("any role->arbitrating: boot"));
}

TEST(Transitions, AreAllInTheDiagram) {
  const std::string dot = with_each(with_each(state_diagram(), "\\nor ", "; "), "\\n", " ");
  for (const Transition& row : transitions()) {
    const std::string to = " -> \"" + std::string(to_text(row.to)) + "\" [label=\"";
    const std::string cause(to_text(row.cause));
    bool found = false;
    std::istringstream lines(dot);
    for (std::string line; std::getline(lines, line);) {
      const bool from_it = line.starts_with("  \"" + std::string(to_text(row.from)) + '"');
      const bool from_many = line.starts_with("  \"any role");
      if (!from_it && !from_many) continue;
      std::size_t at = 0;
      const std::string label = "; " + between(line, to, "\"", at) + "; ";
      found = found || label.find("; " + cause + "; ") != std::string::npos;
    }
    EXPECT_TRUE(found) << to_text(row.from) << ", " << cause;
  }
}

}  // namespace
}  // namespace understudy
