// SPDX-License-Identifier: MIT
#include "understudy/failover/wire.h"

#include <algorithm>

namespace understudy {
namespace {

// "undstdy" and the version of what follows.
constexpr std::array<std::uint8_t, 8> preamble = {'u', 'n', 'd', 's', 't', 'd', 'y', 1};

class Writer {
 public:
  explicit Writer(MessageBytes& bytes) : next_(bytes.begin()) {}
  void byte(std::uint8_t value) { *next_++ = value; }
  void word(std::uint64_t value) {
    for (int shift = 56; shift >= 0; shift -= 8) byte(static_cast<std::uint8_t>(value >> shift));
  }

 private:
  MessageBytes::iterator next_;
};

class Reader {
 public:
  explicit Reader(std::span<const std::uint8_t> bytes) : next_(bytes.begin()) {}
  std::uint8_t byte() { return *next_++; }
  std::uint64_t word() {
    std::uint64_t value = 0;
    for (int i = 0; i < 8; ++i) value = value << 8 | byte();
    return value;
  }

 private:
  std::span<const std::uint8_t>::iterator next_;
};

}  // namespace

MessageBytes encode(const Message& message) {
  MessageBytes bytes{};
  Writer out(bytes);
  for (const std::uint8_t value : preamble) out.byte(value);
  out.byte(static_cast<std::uint8_t>(message.kind));
  out.byte(static_cast<std::uint8_t>(message.from));
  out.byte(static_cast<std::uint8_t>(message.address));
  out.byte(message.healthy ? 1 : 0);
  out.word(message.term);
  out.word(message.nonce);
  out.word(message.memory.term);
  out.word(message.memory.version);
  return bytes;
}

std::optional<Message> decode(std::span<const std::uint8_t> bytes) {
  if (bytes.size() != message_size || !std::ranges::equal(bytes.first(preamble.size()), preamble)) {
    return std::nullopt;
  }
  Reader in(bytes.subspan(preamble.size()));
  const std::uint8_t kind = in.byte();
  const std::uint8_t from = in.byte();
  const std::uint8_t address = in.byte();
  const std::uint8_t healthy = in.byte();
  if (kind > static_cast<std::uint8_t>(Message::Kind::farewell) || from > 1 || address > 1 ||
      healthy > 1) {
    return std::nullopt;
  }
  Message message;
  message.kind = static_cast<Message::Kind>(kind);
  message.from = static_cast<ServerId>(from);
  message.address = static_cast<Address>(address);
  message.healthy = healthy == 1;
  message.term = in.word();
  message.nonce = in.word();
  message.memory.term = in.word();
  message.memory.version = in.word();
  // Nobody has counted so far; from such a term on, the next ones would wrap to the lowest.
  constexpr Term greatest_term = Term{1} << 62U;
  if (message.term > greatest_term || message.memory.term > greatest_term) return std::nullopt;
  return message;
}

}  // namespace understudy
