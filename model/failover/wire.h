// SPDX-License-Identifier: MIT
//
// Messages as bytes, the same on every wire: network order, a fixed length, a version up front.
// Whoever reads one trusts nothing in it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "understudy/failover/ports.h"

namespace understudy {

inline constexpr std::size_t message_size = 44;
using MessageBytes = std::array<std::uint8_t, message_size>;

[[nodiscard]] MessageBytes encode(const Message& message);

// None: these bytes are not a message of this version.
[[nodiscard]] std::optional<Message> decode(std::span<const std::uint8_t> bytes);

}  // namespace understudy
