// SPDX-License-Identifier: MIT
//
// The daemon's configuration: one TOML file. Its [pair] is that of a scenario, read by the same
// table of keys (scenario/keys.h); the tables around it say what a scenario simulates: this server,
// its addresses, its power channel, its service. The keys of those are a table too, in settings.cc.
//
// Every mistake is a BadInput of one line that names file, line, key, what was found and what would
// be right.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "understudy/live/agent_host.h"
#include "understudy/live/command.h"
#include "understudy/scenario/printing.h"

namespace understudy::live {

struct DaemonSettings {
  HostSettings host;
  PairSettings pair;  // as written
  Arguments power;    // empty: there is no power channel
  std::filesystem::path socket = "/run/understudy/understudyd.sock";
  std::filesystem::path metrics;  // empty: none are written
  bool lock_memory = true;
  std::uint32_t realtime_priority = 0;  // 0: as any other program
  std::vector<std::string> warnings;    // what the pair's inequalities say against it
};

// Also looks at who may read the file, which holds the secret.
[[nodiscard]] DaemonSettings load_settings(const std::filesystem::path& path);
[[nodiscard]] DaemonSettings parse_settings(std::string_view text, const std::string& name);

// What follows from the file: every key of [pair] with its value, those that nobody wrote as
// comments, and the warnings.
[[nodiscard]] std::string consequences(const DaemonSettings& settings);

// All keys of the file, table after table, for its reference.
[[nodiscard]] std::vector<KeyInWords> settings_in_words();

}  // namespace understudy::live
