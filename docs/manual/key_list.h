// SPDX-License-Identifier: MIT
//
// The keys of the daemon's file as a part of a manual page in mdoc(7): a section for each table, a
// tagged list of its keys in each.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "understudy/scenario/printing.h"

namespace understudy {

[[nodiscard]] std::string key_list(std::span<const KeyInWords> keys);

// Text for running on in mdoc(7): `code` in bold, a line for each sentence, none too long, and no
// character that the formatter would take for its own.
[[nodiscard]] std::string in_mdoc(std::string_view text);

}  // namespace understudy
