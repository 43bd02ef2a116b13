// SPDX-License-Identifier: MIT
//
// Copies of what changes while it is read.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstring>
#include <fstream>
#include <functional>
#include <string>
#include <thread>

#include "support/pair.h"
#include "understudy/copying/failure.h"
#include "understudy/copying/snapshot.h"

namespace understudy::copying {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using enum ServerId;

// ---- by a service that does as it likes ---------------------------------------------------------

// Does something again and again, while a test looks.
class Busy {
 public:
  explicit Busy(std::function<void()> act)
      : thread_([this, act = std::move(act)] {
          while (!enough_) {
            act();
            ++rounds_;
          }
        }) {
    while (rounds_ == 0) std::this_thread::yield();
  }
  ~Busy() {
    enough_ = true;
    thread_.join();
  }
  Busy(const Busy&) = delete;
  Busy& operator=(const Busy&) = delete;

 private:
  std::atomic<bool> enough_ = false;
  std::atomic<int> rounds_ = 0;
  std::thread thread_;
};

TEST(MovingMemory, AFileThatIsAppendedToAllTheTimeIsCopiedAsItWasAtAnInstant) {
  Pair pair;
  std::ofstream out(pair.data(first) / "log");
  pair.at(first).serve(1);
  std::uintmax_t size = 0;
  {
    // A write that crosses a page may be seen half done; of eight bytes none does.
    const Busy appending([&] { out << "of this\n" << std::flush; });
    for (int i = 0; i < 10; ++i) {
      while (fs::file_size(pair.data(first) / "log") <= size) std::this_thread::yield();
      ASSERT_EQ(pair.copy(second), CopyResult::whole) << pair.log;
      const std::string log = read(pair.data(second) / "log");
      EXPECT_EQ(log.size() % 8, 0U);
      EXPECT_GT(log.size(), size);
      size = log.size();
    }
  }
  ASSERT_EQ(pair.copy(second), CopyResult::whole) << pair.log;
  EXPECT_EQ(picture(pair.data(second)), picture(pair.data(first)));
}

// At no instant is the number at the end ahead of the one at the beginning, nor behind it by more
// than one; whoever reads the file just once finds it ahead now and then. On a busy machine it may
// also be found to change too fast.
TEST(MovingMemory, AFileThatIsRewrittenAllTheTimeIsCopiedAsItWasAtAnInstant) {
  constexpr off_t end = 2'000'000;
  Pair pair;
  write(pair.data(first) / "table", noise(end, 1));
  const Descriptor table(::open((pair.data(first) / "table").c_str(), O_WRONLY | O_CLOEXEC));
  std::uint64_t number = 0;
  const auto put = [&](off_t at) {
    ASSERT_EQ(::pwrite(table.number(), &number, sizeof number, at), sizeof number);
  };
  const Busy rewriting([&] {
    ++number;
    put(0);
    put(end);
    std::this_thread::sleep_for(15ms);
  });
  pair.at(first).serve(1);
  int copies = 0;
  for (int tries = 0; copies < 30 && tries < 60; ++tries) {
    if (pair.copy(second) != CopyResult::whole) continue;
    ++copies;
    const std::string copy = read(pair.data(second) / "table");
    ASSERT_EQ(copy.size(), end + sizeof number);
    std::uint64_t at_begin = 0;
    std::uint64_t at_end = 0;
    std::memcpy(&at_begin, copy.data(), sizeof at_begin);
    std::memcpy(&at_end, copy.data() + end, sizeof at_end);
    EXPECT_THAT(at_begin - at_end, ::testing::AnyOf(0U, 1U));
  }
  EXPECT_EQ(copies, 30) << pair.log;
}

TEST(MovingMemory, AFileThatChangesFasterThanItCanBeReadFailsTheCopy) {
  Pair pair;
  write(pair.data(first) / "busy", noise(20'000'000, 1));
  pair.at(first).serve(1);
  ASSERT_EQ(pair.copy(second), CopyResult::whole) << pair.log;
  std::uint64_t last = 0;
  {
    const Descriptor busy(::open((pair.data(first) / "busy").c_str(), O_WRONLY | O_CLOEXEC));
    std::uint64_t number = 0;
    const Busy rewriting([&] {
      ++number;
      ASSERT_EQ(::pwrite(busy.number(), &number, sizeof number, 10'000'000), sizeof number);
    });
    // On a busy machine the writer may rest for as long as the copy takes, and then there is one.
    CopyResult result = CopyResult::whole;
    for (int tries = 0; result == CopyResult::whole && tries < 20; ++tries) {
      last = pair.at(second).memory().version;
      result = pair.copy(second);
    }
    EXPECT_EQ(result, CopyResult::failed);
  }
  EXPECT_THAT(pair.log, HasSubstr("\"busy\" goes on changing"));
  EXPECT_EQ(pair.at(second).memory().version, last);
  EXPECT_EQ(pair.copy(second), CopyResult::whole) << pair.log;
  EXPECT_EQ(picture(pair.data(second)), picture(pair.data(first)));
}

TEST(MovingMemory, WithTheWholeTreeQuietAChangeElsewhereTakesTheSnapshotAgain) {
  Pair pair(quick_limits(), {.quiet = Quiet::whole_tree});
  for (int i = 0; i < 50; ++i) {
    write(pair.data(first) / ("file" + std::to_string(i)), noise(200'000, 1));
  }
  std::atomic<bool> enough = false;
  std::thread writer([&, root = pair.data(first)] {  // each lives shorter than the snapshot takes
    for (int i = 0; !enough; ++i) {
      write(root / ("z" + std::to_string(i)), "");
      std::this_thread::sleep_for(1ms);
      fs::remove(root / ("z" + std::to_string(i)));
    }
  });
  pair.at(first).serve(1);
  CopyResult result = CopyResult::whole;
  // On a busy machine the writer may rest for as long as a snapshot takes, and then there is one.
  for (int tries = 0; result == CopyResult::whole && tries < 20; ++tries)
    result = pair.copy(second);
  EXPECT_EQ(result, CopyResult::failed);
  enough = true;
  writer.join();
  EXPECT_THAT(pair.log, HasSubstr("no snapshot of the whole tree"));
  EXPECT_EQ(pair.copy(second), CopyResult::whole) << pair.log;
}

// ---- by whoever is asked at each bite whether to go on ------------------------------------------

// The other writer never rests here, however busy the machine is.
class Bitten : public testing::Test {
 protected:
  [[nodiscard]] Freezer freezer(Quiet quiet) { return {store_, {.quiet = quiet}, quick_limits()}; }
  [[nodiscard]] fs::path data() const { return store_.data(); }
  static std::string mistake_of(Freezer& freezer, const Freezer::GoOn& change) {
    try {
      static_cast<void>(freezer.freeze(change));
    } catch (const CopyFailed& failed) {
      return failed.what();
    }
    return "there is a snapshot";
  }

 private:
  TemporaryFolder folder_;
  Store store_{folder_.path() / "store"};
};

TEST_F(Bitten, AFileThatChangesAtEachBiteHasNoSnapshot) {
  write(data() / "busy", noise(500'000, 1));
  const Descriptor busy(::open((data() / "busy").c_str(), O_WRONLY | O_CLOEXEC));
  std::uint64_t number = 0;
  Freezer frozen = freezer(Quiet::each_file);
  EXPECT_THAT(mistake_of(frozen,
                         [&] {
                           ++number;
                           ASSERT_EQ(::pwrite(busy.number(), &number, sizeof number, 250'000),
                                     sizeof number);
                         }),
              HasSubstr("\"busy\" goes on changing"));
  EXPECT_GT(number, 10U);
}

TEST_F(Bitten, AFileThatGrowsAtABiteIsTakenAsItWasWhenItsEndWasFound) {
  write(data() / "log", noise(500'000, 1));
  std::ofstream log(data() / "log", std::ios::app);
  int bites = 0;
  Freezer frozen = freezer(Quiet::each_file);
  const Snapshot snapshot = frozen.freeze([&] {
    if (++bites % 5 == 0) log << "a line\n" << std::flush;
  });
  const auto& entries = snapshot.manifest.entries();
  ASSERT_EQ(entries.size(), 2U);
  const std::string now = read(data() / "log");
  EXPECT_GT(entries[1].size, 500'000U) << "what came before its end was found is in it";
  EXPECT_LT(entries[1].size, now.size()) << "and what came later is not";
  EXPECT_EQ((entries[1].size - 500'000U) % 7, 0U);
  std::string kept(entries[1].size, '\0');
  const Descriptor content = frozen.open(entries[1]);
  ASSERT_EQ(::pread(content.number(), kept.data(), kept.size(), 0),
            static_cast<ssize_t>(kept.size()));
  EXPECT_EQ(kept, now.substr(0, kept.size()));
}

// What is new is read the next time, and so there is a bite again.
TEST_F(Bitten, AWholeTreeThatChangesAtEachBiteHasNoSnapshot) {
  for (int i = 0; i < 5; ++i) write(data() / ("file" + std::to_string(i)), noise(200'000, 1));
  int number = 0;
  Freezer frozen = freezer(Quiet::whole_tree);
  EXPECT_THAT(mistake_of(frozen, [&] { write(data() / ("z" + std::to_string(++number)), "new"); }),
              HasSubstr("no snapshot of the whole tree"));
  EXPECT_GT(number, 5);
}

}  // namespace
}  // namespace understudy::copying
