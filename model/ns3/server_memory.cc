// SPDX-License-Identifier: MIT
#include "understudy/ns3/server_memory.h"

#include <cstring>

#include "understudy/scenario/draws.h"

namespace understudy::ns3_substrate {

void ServerMemory::write(std::uint64_t count) {
  for (std::uint64_t i = 0; i < count; ++i) {
    ++stamp_.version;
    const std::size_t words = bytes_.size() / sizeof(std::uint64_t);
    if (words == 0) continue;
    const Stream contents({.seed = stamp_.term, .number = stamp_.version}, "memory");
    const std::uint64_t word = contents.at(0);
    const std::size_t place = static_cast<std::size_t>(contents.at(1) % words);
    std::memcpy(bytes_.data() + place * sizeof word, &word, sizeof word);
  }
}

ns3::UnderstudySnapshot ServerMemory::snapshot() const {
  return {.term = stamp_.term, .version = stamp_.version, .bytes = bytes_};
}

void ServerMemory::install(const ns3::UnderstudySnapshot& copy) {
  const MemoryStamp stamp{.term = copy.term, .version = copy.version};
  if (stamp < stamp_ || copy.bytes.size() != bytes_.size()) return;
  stamp_ = stamp;
  bytes_ = copy.bytes;
}

}  // namespace understudy::ns3_substrate
