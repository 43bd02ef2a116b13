// SPDX-License-Identifier: MIT
#include "understudy/copying/framing.h"

#include <algorithm>
#include <cassert>

#include "understudy/copying/failure.h"
#include "understudy/copying/limits.h"

namespace understudy::copying {
namespace {

// "UCPY" and the version of what is said.
constexpr std::uint64_t greeting = 0x5543505900000001;

}  // namespace

std::array<std::uint8_t, FrameHead::size> encode(const FrameHead& head) {
  Writer writer;
  writer.u32(head.length);
  writer.u8(static_cast<std::uint8_t>(head.type));
  std::array<std::uint8_t, FrameHead::size> bytes{};
  std::ranges::copy(writer.bytes(), bytes.begin());
  return bytes;
}

FrameHead decode_head(std::span<const std::uint8_t, FrameHead::size> bytes) {
  Reader reader(bytes);
  const std::uint32_t length = reader.u32();
  const std::uint8_t type = reader.u8();
  if (type < static_cast<std::uint8_t>(FrameType::hello) ||
      type > static_cast<std::uint8_t>(FrameType::done)) {
    throw CopyFailed("the peer sends a frame of a type that there is not");
  }
  if (length > greatest_payload) throw CopyFailed("the peer sends a frame that is too long");
  return {.type = static_cast<FrameType>(type), .length = length};
}

void Writer::number(std::uint64_t value, int width) {
  for (int byte = width - 1; byte >= 0; --byte) {
    bytes_.push_back(static_cast<std::uint8_t>(value >> (8U * static_cast<unsigned>(byte))));
  }
}

void Writer::text(std::string_view value) {
  assert(value.size() <= 0xffff);
  number(value.size(), 2);
  bytes_.insert(bytes_.end(), value.begin(), value.end());
}

Bytes Reader::take(std::size_t size) {
  if (size > bytes_.size()) throw CopyFailed("the peer sends a frame that is cut short");
  const Bytes taken = bytes_.first(size);
  bytes_ = bytes_.subspan(size);
  return taken;
}

std::uint64_t Reader::number(std::size_t width) {
  std::uint64_t value = 0;
  for (const std::uint8_t byte : take(width)) value = value << 8U | byte;
  return value;
}

std::string Reader::text() {
  const Bytes bytes = take(number(2));
  return {bytes.begin(), bytes.end()};
}

Digest Reader::digest() {
  Digest digest{};
  std::ranges::copy(take(digest.size()), digest.begin());
  return digest;
}

void Reader::expect_end() const {
  if (!at_end()) throw CopyFailed("the peer sends a frame with something behind its end");
}

std::vector<std::uint8_t> encode(const Hello& hello) {
  Writer writer;
  writer.u64(greeting);
  writer.u64(hello.stamp.term);
  writer.u64(hello.stamp.version);
  writer.raw(hello.digest);
  return writer.bytes();
}

Hello decode_hello(Bytes bytes) {
  Reader reader(bytes);
  if (reader.u64() != greeting) throw CopyFailed("the peer speaks another version of copying");
  Hello hello;
  hello.stamp.term = reader.u64();
  hello.stamp.version = reader.u64();
  hello.digest = reader.digest();
  reader.expect_end();
  return hello;
}

std::vector<std::uint8_t> encode(const Offer& offer) {
  Writer writer;
  writer.u64(offer.stamp.term);
  writer.u64(offer.stamp.version);
  writer.raw(offer.digest);
  writer.u64(offer.entries);
  writer.u64(offer.bytes);
  return writer.bytes();
}

Offer decode_offer(Bytes bytes) {
  Reader reader(bytes);
  Offer offer;
  offer.stamp.term = reader.u64();
  offer.stamp.version = reader.u64();
  offer.digest = reader.digest();
  offer.entries = reader.u64();
  offer.bytes = reader.u64();
  reader.expect_end();
  return offer;
}

std::vector<std::uint8_t> encode(const Want& want) {
  Writer writer;
  writer.u64(want.entry);
  writer.u64(want.signature_size);
  return writer.bytes();
}

Want decode_want(Bytes bytes) {
  Reader reader(bytes);
  Want want;
  want.entry = reader.u64();
  want.signature_size = reader.u64();
  reader.expect_end();
  return want;
}

}  // namespace understudy::copying
