// SPDX-License-Identifier: MIT
#include "understudy/live/sealed.h"

#include <sodium.h>

#include <algorithm>
#include <stdexcept>

namespace understudy::live {
namespace {

static_assert(crypto_auth_hmacsha256_KEYBYTES == std::tuple_size_v<Secret>);
constexpr std::size_t hash_size = crypto_auth_hmacsha256_BYTES;

// What this is, and its version.
constexpr std::array<std::uint8_t, 8> preamble = {'u', 'n', 'd', 's', 'e', 'a', 'l', 1};
constexpr std::size_t head_size = preamble.size() + 1 + 3 * sizeof(std::uint64_t);
constexpr std::size_t hello_size = head_size + hash_size;
static_assert(hello_size + message_size == sealed_size);

void put(std::span<std::uint8_t> to, std::uint64_t value) {
  for (std::size_t i = 0; i < 8; ++i) to[i] = static_cast<std::uint8_t>(value >> (56 - 8 * i));
}

std::uint64_t get(std::span<const std::uint8_t> from) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < 8; ++i) value = value << 8 | from[i];
  return value;
}

void start_sodium() {
  if (sodium_init() < 0) throw std::runtime_error("libsodium does not start");
}

}  // namespace

Secret secret_from(std::string_view text) {
  start_sodium();
  Secret secret{};
  crypto_generichash(secret.data(), secret.size(),
                     reinterpret_cast<const unsigned char*>(text.data()), text.size(), nullptr, 0);
  return secret;
}

Sealer::Sealer(ServerId id, const Secret& secret, std::uint64_t session)
    : id_(id), secret_(secret), session_(session) {
  start_sodium();
}

SealedBytes Sealer::seal(const Message& message) { return pack(peer_, &message); }

SealedBytes Sealer::hello() { return pack(peer_, nullptr); }

SealedBytes Sealer::pack(std::uint64_t made_for, const Message* message) {
  SealedBytes packet;
  const std::span<std::uint8_t> bytes(packet.bytes);
  std::ranges::copy(preamble, bytes.begin());
  bytes[preamble.size()] = static_cast<std::uint8_t>(id_);
  put(bytes.subspan(9, 8), session_);
  put(bytes.subspan(17, 8), ++count_);
  put(bytes.subspan(25, 8), made_for);
  std::size_t size = head_size;
  if (message != nullptr) {
    std::ranges::copy(encode(*message), bytes.begin() + head_size);
    size += message_size;
  }
  crypto_auth_hmacsha256(bytes.data() + size, bytes.data(), size, secret_.data());
  packet.size = size + hash_size;
  return packet;
}

Sealer::Opened Sealer::open(std::span<const std::uint8_t> bytes) {
  if (bytes.size() != hello_size && bytes.size() != sealed_size) return {.forged = true};
  const auto body = bytes.first(bytes.size() - hash_size);
  if (crypto_auth_hmacsha256_verify(body.data() + body.size(), body.data(), body.size(),
                                    secret_.data()) != 0 ||
      !std::ranges::equal(body.first(preamble.size()), preamble) ||
      body[preamble.size()] != static_cast<std::uint8_t>(other(id_))) {
    return {.forged = true};
  }
  const std::uint64_t session = get(body.subspan(9, 8));
  const std::uint64_t count = get(body.subspan(17, 8));
  const std::uint64_t made_for = get(body.subspan(25, 8));
  // Made for another life of this daemon, or before the sender knew of any: it may be a recording,
  // so it teaches nothing, but tells whom to introduce ourselves to.
  if (made_for != session_) return {.answer = pack(session, nullptr)};
  if (!fresh(session, count)) return {.forged = true};
  if (body.size() == head_size) return {};
  auto message = decode(body.subspan(head_size));
  if (!message || message->from != other(id_)) return {.forged = true};
  return {.message = message};
}

// Whoever made it knows of our life, so it is of now, unless it was made and heard in it before.
bool Sealer::fresh(std::uint64_t session, std::uint64_t count) {
  if (session == peer_) {
    if (count <= peer_count_) return false;
  } else {
    if (std::ranges::find(over_, session) != over_.end()) return false;
    if (peer_ != 0) over_.push_back(peer_);
    peer_ = session;
  }
  peer_count_ = count;
  return true;
}

}  // namespace understudy::live
