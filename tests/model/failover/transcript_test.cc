// SPDX-License-Identifier: MIT
//
// Plays every transcript under tests/model/failover/transcripts/ and holds the pair to it.
//
// When the pair is meant to behave differently, this rewrites what all of them expect; what has
// changed is then for the reader of the difference to judge:
//
//   UNDERSTUDY_REWRITE=1 build/tests/failover_test --gtest_filter='*Transcript*'
//
// How to read and write one is in support/transcript.h.
#include "support/transcript.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "understudy/failover/transitions.h"

namespace understudy::transcript {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> files() {
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator("tests/model/failover/transcripts")) {
    if (entry.path().extension() == ".txt") found.push_back(entry.path());
  }
  std::ranges::sort(found);
  return found;
}

std::string read(const fs::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string name_of(const fs::path& path) { return path.stem().string(); }

// ---- each as it is written

class Transcript : public testing::TestWithParam<fs::path> {};

TEST_P(Transcript, Reads) {
  const std::string expected = read(GetParam());
  ASSERT_EQ(expected.front(), '#') << "a transcript opens by saying why it matters";
  const Played played = play(expected);
  EXPECT_TRUE(played.broken_promises.empty()) << played.text;
  if (std::getenv("UNDERSTUDY_REWRITE") != nullptr) {
    std::ofstream(GetParam()) << played.text;
  } else {
    EXPECT_EQ(played.text, expected);
  }
}

INSTANTIATE_TEST_SUITE_P(All, Transcript, testing::ValuesIn(files()),
                         [](const auto& file) { return name_of(file.param); });

// ---- all of them together

TEST(Transcripts, UseEveryRowOfTheTable) {
  std::set<std::pair<Role, Cause>> used;
  for (const fs::path& file : files()) used.merge(play(read(file)).used_rows);
  for (const Transition& row : transitions()) {
    EXPECT_TRUE(used.contains({row.from, row.cause}))
        << "no transcript leads from " << to_text(row.from) << " by " << to_text(row.cause);
  }
}

TEST(Transcripts, TellEveryStoryAndClaim) {
  std::set<std::string> beginnings;
  for (const fs::path& file : files()) {
    beginnings.insert(name_of(file).substr(0, name_of(file).find('_')));
  }
  for (const int story : {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13}) {
    const std::string name = "story" + std::string(story < 10 ? "0" : "") + std::to_string(story);
    EXPECT_TRUE(beginnings.contains(name)) << name;
  }
  // The rows of the method, by their first claims. Those about packets and captures (7, 8, 22) and
  // programs (13) are about substrates; here an echo request is a call.
  for (const int claim : {1, 3, 4, 6, 9, 11, 12, 14, 19}) {
    const std::string name = "claim" + std::string(claim < 10 ? "0" : "") + std::to_string(claim);
    EXPECT_TRUE(beginnings.contains(name)) << name;
  }
}

}  // namespace
}  // namespace understudy::transcript
