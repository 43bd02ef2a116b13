// SPDX-License-Identifier: MIT
//
// The keys of the daemon's file around [pair], in one table: the reader, the messages, the manual
// page and the docs come from it.
#pragma once

#include <span>
#include <string_view>

#include "understudy/daemon/settings.h"
#include "understudy/scenario/written.h"

namespace understudy::live {

struct DaemonKey {
  std::string_view table;
  std::string_view name;
  std::string_view standard;  // what holds if nothing is said; empty: it must be said
  std::string_view meaning;
  // Throws BadInput that says what was found and what would be right, but not where.
  void (*read)(DaemonSettings&, const Written&);
};

// The `standard` of a key that there need not be.
inline constexpr std::string_view no_standard = "none";

[[nodiscard]] std::span<const DaemonKey> daemon_keys();
// Null: there is none of this name.
[[nodiscard]] const DaemonKey* find_daemon_key(std::string_view table, std::string_view name);

}  // namespace understudy::live
