// SPDX-License-Identifier: MIT
#include "understudy/copying/store.h"

#include <gtest/gtest.h>

#include "support/pair.h"
#include "understudy/copying/failure.h"

namespace understudy::copying {
namespace {

Digest digest_with(std::uint8_t value) {
  Digest digest{};
  digest.fill(value);
  return digest;
}

class StoreTest : public testing::Test {
 protected:
  [[nodiscard]] fs::path folder() const { return folder_.path() / "store"; }

  Draft draft(Store& store, const State& state, const std::string& text) {
    const Draft made = store.begin();
    write(made.data() / "file", text);
    store.finish(made, state);
    return made;
  }

 private:
  TemporaryFolder folder_;
};

TEST_F(StoreTest, AStampIsReadAsItWasWritten) {
  const State state{
      .stamp = {.term = 7, .version = ~0ULL}, .digest = digest_with(0xab), .written_here = true};
  EXPECT_EQ(parse_state(to_text(state)), state);
  for (const char* text :
       {"", "understudy memory 2\n", "understudy memory 1\nterm = x\n",
        "understudy memory 1\nterm = 1\nversion = -1\n",
        "understudy memory 1\nterm = 1\nversion = 1\ndigest = 00\nwritten = here\n"}) {
    EXPECT_THROW(static_cast<void>(parse_state(text)), CopyFailed) << text;
  }
}

TEST_F(StoreTest, BeginsEmptyAndKeepsItsStateOverARestart) {
  State before;
  {
    Store store(folder());
    EXPECT_EQ(store.state(), State{});
    EXPECT_TRUE(fs::is_directory(folder() / "current" / "data"));
    store.set_term(3);
    before = store.note_snapshot(store.generation(), digest_with(1));
    EXPECT_EQ(before.stamp, (MemoryStamp{.term = 3, .version = 1}));
  }
  EXPECT_EQ(Store(folder()).state(), before);
}

TEST_F(StoreTest, TheVersionIsRaisedIfTheSnapshotDiffersAndOnlyThen) {
  Store store(folder());
  const auto version = [&](std::uint8_t content) {
    return store.note_snapshot(store.generation(), digest_with(content)).stamp.version;
  };
  EXPECT_EQ(version(1), 1U);
  EXPECT_EQ(version(1), 1U);
  EXPECT_EQ(version(2), 2U);
  EXPECT_EQ(version(1), 3U);
  EXPECT_THROW(store.note_snapshot(store.generation() + 1, digest_with(5)), CopyFailed);
}

TEST_F(StoreTest, ANewGenerationReplacesTheCurrentOne) {
  Store store(folder());
  const State state{.stamp = {.term = 1, .version = 1}, .digest = digest_with(1)};
  const Draft made = draft(store, state, "new");
  EXPECT_FALSE(fs::exists(folder() / "current" / "data" / "file"));
  EXPECT_EQ(store.state(), State{});
  ASSERT_TRUE(store.commit(made));
  EXPECT_EQ(read(folder() / "current" / "data" / "file"), "new");
  EXPECT_EQ(store.state(), state);
  store.settle();
  EXPECT_EQ(
      std::distance(fs::directory_iterator(folder() / "generations"), fs::directory_iterator()), 1);
}

TEST_F(StoreTest, ANewerMemoryIsNeverReplacedByAnOlderOne) {
  Store store(folder());
  const State now{.stamp = {.term = 2, .version = 5}, .digest = digest_with(1)};
  ASSERT_TRUE(store.commit(draft(store, now, "now")));
  for (const MemoryStamp stamp : {MemoryStamp{2, 4}, MemoryStamp{1, 9}, MemoryStamp{0, 0}}) {
    EXPECT_FALSE(store.commit(draft(store, {.stamp = stamp}, "old")));
    EXPECT_EQ(read(folder() / "current" / "data" / "file"), "now");
    EXPECT_EQ(store.state(), now);
  }
}

TEST_F(StoreTest, WhatACrashHasLeftIsRemoved) {
  {
    Store store(folder());
    static_cast<void>(draft(store, {.stamp = {.term = 9}}, "never committed"));
    write(folder() / "generations" / "77" / "data" / "x", "half");
    write(folder() / "generations" / "dirt", "");
  }
  Store store(folder());
  EXPECT_EQ(store.state(), State{});
  EXPECT_EQ(
      std::distance(fs::directory_iterator(folder() / "generations"), fs::directory_iterator()), 1);
}

TEST_F(StoreTest, IsOpenInOneProcessOnly) {
  const Store store(folder());
  EXPECT_THROW(Store{folder()}, CopyFailed);
}

}  // namespace
}  // namespace understudy::copying
