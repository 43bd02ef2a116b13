// SPDX-License-Identifier: MIT
#include "understudy/copying/digest.h"

#include <openssl/evp.h>

#include <new>

namespace understudy::copying {

Hasher::Hasher() : context_(EVP_MD_CTX_new()) {
  if (context_ == nullptr || EVP_DigestInit_ex(context_, EVP_sha256(), nullptr) != 1) {
    throw std::bad_alloc();
  }
}
Hasher::~Hasher() { EVP_MD_CTX_free(context_); }
void Hasher::add(Bytes bytes) { EVP_DigestUpdate(context_, bytes.data(), bytes.size()); }
Digest Hasher::finish() {
  Digest digest{};
  EVP_DigestFinal_ex(context_, digest.data(), nullptr);
  return digest;
}

Digest digest_of(Bytes bytes) {
  Hasher hasher;
  hasher.add(bytes);
  return hasher.finish();
}

std::string to_hex(const Digest& digest) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : digest) {
    text += digits[byte >> 4U];
    text += digits[byte & 15U];
  }
  return text;
}

bool from_hex(const std::string& text, Digest& digest) {
  constexpr std::string_view digits = "0123456789abcdef";
  if (text.size() != 2 * digest.size()) return false;
  for (std::size_t i = 0; i < digest.size(); ++i) {
    const std::size_t high = digits.find(text[2 * i]);
    const std::size_t low = digits.find(text[2 * i + 1]);
    if (high == std::string_view::npos || low == std::string_view::npos) return false;
    digest[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return true;
}

}  // namespace understudy::copying
