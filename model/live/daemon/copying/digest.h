// SPDX-License-Identifier: MIT
//
// SHA-256: what says that a file, or a whole tree, is the same.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

struct evp_md_ctx_st;  // OpenSSL's

namespace understudy::copying {

using Digest = std::array<std::uint8_t, 32>;
using Bytes = std::span<const std::uint8_t>;

class Hasher {
 public:
  Hasher();
  ~Hasher();
  Hasher(const Hasher&) = delete;
  Hasher& operator=(const Hasher&) = delete;
  void add(Bytes bytes);
  [[nodiscard]] Digest finish();  // once

 private:
  evp_md_ctx_st* context_;
};

[[nodiscard]] Digest digest_of(Bytes bytes);
[[nodiscard]] std::string to_hex(const Digest& digest);
// False: `text` is not what to_hex() makes.
[[nodiscard]] bool from_hex(const std::string& text, Digest& digest);

}  // namespace understudy::copying
