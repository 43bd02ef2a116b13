// SPDX-License-Identifier: MIT
//
// What is known of the states seen so far: for each its fingerprint, 8 bytes in an open-addressed
// table, and one byte more; no state is kept. Two states of one fingerprint would be taken for one:
// among n states that happens with a probability below n^2 / 2^65.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace understudy::check {

class Visited {
 public:
  // Whether it was not there before. What is there already keeps its note.
  bool insert(std::uint64_t fingerprint, std::uint8_t note = 0) {
    if ((size_ + 1) * 4 > keys_.size() * 3) grow();
    return place(key_of(fingerprint), note);
  }
  [[nodiscard]] bool contains(std::uint64_t fingerprint) const {
    return keys_[find(key_of(fingerprint))] != 0;
  }
  [[nodiscard]] std::optional<std::uint8_t> note(std::uint64_t fingerprint) const {
    const std::size_t at = find(key_of(fingerprint));
    if (keys_[at] == 0) return std::nullopt;
    return notes_[at];
  }
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  // Zero is an empty slot.
  static std::uint64_t key_of(std::uint64_t fingerprint) {
    return fingerprint == 0 ? 1 : fingerprint;
  }
  // The low bits tell which of several tables a fingerprint belongs to, so others place it.
  [[nodiscard]] std::size_t find(std::uint64_t key) const {
    std::size_t at = (key >> 8U) & (keys_.size() - 1);
    while (keys_[at] != 0 && keys_[at] != key) at = (at + 1) & (keys_.size() - 1);
    return at;
  }
  bool place(std::uint64_t key, std::uint8_t note) {
    const std::size_t at = find(key);
    if (keys_[at] != 0) return false;
    keys_[at] = key;
    notes_[at] = note;
    ++size_;
    return true;
  }
  void grow() {
    std::vector<std::uint64_t> keys(keys_.size() * 2);
    std::vector<std::uint8_t> notes(keys.size());
    keys.swap(keys_);
    notes.swap(notes_);
    size_ = 0;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (keys[i] != 0) place(keys[i], notes[i]);
    }
  }

  static constexpr std::size_t least = std::size_t{1} << 12U;
  std::vector<std::uint64_t> keys_ = std::vector<std::uint64_t>(least);
  std::vector<std::uint8_t> notes_ = std::vector<std::uint8_t>(least);
  std::size_t size_ = 0;
};

}  // namespace understudy::check
