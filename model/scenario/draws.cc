// SPDX-License-Identifier: MIT
#include "understudy/scenario/draws.h"

namespace understudy {
namespace {

// FNV-1a, 64 bits.
std::uint64_t hash(std::string_view name) {
  std::uint64_t h = 0xcbf29ce484222325;
  for (const char letter : name) {
    h = (h ^ static_cast<unsigned char>(letter)) * 0x100000001b3;
  }
  return h;
}

}  // namespace

Stream::Stream(const Run& run, std::string_view name) : key_(key(run, name)), origin_(key_) {}

// Each part is mixed in before the next one comes, so that neither sums nor differences of seed,
// run and name can make two streams one.
std::uint64_t Stream::key(const Run& run, std::string_view name) {
  std::uint64_t k = mix(run.seed + golden_ratio);
  k = mix((k ^ run.number) + golden_ratio);
  return mix((k ^ hash(name)) + golden_ratio);
}

Run branch_of(const Run& run, std::uint64_t branch) {
  return {.seed = Stream::mixed_in(run.seed, branch), .number = run.number};
}

}  // namespace understudy
