// SPDX-License-Identifier: MIT
//
// What the two ends of a copy say to each other, inside of TLS:
//
//   monitor                              primary
//   hello: my stamp and digest  ------>  takes a snapshot
//                               <------  offer: its stamp, digest, size   (or refusal: why not)
//   go_on                       ------>                                   (or it needs nothing)
//                               <------  entries ... end: the manifest
//   want: a file; bytes ... end ------>  (the signature of what the monitor has of it)
//                               <------  bytes ... end: the delta, or the file if there was none
//   ... the next file ...
//   done                        ------>
//
// A frame is five bytes of head, the length of its payload and its type, and the payload. Numbers
// are big-endian. An empty `bytes` says "still at work".
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "understudy/copying/digest.h"
#include "understudy/failover/ports.h"

namespace understudy::copying {

enum class FrameType : std::uint8_t {
  hello = 1,
  offer,
  refusal,
  go_on,
  entries,
  end,
  want,
  bytes,
  done
};

struct FrameHead {
  static constexpr std::size_t size = 5;

  FrameType type = FrameType::hello;
  std::uint32_t length = 0;
};

[[nodiscard]] std::array<std::uint8_t, FrameHead::size> encode(const FrameHead& head);
// Throws CopyFailed for a type that there is not and for a length above `greatest_payload`.
[[nodiscard]] FrameHead decode_head(std::span<const std::uint8_t, FrameHead::size> bytes);

// Puts values one behind the other.
class Writer {
 public:
  void u8(std::uint8_t value) { number(value, 1); }
  void u32(std::uint32_t value) { number(value, 4); }
  void u64(std::uint64_t value) { number(value, 8); }
  void text(std::string_view value);  // at most 65535 bytes
  void raw(Bytes value) { bytes_.insert(bytes_.end(), value.begin(), value.end()); }
  [[nodiscard]] const std::vector<std::uint8_t>& bytes() const { return bytes_; }
  void clear() { bytes_.clear(); }

 private:
  void number(std::uint64_t value, int width);
  std::vector<std::uint8_t> bytes_;
};

// Takes them off again. Throws CopyFailed where there is less than is asked for.
class Reader {
 public:
  explicit Reader(Bytes bytes) : bytes_(bytes) {}
  std::uint8_t u8() { return static_cast<std::uint8_t>(number(1)); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(number(4)); }
  std::uint64_t u64() { return number(8); }
  std::string text();
  Digest digest();
  [[nodiscard]] bool at_end() const { return bytes_.empty(); }
  // Throws if there is more than was asked for.
  void expect_end() const;

 private:
  std::uint64_t number(std::size_t width);
  Bytes take(std::size_t size);
  Bytes bytes_;
};

// A state of the memory, as the two compare it.
struct Hello {
  MemoryStamp stamp;
  Digest digest{};
  bool operator==(const Hello&) const = default;
};
struct Offer {
  MemoryStamp stamp;
  Digest digest{};  // of the manifest
  std::uint64_t entries = 0;
  std::uint64_t bytes = 0;
  bool operator==(const Offer&) const = default;
};
struct Want {
  std::uint64_t entry = 0;           // which of the manifest's
  std::uint64_t signature_size = 0;  // 0: send all of it
  bool operator==(const Want&) const = default;
};

[[nodiscard]] std::vector<std::uint8_t> encode(const Hello& hello);
[[nodiscard]] std::vector<std::uint8_t> encode(const Offer& offer);
[[nodiscard]] std::vector<std::uint8_t> encode(const Want& want);
// These throw CopyFailed for anything but what the others make.
[[nodiscard]] Hello decode_hello(Bytes bytes);
[[nodiscard]] Offer decode_offer(Bytes bytes);
[[nodiscard]] Want decode_want(Bytes bytes);

}  // namespace understudy::copying
