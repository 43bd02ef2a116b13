// SPDX-License-Identifier: MIT
#include "understudy/scenario/spelling.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace understudy {
namespace {

constexpr std::array<std::string_view, 4> names = {"ping_interval", "ping_timeout", "misses", "at"};

TEST(Spelling, TheNearestWordIsFound) {
  EXPECT_EQ(nearest("ping_intervall", names), "ping_interval");
  EXPECT_EQ(nearest("ping-timeout", names), "ping_timeout");
  EXPECT_EQ(nearest("miss", names), "misses");
  EXPECT_EQ(nearest("ta", names), "at");  // swapped: one edit
  EXPECT_EQ(nearest("misses", names), "misses");
}

TEST(Spelling, AnotherWordIsNotGuessed) {
  EXPECT_EQ(nearest("weather", names), "");
  EXPECT_EQ(nearest("", names), "");
  EXPECT_EQ(nearest(std::string(1'000'000, 'a'), names), "");
}

TEST(Spelling, ListsReadAsSentencesDo) {
  EXPECT_EQ(listed(std::array<std::string_view, 1>{"a"}, "or"), "a");
  EXPECT_EQ(listed(std::array<std::string_view, 2>{"a", "b"}, "or"), "a or b");
  EXPECT_EQ(listed(std::array<std::string_view, 3>{"a", "b", "c"}, "and"), "a, b and c");
}

TEST(Spelling, QuotedTextIsOneLine) {
  EXPECT_EQ(toml_string("a\"b\\c\n\x7f"), R"("a\"b\\c\u000A\u007F")");
  EXPECT_EQ(toml_string("zeit \xc2\xb5s"), "\"zeit \xc2\xb5s\"");
}

TEST(Spelling, LongTextIsCutBetweenCharacters) {
  EXPECT_EQ(shortened("abcdef", 3), "abc...");
  EXPECT_EQ(shortened("abc", 3), "abc");
  EXPECT_EQ(shortened("ab\xc2\xb5", 3), "ab...");
  EXPECT_EQ(in_quotes(std::string(100, 'x')), '"' + std::string(60, 'x') + "...\"");
}

}  // namespace
}  // namespace understudy
