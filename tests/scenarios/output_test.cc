// SPDX-License-Identifier: MIT
#include "understudy/cli/output.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <ostream>
#include <sstream>
#include <string>

#include "understudy/scenario/bad_input.h"

namespace understudy::cli {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class OutputFile : public ::testing::Test {
 protected:
  void SetUp() override { fs::create_directory(folder_); }
  void TearDown() override { fs::remove_all(folder_); }

  [[nodiscard]] std::size_t files() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder_), {}));
  }
  static std::string content(const fs::path& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  }
  static std::string complaint(const fs::path& path) {
    try {
      const Output output(path);
      return "none";
    } catch (const BadInput& mistake) {
      return mistake.what();
    }
  }

  fs::path folder_ = fs::temp_directory_path() / ("output_test." + std::to_string(getpid()));
  fs::path place_ = folder_ / "runs.csv";
};

TEST_F(OutputFile, IsThereOnceItIsCommitted) {
  Output output(place_);
  output.stream() << "all of it\n";
  EXPECT_FALSE(fs::exists(place_));
  output.commit();
  EXPECT_EQ(content(place_), "all of it\n");
  EXPECT_EQ(files(), 1U);
}

TEST_F(OutputFile, LeavesNoTraceWithoutACommit) {
  { Output(place_).stream() << "half of it"; }
  EXPECT_EQ(files(), 0U);
}

TEST_F(OutputFile, LeavesWhatWasThereWithoutACommit) {
  std::ofstream(place_) << "former";
  { Output(place_).stream() << "half of it"; }
  EXPECT_EQ(content(place_), "former");
  EXPECT_EQ(files(), 1U);
}

TEST_F(OutputFile, ReplacesWhatWasThere) {
  std::ofstream(place_) << "former";
  Output output(place_);
  output.stream() << "new";
  output.commit();
  EXPECT_EQ(content(place_), "new");
}

TEST_F(OutputFile, HasTheRightsOfAnyNewFile) {
  std::ofstream(folder_ / "any") << "";
  Output output(place_);
  output.commit();
  EXPECT_EQ(fs::status(place_).permissions(), fs::status(folder_ / "any").permissions());
}

TEST_F(OutputFile, IsWrittenThroughALink) {
  std::ofstream(folder_ / "target") << "former";
  fs::create_symlink("target", place_);
  Output output(place_);
  output.stream() << "new";
  output.commit();
  EXPECT_TRUE(fs::is_symlink(place_));
  EXPECT_EQ(content(folder_ / "target"), "new");
}

TEST_F(OutputFile, MayBeADevice) {
  Output output("/dev/null");
  output.stream() << "nothing";
  output.commit();
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
}

TEST_F(OutputFile, IsRefusedBeforeAnythingIsWrittenIfItCannotBe) {
  EXPECT_THAT(complaint(folder_), HasSubstr("it is a directory"));
  EXPECT_THAT(complaint(folder_ / "nowhere" / "runs.csv"), HasSubstr("No such file or directory"));
  std::ofstream(place_) << "former";
  EXPECT_THAT(complaint(place_ / "runs.csv"), HasSubstr("Not a directory"));
  EXPECT_EQ(files(), 1U);
}

TEST_F(OutputFile, SaysSoIfItIsFullInTheEnd) {
  Output output("/dev/full");
  output.stream() << std::string(100000, 'x');
  EXPECT_THROW(output.commit(), std::runtime_error);
}

}  // namespace
}  // namespace understudy::cli
