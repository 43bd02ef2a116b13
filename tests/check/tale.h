// SPDX-License-Identifier: MIT
//
// The words of a counterexample's transcript.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "understudy/failover/journal.h"
#include "understudy/failover/ports.h"

namespace understudy::check {

// The lines of a transcript.
using Tale = std::vector<std::string>;

// "first has booted".
[[nodiscard]] std::string line(ServerId id, std::string_view what);

[[nodiscard]] std::string_view word(PowerOrder order);
[[nodiscard]] std::string text_of(const Message& message);
[[nodiscard]] std::string text_of(const Note& note);

}  // namespace understudy::check
