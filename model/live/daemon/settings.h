// SPDX-License-Identifier: MIT
//
// The daemon's configuration: one TOML file. Its [pair] is that of a scenario, read by the same
// table of keys (scenario/keys.h); the tables around it say what a scenario simulates: this server,
// its addresses, its power channel, its service, its memory. The keys of those are a table too, in
// daemon_keys.h.
//
// Every mistake is a BadInput of one line that names file, line, key, what was found and what would
// be right.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "understudy/copying/limits.h"
#include "understudy/copying/snapshot.h"
#include "understudy/live/agent_host.h"
#include "understudy/live/fence_agent.h"
#include "understudy/scenario/printing.h"

namespace understudy::live {

// What the pair keeps the same on both servers.
struct MemorySettings {
  std::filesystem::path folder;  // of the store; empty: the servers share no memory
  std::filesystem::path keys;
  std::uint16_t port = 7411;
  copying::MemorySource source;
  copying::Limits limits;
};

struct DaemonSettings {
  HostSettings host;
  PairSettings pair;       // as written
  FenceAgentConfig power;  // without a program: there is no power channel
  bool keep_agent_started = true;
  Duration power_check = std::chrono::minutes(10);
  MemorySettings memory;
  std::filesystem::path socket = "/run/understudy/understudyd.sock";
  std::filesystem::path metrics;  // empty: none are written
  std::filesystem::path events;   // empty: the same
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
