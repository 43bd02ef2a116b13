// SPDX-License-Identifier: MIT
//
// What one server takes from the other, however much that one has its confidence: a peer that is
// broken or taken over must not fill this server's disk or memory, nor hold it for ever.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace understudy::copying {

// What a frame carries at the most.
inline constexpr std::size_t greatest_payload = std::size_t{64} * 1024;

struct Limits {
  std::uint64_t files = 200'000;                   // entries of a manifest, folders too
  std::uint64_t bytes = std::uint64_t{64} << 30U;  // of all files together
  std::uint64_t signature = std::uint64_t{64} << 20U;

  // From the connection to the end of the handshake.
  std::chrono::milliseconds handshake{3000};
  // Without a byte from the peer that is expected to talk.
  std::chrono::milliseconds silence{10'000};
  // While the primary takes the snapshot, of which nothing is sent.
  std::chrono::milliseconds snapshot{60'000};
  // The whole of a copy.
  std::chrono::milliseconds copy{600'000};
};

}  // namespace understudy::copying
