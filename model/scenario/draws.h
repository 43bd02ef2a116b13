// SPDX-License-Identifier: MIT
//
// Random numbers that belong to the run.
//
// Everything that a scenario leaves to chance is drawn from a stream named after its purpose
// ("fault/0", "boot/first", "writes" …) of one run of one seed. A stream is a function: its i-th
// number depends on (seed, run, name, i) and on nothing else, so that
//
// - run 17's crash falls on the same nanosecond on every substrate, in any order and any process;
// - another fault, or another draw from one stream, does not move the others;
// - a stretch of draws can be skipped at no cost.
#pragma once

#include <cstdint>
#include <string_view>

namespace understudy {

// Which repetition of which experiment. Runs are numbered from 1.
struct Run {
  std::uint64_t seed = 1;
  std::uint64_t number = 1;
  bool operator==(const Run&) const = default;
};

// Another future of the same run: what has been drawn stays, all that is still to be drawn comes
// from streams of its own. For copies of a world that are to part ways.
[[nodiscard]] Run branch_of(const Run& run, std::uint64_t branch);

// Counter-based: the name, the run and the seed are mixed into a key once; each number is two
// rounds of a finaliser over the key and the number's index. The key goes in between the rounds, so
// that streams whose keys lie near do not repeat each other's numbers some places on.
class Stream {
 public:
  Stream() = default;
  Stream(const Run& run, std::string_view name);

  // 64 random bits, and on to the next.
  std::uint64_t bits() { return at(next_++); }
  // Uniform on (0, 1), never an end, with 52 random bits; and on to the next.
  double uniform() { return to_uniform(bits()); }
  // True with the given probability; and on to the next.
  bool chance(double probability) { return uniform() < probability; }

  // The i-th number, from 0, without moving.
  [[nodiscard]] std::uint64_t at(std::uint64_t i) const {
    return mix(mix(i + golden_ratio) ^ key_);
  }
  // A number that belongs to the stream as a whole, and to all of its branches.
  [[nodiscard]] std::uint64_t mark() const { return mix(mix(golden_ratio - 1) ^ origin_); }
  // The middles of 2^52 equal parts of (0, 1): with one bit more, the last would round to 1.
  [[nodiscard]] static double to_uniform(std::uint64_t bits) {
    return (static_cast<double>(bits >> 12) + 0.5) * 0x1p-52;
  }
  // How many numbers have been drawn; skipping to `position` costs nothing.
  [[nodiscard]] std::uint64_t position() const { return next_; }
  void skip_to(std::uint64_t position) { next_ = position; }

  // Goes on as the same stream of another branch of its run.
  void branch(std::uint64_t number) { key_ = mixed_in(key_, number); }

  bool operator==(const Stream&) const = default;

 private:
  friend Run branch_of(const Run& run, std::uint64_t branch);

  static constexpr std::uint64_t golden_ratio = 0x9e3779b97f4a7c15;

  // David Stafford's variant 13 of MurmurHash3's finaliser, the one of SplitMix64: a bijection in
  // which each bit of the input moves each bit of the output with probability one half.
  static constexpr std::uint64_t mix(std::uint64_t z) {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  // Twice, so that branches of branches do not depend on the sum or the order of their numbers.
  static constexpr std::uint64_t mixed_in(std::uint64_t key, std::uint64_t number) {
    return mix((key ^ mix(number + golden_ratio)) + golden_ratio);
  }
  static std::uint64_t key(const Run& run, std::string_view name);

  std::uint64_t key_ = 0;
  std::uint64_t origin_ = 0;  // the key before any branch
  std::uint64_t next_ = 0;
};

}  // namespace understudy
