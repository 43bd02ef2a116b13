// SPDX-License-Identifier: MIT
#include "understudy/ns3/server_memory.h"

#include <gtest/gtest.h>

namespace understudy::ns3_substrate {
namespace {

ServerMemory written(Term term, std::uint64_t writes) {
  ServerMemory memory(4096);
  memory.begin_term(term);
  memory.write(writes);
  return memory;
}

TEST(ServerMemory, OneHistoryMakesTheSameBytesAndAnotherDoesNot) {
  EXPECT_EQ(written(1, 100).bytes(), written(1, 100).bytes());
  EXPECT_NE(written(1, 100).bytes(), written(1, 101).bytes());
  EXPECT_NE(written(1, 100).bytes(), written(2, 100).bytes());
}

TEST(ServerMemory, WritesAreCountedAndCarryTheirTerm) {
  ServerMemory memory = written(3, 5);
  memory.begin_term(4);
  memory.write(2);
  EXPECT_EQ(memory.stamp(), (MemoryStamp{.term = 4, .version = 7}));
}

TEST(ServerMemory, ACopyIsInstalledUnlessItIsOlder) {
  ServerMemory memory = written(2, 10);
  const auto before = memory.bytes();
  memory.install(written(1, 500).snapshot());
  memory.install(written(2, 9).snapshot());
  EXPECT_EQ(memory.bytes(), before) << "both are older";

  const ServerMemory newer = written(2, 11);
  memory.install(newer.snapshot());
  EXPECT_EQ(memory.bytes(), newer.bytes());
  EXPECT_EQ(memory.stamp(), newer.stamp());
}

TEST(ServerMemory, ACopyOfAnotherSizeIsNone) {
  ServerMemory memory = written(1, 10);
  auto copy = written(1, 20).snapshot();
  copy.bytes.pop_back();
  memory.install(copy);
  EXPECT_EQ(memory.stamp().version, 10U);
}

TEST(ServerMemory, ASnapshotStaysWhatItWas) {
  ServerMemory memory = written(1, 10);
  const auto snapshot = memory.snapshot();
  memory.write(10);
  EXPECT_EQ(snapshot.bytes, written(1, 10).bytes());
  EXPECT_EQ(snapshot.version, 10U);
}

}  // namespace
}  // namespace understudy::ns3_substrate
