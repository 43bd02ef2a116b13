// SPDX-License-Identifier: MIT
#include "understudy/copying/manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "understudy/copying/failure.h"

namespace understudy::copying {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

Entry folder(const std::string& path) { return {.path = path, .mode = 0755}; }
Entry file(const std::string& path, std::uint64_t size = 3) {
  return {.path = path, .kind = Entry::Kind::file, .mode = 0644, .size = size};
}
Entry link(const std::string& path, const std::string& target) {
  return {.path = path, .kind = Entry::Kind::link, .mode = 0777, .target = target};
}

Manifest made_of(const std::vector<Entry>& entries, const Limits& limits = {}) {
  Manifest manifest;
  for (const Entry& entry : entries) manifest.add(entry, limits);
  return manifest;
}

#define EXPECT_REFUSED(statement, words) \
  EXPECT_THAT([&] { static_cast<void>(statement); }, ThrowsMessage<CopyFailed>(HasSubstr(words)))

TEST(Manifest, EntriesAreReadAsTheyWereWritten) {
  Entry entry = file("a/b", 1ULL << 40U);
  entry.user = 7;
  entry.group = 8;
  entry.modified_s = -5;
  entry.modified_ns = 999'999'999;
  entry.digest.fill(9);
  for (const Entry& each : {entry, folder("."), link("a/l", "../x")}) {
    Writer writer;
    encode(writer, each);
    Reader reader(writer.bytes());
    EXPECT_EQ(decode_entry(reader), each);
    EXPECT_TRUE(reader.at_end());
    for (std::size_t size = 0; size < writer.bytes().size(); ++size) {
      Reader cut(Bytes(writer.bytes()).first(size));
      EXPECT_REFUSED(decode_entry(cut), "cut short");
    }
  }
}

TEST(Manifest, NoPathLeadsOutOfTheTree) {
  for (const char* path :
       {"/etc/passwd", "..", "../x", "a/../../x", "a/..", ".", "a/./b", "a//b", "a/", "", "./a"}) {
    EXPECT_NE(mistake_in_path(path), "") << path;
    EXPECT_REFUSED(made_of({folder("."), folder("a"), file(path)}), "cannot be copied");
  }
  EXPECT_NE(mistake_in_path(std::string("a\0b", 3)), "");
  EXPECT_NE(mistake_in_path(std::string(256, 'a')), "");
  for (const char* path : {"a", "...", "..a", "a/b c/\n", "-"}) {
    EXPECT_EQ(mistake_in_path(path), "") << path;
  }
}

TEST(Manifest, NoLinkPointsOutOfTheTree) {
  for (const char* target : {"/etc", "../../x", "b/..", "b/../..", "", "./../../x"}) {
    EXPECT_NE(mistake_in_target("a/l", target), "") << target;
  }
  for (const char* target : {"b", "..", "../x/y", "./b//c", "..a"}) {
    EXPECT_EQ(mistake_in_target("a/l", target), "") << target;
  }
  EXPECT_REFUSED(made_of({folder("."), link("l", "..")}), "out of the tree");
}

TEST(Manifest, NoPathLeadsThroughALinkOrAFile) {
  EXPECT_REFUSED(made_of({folder("."), folder("a"), link("l", "a"), file("l/x")}),
                 "its folder is none");
  EXPECT_REFUSED(made_of({folder("."), file("a"), file("a/x")}), "its folder is none");
  EXPECT_REFUSED(made_of({folder("."), file("a/x"), folder("a")}), "its folder is none");
}

TEST(Manifest, ATreeBeginsWithItsRootAndHasEachPathOnce) {
  EXPECT_REFUSED(made_of({folder("a")}), "root");
  EXPECT_REFUSED(made_of({file(".")}), "root");
  EXPECT_REFUSED(made_of({folder("."), folder(".")}), "cannot be copied");
  EXPECT_REFUSED(made_of({folder("."), file("a"), link("a", "b")}), "twice");
}

TEST(Manifest, TooManyFilesAndTooMuchInThemAreRefused) {
  const std::vector<Entry> entries = {folder("."), file("a", 5), file("b", 6)};
  EXPECT_EQ(made_of(entries, {.files = 3, .bytes = 11}).bytes(), 11U);
  EXPECT_REFUSED(made_of(entries, {.files = 2}), "too many");
  EXPECT_REFUSED(made_of(entries, {.bytes = 10}), "too much");
  EXPECT_REFUSED(made_of({folder("."), file("a", 5), file("b", ~0ULL)}, {}), "too much");
}

TEST(Manifest, WhatCannotBeOfAFileIsRefused) {
  Entry entry = file("a");
  entry.mode = 0100644;
  EXPECT_REFUSED(made_of({folder("."), entry}), "mode");
  entry = file("a");
  entry.modified_ns = 1'000'000'000;
  EXPECT_REFUSED(made_of({folder("."), entry}), "time");
}

TEST(Manifest, ItsDigestIsThatOfAllThatItSays) {
  const Digest digest = made_of({folder("."), file("a")}).digest();
  EXPECT_EQ(made_of({folder("."), file("a")}).digest(), digest);
  Entry other = file("a");
  other.modified_ns = 1;
  EXPECT_NE(made_of({folder("."), other}).digest(), digest);
  EXPECT_NE(made_of({folder("."), file("b")}).digest(), digest);
}

}  // namespace
}  // namespace understudy::copying
