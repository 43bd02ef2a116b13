// SPDX-License-Identifier: MIT
//
// Messages between the two agents that nobody else can make, change or play again.
//
// Each packet carries a keyed hash (HMAC-SHA-256 by a secret that both servers know). Against
// replays, each daemon draws a random number for its life, the session, and counts its packets. A
// packet says whose session it was made for; a daemon believes a message only if that is its own
// session, the sender's session is not one that it has seen succeeded by another, and the count has
// grown. So nothing that was recorded before either daemon started, and nothing twice, is believed.
//
// A daemon that starts knows no session of the other: it says hello. What is made for a stale
// session is answered by a hello; a lost one is made up for by the next message.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "understudy/failover/ports.h"
#include "understudy/failover/wire.h"

namespace understudy::live {

using Secret = std::array<std::uint8_t, 32>;
// Of a text of any length.
[[nodiscard]] Secret secret_from(std::string_view text);

// Room for the longest packet: preamble, sender, session, count, made-for, message, hash.
inline constexpr std::size_t sealed_size = 8 + 1 + 3 * 8 + message_size + 32;

struct SealedBytes {
  std::array<std::uint8_t, sealed_size> bytes{};
  std::size_t size = 0;
  [[nodiscard]] std::span<const std::uint8_t> span() const { return std::span(bytes).first(size); }
};

class Sealer {
 public:
  // `session` is random, and not zero.
  Sealer(ServerId id, const Secret& secret, std::uint64_t session);

  [[nodiscard]] SealedBytes seal(const Message& message);
  [[nodiscard]] SealedBytes hello();

  struct Opened {
    std::optional<Message> message{};     // that may be believed
    std::optional<SealedBytes> answer{};  // a hello to be sent back
    bool forged = false;  // it was not made by whoever knows the secret, or was played again
  };
  [[nodiscard]] Opened open(std::span<const std::uint8_t> bytes);

  // Whether the other's present life has been heard of.
  [[nodiscard]] bool acquainted() const { return peer_ != 0; }

 private:
  [[nodiscard]] SealedBytes pack(std::uint64_t made_for, const Message* message);
  [[nodiscard]] bool fresh(std::uint64_t session, std::uint64_t count);

  ServerId id_;
  Secret secret_;
  std::uint64_t session_;
  std::uint64_t count_ = 0;
  std::uint64_t peer_ = 0;           // the other's session; 0: not known
  std::uint64_t peer_count_ = 0;     // the greatest heard in it
  std::vector<std::uint64_t> over_;  // sessions of the other that were succeeded
};

}  // namespace understudy::live
