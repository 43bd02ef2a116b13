// SPDX-License-Identifier: MIT
#include "understudy/scenario/writes.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>

namespace understudy {
namespace {

// At most so many writes are in a block on average, hence 8 in a leaf.
constexpr double most_in_block = 0x1p18;
// A run is 2^62 ns long at most.
constexpr int most_block_bits = 61;

// Numbers of the streams that are set aside, as powers of two, far more than can be needed.
constexpr int bits_for_block = 8;      // draws for the count of a block
constexpr int bits_for_leaf = 6;       // instants in a leaf
constexpr int bits_for_halvings = 18;  // 64 coins each, for all halvings of a block
constexpr int bits_for_level = 14;     // of these, for those of parts of one size

// How many bits are set: std::popcount is a call into a library where no instruction can be counted
// on, and there are many coins.
std::uint64_t ones(std::uint64_t bits) {
  bits -= (bits >> 1) & 0x5555555555555555;
  bits = (bits & 0x3333333333333333) + ((bits >> 2) & 0x3333333333333333);
  bits = (bits + (bits >> 4)) & 0x0f0f0f0f0f0f0f0f;
  return (bits * 0x0101010101010101) >> 56;
}

// ln n!, by Stirling's series where the factorials get long.
double log_factorial(double n) {
  if (n < 16.0) {
    double product = 1.0;
    for (int factor = 2; factor <= n; ++factor) product *= factor;
    return std::log(product);
  }
  const double square = n * n;
  const double series = (1.0 / 12.0 - (1.0 / 360.0 - 1.0 / (1260.0 * square)) / square) / n;
  return (n + 0.5) * std::log(n) - n + 0.5 * std::log(2.0 * std::numbers::pi) + series;
}

// A Poisson number of a small mean: how many exponential gaps fit.
std::uint64_t draw_small_poisson(double mean, Stream stream) {
  const double limit = std::exp(-mean);
  std::uint64_t count = 0;
  double product = stream.uniform();
  while (product > limit) {
    product *= stream.uniform();
    ++count;
  }
  return count;
}

// Hörmann's PTRS: "The transformed rejection method for generating Poisson random variables",
// Insurance: Mathematics and Economics 12, 1993. For means from 10 on.
std::uint64_t draw_large_poisson(double mean, Stream stream) {
  const double b = 0.931 + 2.53 * std::sqrt(mean);
  const double a = -0.059 + 0.02483 * b;
  const double inverse_alpha = 1.1239 + 1.1328 / (b - 3.4);
  const double squeeze = 0.9277 - 3.6224 / (b - 2.0);
  while (true) {
    const double u = stream.uniform() - 0.5;
    const double v = stream.uniform();
    const double us = 0.5 - std::abs(u);
    const double k = std::floor((2.0 * a / us + b) * u + mean + 0.43);
    if (us >= 0.07 && v <= squeeze) return static_cast<std::uint64_t>(k);
    if (k < 0.0 || (us < 0.013 && v > us)) continue;
    if (std::log(v * inverse_alpha / (a / (us * us) + b)) <=
        k * std::log(mean) - mean - log_factorial(k)) {
      return static_cast<std::uint64_t>(k);
    }
  }
}

}  // namespace

Writes::Writes(const MemoryLoad& load, const Run& run)
    : blocks_(run, "writes"), halves_(run, "writes/halves"), instants_(run, "writes/instants") {
  const double rate_per_ns = load.write_rate_per_s / 1e9;
  if (rate_per_ns <= 0.0) return;
  const double bits = std::floor(std::log2(most_in_block / rate_per_ns));
  block_bits_ = static_cast<int>(std::clamp(bits, 0.0, double{most_block_bits}));
  halvings_ = std::min(block_bits_, most_halvings);
  mean_of_block_ = std::ldexp(rate_per_ns, block_bits_);
  enter_block(0);
}

std::uint64_t Writes::pass(Time now) {
  if (mean_of_block_ <= 0.0 || now <= passed_until_) return 0;
  passed_until_ = now;
  const std::uint64_t before = passed_;
  passed_ = count_until(static_cast<std::uint64_t>(now.time_since_epoch().count()));
  return passed_ - before;
}

// Only differences of counts are ever seen: those of this branch begin where the old one was left.
void Writes::branch(std::uint64_t number) {
  for (Stream* const stream : {&blocks_, &halves_, &instants_}) stream->branch(number);
  if (mean_of_block_ <= 0.0) return;
  parts_[0].count = 0;
  enter_block(block_);
  passed_ = count_until(static_cast<std::uint64_t>(passed_until_.time_since_epoch().count()));
}

std::uint64_t Writes::count_until(std::uint64_t instant_ns) {
  const std::uint64_t block = instant_ns >> block_bits_;
  const std::uint64_t in_block = instant_ns - (block << block_bits_);
  const int leaf_bits = block_bits_ - halvings_;
  const std::uint64_t leaf = in_block >> leaf_bits;
  while (block_ < block) enter_block(block_ + 1);
  if (leaf_ != leaf) enter_leaf(leaf);
  return parts_[static_cast<std::size_t>(halvings_)].before +
         count_in_leaf(in_block - (leaf << leaf_bits));
}

void Writes::enter_block(std::uint64_t block) {
  Part& whole = parts_[0];
  whole.before += whole.count;
  block_ = block;
  whole.count = count_in_block();
  leaf_ = std::uint64_t{1} << halvings_;  // none of its leaves yet
}

// From the smallest part that the last leaf and this one have in common.
void Writes::enter_leaf(std::uint64_t leaf) {
  const int common = std::max(halvings_ - static_cast<int>(std::bit_width(leaf_ ^ leaf)), 0);
  leaf_ = leaf;
  for (int level = common; level < halvings_; ++level) {
    const Part& whole = parts_[static_cast<std::size_t>(level)];
    Part& half = parts_[static_cast<std::size_t>(level) + 1];
    const std::uint64_t in_first =
        count_in_first_half(whole.count, level, leaf >> (halvings_ - level));
    const bool second = ((leaf >> (halvings_ - level - 1)) & 1) != 0;
    half.before = whole.before + (second ? in_first : 0);
    half.count = second ? whole.count - in_first : in_first;
  }
}

std::uint64_t Writes::count_in_block() const {
  Stream stream = blocks_;
  stream.skip_to(block_ << bits_for_block);
  return mean_of_block_ < 10.0 ? draw_small_poisson(mean_of_block_, stream)
                               : draw_large_poisson(mean_of_block_, stream);
}

// Heads among as many fair coins.
std::uint64_t Writes::count_in_first_half(std::uint64_t count, int level,
                                          std::uint64_t index) const {
  std::uint64_t place = (block_ << bits_for_halvings) +
                        (static_cast<std::uint64_t>(level) << bits_for_level) +
                        (index << (bits_for_level - level));
  std::uint64_t heads = 0;
  for (; count >= 64; count -= 64) heads += ones(halves_.at(place++));
  return count > 0 ? heads + ones(halves_.at(place) >> (64 - count)) : heads;
}

// Those at this instant of the leaf or before it.
std::uint64_t Writes::count_in_leaf(std::uint64_t until_ns) const {
  const std::uint64_t all = parts_[static_cast<std::size_t>(halvings_)].count;
  const int leaf_bits = block_bits_ - halvings_;
  if (leaf_bits == 0) return all;
  const std::uint64_t first = ((block_ << halvings_) + leaf_) << bits_for_leaf;
  std::uint64_t count = 0;
  for (std::uint64_t i = 0; i < all; ++i) {
    if (instants_.at(first + i) >> (64 - leaf_bits) <= until_ns) ++count;
  }
  return count;
}

}  // namespace understudy
