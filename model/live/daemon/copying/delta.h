// SPDX-License-Identifier: MIT
//
// The difference between two files on two servers, by librsync: a signature of the old one goes
// over, a delta comes back, and old one + delta = new one. Signatures and deltas come from the
// network; nothing that they say makes this use more than a bounded memory, read beyond the old
// file or write beyond the bound.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "understudy/copying/digest.h"
#include "understudy/copying/files.h"

struct rs_job;  // librsync's

namespace understudy::copying {

using Sink = std::function<void(Bytes)>;
// Fills the buffer as far as it can, and says how far; 0 is the end.
using Source = std::function<std::size_t(std::span<std::uint8_t>)>;

// Below this size a signature costs more than it saves.
inline constexpr std::uint64_t smallest_with_signature = 4096;

void make_signature(const Descriptor& old_file, std::uint64_t size, const Sink& sink);

// Throws CopyFailed unless librsync can be trusted with it.
void check_signature(Bytes signature);
void make_delta(Bytes signature, const Source& new_file, const Sink& sink);

// Applies a delta that comes in pieces.
class Patch {
 public:
  // The new file has `size` bytes: a delta that makes it longer is refused as soon as it does.
  Patch(const Descriptor& old_file, std::uint64_t size, Sink sink);
  ~Patch();
  Patch(const Patch&) = delete;
  Patch& operator=(const Patch&) = delete;
  void add(Bytes delta);
  void finish() const;  // throws CopyFailed if the delta is not over

 private:
  int old_file_;
  std::uint64_t left_;
  Sink sink_;
  ::rs_job* job_;
  bool done_ = false;
};

}  // namespace understudy::copying
