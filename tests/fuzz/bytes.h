// SPDX-License-Identifier: MIT
//
// Reads what a fuzzer made up as decisions. Bytes that are missing are zeros.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "understudy/failover/time.h"

namespace understudy::fuzz {

class Bytes {
 public:
  explicit Bytes(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  [[nodiscard]] bool empty() const { return bytes_.empty(); }

  std::uint8_t byte() {
    if (bytes_.empty()) return 0;
    const std::uint8_t next = bytes_.front();
    bytes_ = bytes_.subspan(1);
    return next;
  }
  std::uint64_t number(int bytes = 8) {
    std::uint64_t number = 0;
    for (int i = 0; i < bytes; ++i) number = number << 8 | byte();
    return number;
  }
  std::size_t below(std::size_t bound) { return byte() % bound; }  // at most 256
  bool yes() { return (byte() & 1) != 0; }
  template <class E>
  E one_of(std::size_t count) {
    return static_cast<E>(below(count));
  }

  // From nothing to two years, each order of magnitude as often as any other.
  Duration span() {
    const std::uint64_t mantissa = byte();
    const std::size_t exponent = below(57);
    if (exponent == 0) return Duration::zero();
    return Duration(static_cast<Duration::rep>(((256 + mantissa) << exponent) >> 9));
  }

 private:
  std::span<const std::uint8_t> bytes_;
};

}  // namespace understudy::fuzz
