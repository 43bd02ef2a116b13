// SPDX-License-Identifier: MIT
//
// The memory of one server: real bytes, which writes change and copies replace. It outlives the
// power of its host, like a disk.
//
// Write number n puts a 64-bit word that depends on (term, n) at a place that depends on n, so two
// memories of one stamp have the same bytes, and a copy that mixed two states would show.
#pragma once

#include <cstdint>
#include <vector>

#include "understudy/failover/ports.h"
#include "understudy/ns3/copy_end.h"

namespace understudy::ns3_substrate {

class ServerMemory {
 public:
  explicit ServerMemory(std::uint64_t size_bytes) : bytes_(size_bytes) {}

  [[nodiscard]] const MemoryStamp& stamp() const { return stamp_; }
  [[nodiscard]] const std::vector<std::uint8_t>& bytes() const { return bytes_; }

  // From now on what is written carries this term.
  void begin_term(Term term) { stamp_.term = term; }
  void write(std::uint64_t count);

  [[nodiscard]] ns3::UnderstudySnapshot snapshot() const;
  // Replaces the memory by a copy, unless the copy is older.
  void install(const ns3::UnderstudySnapshot& copy);

 private:
  MemoryStamp stamp_{};
  std::vector<std::uint8_t> bytes_;
};

}  // namespace understudy::ns3_substrate
