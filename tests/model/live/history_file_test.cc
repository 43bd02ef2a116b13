// SPDX-License-Identifier: MIT
#include "understudy/live/history_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "understudy/scenario/bad_input.h"

namespace understudy::live {
namespace {

using namespace std::chrono_literals;

Time at(Duration since_boot) { return Time{} + since_boot; }

const BootMoment then{.boot_id = "one", .now = at(1000s), .wall = 50000s};

History some_history() {
  History history{.term = 7, .maintenance = true};
  history.fences[0] = at(900s);
  history.fences[1] = at(990s);
  return history;
}

class Folder {
 public:
  Folder()
      : path_(std::filesystem::temp_directory_path() / ("history" + std::to_string(getpid()))) {
    std::filesystem::remove_all(path_);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

TEST(HistoryFile, IsReadAsItWasWrittenWithinABoot) {
  const BootMoment later{.boot_id = "one", .now = at(2000s), .wall = 99999s};
  EXPECT_EQ(history_from_text(history_text(some_history(), then), later), some_history());
}

TEST(HistoryFile, AfterABootFencesAreAsLongAgoAsTheyAre) {
  // Written at wall 50000 s, when the last fence was 10 s old; read 100 s later, 30 s after a boot.
  const BootMoment later{.boot_id = "two", .now = at(30s), .wall = 50100s};
  const History read = history_from_text(history_text(some_history(), then), later);
  EXPECT_EQ(later.now - read.fences[0], 200s);
  EXPECT_EQ(later.now - read.fences[1], 110s);
  EXPECT_EQ(read.fences[2], never);
  EXPECT_EQ(read.term, 7U);
}

TEST(HistoryFile, AFenceIsNeverInTheFutureThoughTheWallClockWasSetBack) {
  const BootMoment later{.boot_id = "two", .now = at(30s), .wall = 10000s};
  const History read = history_from_text(history_text(some_history(), then), later);
  EXPECT_EQ(read.fences[0], later.now);
}

TEST(HistoryFile, SurvivesItsDaemon) {
  const Folder folder;
  {
    const HistoryFile file(folder.path());
    EXPECT_EQ(file.recall(), History{});
    History history = some_history();
    history.fences = History{}.fences;
    ASSERT_EQ(file.keep(history), "");
  }
  EXPECT_EQ(HistoryFile(folder.path()).recall().term, 7U);
  EXPECT_TRUE(HistoryFile(folder.path()).recall().maintenance);
}

TEST(HistoryFile, AnInstantBeyondAllClocksIsADamage) {
  const BootMoment now{.boot_id = "two", .now = at(30s), .wall = 10000s};
  for (const std::string number : {"9223372036854775807", "-9223372036854775808"}) {
    const std::string fence = "term = 1\nmaintenance = false\nfences = [" + number +
                              "]\nboot = \"one\"\nwall_minus_boot = 0\n";
    EXPECT_THROW(static_cast<void>(history_from_text(fence, now)), BadInput);
    const std::string clock =
        "term = 1\nmaintenance = false\nfences = [0]\nboot = \"one\"\nwall_minus_boot = " + number +
        "\n";
    EXPECT_THROW(static_cast<void>(history_from_text(clock, now)), BadInput);
  }
}

TEST(HistoryFile, ADamagedOneIsNotTakenForANewServer) {
  const Folder folder;
  std::filesystem::create_directories(folder.path());
  std::ofstream(folder.path() / "history.toml") << "term = 7\nmaintenance = fal";
  try {
    const HistoryFile file(folder.path());
    FAIL() << "it was read";
  } catch (const BadInput& mistake) {
    EXPECT_THAT(mistake.what(), testing::HasSubstr("history.toml: damaged"));
  }
}

}  // namespace
}  // namespace understudy::live
