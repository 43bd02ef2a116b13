// SPDX-License-Identifier: MIT
//
// What messages about words are made of.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace understudy {

// The text in quotes, as a TOML string: one line whatever is in it.
[[nodiscard]] std::string toml_string(std::string_view text);
// A text that is longer than `most` bytes is cut there, between two characters, and ends in dots.
inline constexpr std::size_t longest_shown = 60;
[[nodiscard]] std::string shortened(std::string text, std::size_t most = longest_shown);
// In quotes, for messages: as a TOML string, shortened.
[[nodiscard]] std::string in_quotes(std::string_view text);
// A name as it is, but in quotes if it could not stand in a file without.
[[nodiscard]] std::string as_name(std::string_view text);

// "a, b or c".
[[nodiscard]] std::string listed(std::span<const std::string_view> words,
                                 std::string_view conjunction);

// The word that `word` was probably meant to be: the one with the fewest letters put in, left out,
// exchanged or swapped with their neighbour. Empty if even that is another word.
[[nodiscard]] std::string_view nearest(std::string_view word,
                                       std::span<const std::string_view> words);

}  // namespace understudy
