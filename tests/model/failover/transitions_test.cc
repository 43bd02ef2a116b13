// SPDX-License-Identifier: MIT
#include "understudy/failover/transitions.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>

namespace understudy {
namespace {

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

}  // namespace
}  // namespace understudy
