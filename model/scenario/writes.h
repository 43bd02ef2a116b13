// SPDX-License-Identifier: MIT
//
// What changes the memory: a Poisson process of writes, each done by every server that serves at
// that instant.
//
// Asked how many writes lie between two instants, it draws hardly more for a year than for a
// second, and the answer does not depend on what else was asked: writes are not drawn one after the
// other, but counted from above. Time is cut into blocks. How many writes a block has is one
// Poisson number. Each of them lies in the first or the second half of the block with equal
// probability, so a fair coin a write says how many lie in either; and so on, half by half, down
// to leaves of a few writes, whose instants are drawn. All of these numbers are functions of the
// run and of the place in time alone (draws.h): a block that nobody looks into costs one number.
//
// Streams: "writes" (how many in each block), "writes/halves", "writes/instants".
#pragma once

#include <array>
#include <cstdint>

#include "understudy/failover/time.h"
#include "understudy/scenario/draws.h"
#include "understudy/scenario/scenario.h"

namespace understudy {

class Writes {
 public:
  Writes() = default;
  Writes(const MemoryLoad& load, const Run& run);
  // Passes all writes up to now, and says how many they were.
  std::uint64_t pass(Time now);
  // The writes that have not been passed are those of another branch of the run (draws.h).
  void branch(std::uint64_t number);
  bool operator==(const Writes&) const = default;

 private:
  // The writes in a part of time.
  struct Part {
    std::uint64_t before = 0;  // since the start of the run
    std::uint64_t count = 0;
    bool operator==(const Part&) const = default;
  };
  static constexpr int most_halvings = 15;

  [[nodiscard]] std::uint64_t count_until(std::uint64_t instant_ns);
  void enter_block(std::uint64_t block);
  void enter_leaf(std::uint64_t leaf);
  [[nodiscard]] std::uint64_t count_in_block() const;
  [[nodiscard]] std::uint64_t count_in_first_half(std::uint64_t count, int level,
                                                  std::uint64_t index) const;
  [[nodiscard]] std::uint64_t count_in_leaf(std::uint64_t until_ns) const;

  Stream blocks_;
  Stream halves_;
  Stream instants_;
  double mean_of_block_ = 0.0;  // writes; 0: there are none at all
  int block_bits_ = 0;          // a block is 2^this nanoseconds
  int halvings_ = 0;            // down to a leaf
  Time passed_until_{};
  std::uint64_t passed_ = 0;
  // Where the last answer was found: the parts that it lies in, from the block down to the leaf.
  std::uint64_t block_ = 0;
  std::uint64_t leaf_ = 0;  // of the block
  std::array<Part, most_halvings + 1> parts_{};
};

}  // namespace understudy
