// SPDX-License-Identifier: MIT
#include "understudy/manual/key_list.h"

#include <gtest/gtest.h>

#include <array>
#include <sstream>
#include <string>

namespace understudy {
namespace {

TEST(Manual, WhatTheFormatterWouldTakeForItsOwnIsEscaped) {
  EXPECT_EQ(in_mdoc(R"(a\b 10^8 ~x)"), R"(a\eb 10\(ha8 \(tix)");
  EXPECT_EQ(in_mdoc(".5 of it"), "\\&.5 of it");
  EXPECT_EQ(in_mdoc("'so'"), "\\&'so'");
}

TEST(Manual, CodeIsBold) { EXPECT_EQ(in_mdoc("set `misses` to 3"), "set \\fBmisses\\fR to 3"); }

TEST(Manual, EachSentenceBeginsALineAndNoneIsTooLong) {
  EXPECT_EQ(in_mdoc("One. Two `three`. Four"), "One.\nTwo \\fBthree\\fR.\nFour");
  std::string words;
  for (int i = 0; i < 100; ++i) words += "word ";
  std::istringstream lines(in_mdoc(words));
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 80U);
}

TEST(Manual, KeysAreListedTableByTable) {
  const std::array keys = {
      KeyInWords{"a", "x", "number", "`1`", "above 0", "What it is."},
      KeyInWords{"b", "y", "", "", "", "Something else."},
  };
  EXPECT_EQ(key_list(keys),
            ".Ss \\(lBa\\(rB\n.Bl -tag -width Ds\n.It Ic x\nWhat it is.\nValue: number, above 0.\n"
            "Default: \\fB1\\fR.\n.El\n"
            ".Ss \\(lBb\\(rB\n.Bl -tag -width Ds\n.It Ic y\nSomething else.\n.El\n");
}

}  // namespace
}  // namespace understudy
