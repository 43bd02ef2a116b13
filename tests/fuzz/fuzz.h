// SPDX-License-Identifier: MIT
//
// What a fuzz target and whoever drives it have in common. A target is a function that takes any
// bytes and ends the program if a promise is broken; libFuzzer drives it (`./dev fuzz`), or, where
// there is no clang, driver.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

// The names are libFuzzer's.
// NOLINTBEGIN(readability-identifier-naming)

// Returns -1 for bytes that are not worth to be kept.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

// A target may say how its inputs are changed; it calls the other for what any bytes can suffer.
// Both change `data` in place, to at most `most` bytes, and return the new size.
extern "C" [[gnu::weak]] std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                                             std::size_t most, unsigned seed);
extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);

// NOLINTEND(readability-identifier-naming)

namespace understudy::fuzz {

// Ends the program, and says why, if the promise is broken.
void require(bool kept, const char* promise);
void require(bool kept, const std::string& promise);

// Says that this input has come somewhere: one that comes somewhere new is worth to be kept, though
// no new line of code was run for it. Cheap; the fuzzer forgets it before the next input.
inline constexpr std::size_t landmark_count = 4096;
void reached(std::size_t landmark);
[[nodiscard]] std::span<std::uint8_t> landmarks();

// Defined by the target: what is the matter if, after some thousand inputs, these are all landmarks
// that were ever reached. Empty: nothing, they are enough to speak of a test.
[[nodiscard]] std::string shortcoming(std::span<const std::uint8_t> ever_reached);

}  // namespace understudy::fuzz
