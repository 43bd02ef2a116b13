// SPDX-License-Identifier: MIT
//
// Where a scenario can run: the one list of substrates.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "understudy/outcome/timeline.h"
#include "understudy/scenario/draws.h"
#include "understudy/scenario/scenario.h"

namespace understudy::cli {

// Whether there are packets: those of kernels, or those of ns-3, which knows more to do with them.
enum class Packets : std::uint8_t { none, of_kernels, of_ns3 };

// What only packets can do; all but the captures ns-3's alone.
struct PacketWishes {
  std::filesystem::path pcap_directory;  // empty: no captures
  std::filesystem::path animation;       // for NetAnim; empty: none
  std::vector<std::pair<std::string, std::string>> attributes;
};

struct Substrate {
  std::string_view name;
  std::string_view meaning;  // for --help
  Packets packets = Packets::none;
  Timeline (*run)(const Scenario&, const Run&, const PacketWishes&, Detail);
  // How long so many runs take, so many at a time, where a second of a run takes a second; null:
  // that depends on the machine. Throws BadInput for what cannot be run there.
  Duration (*time_for)(const Scenario&, std::uint64_t runs, std::uint64_t jobs) = nullptr;
};

[[nodiscard]] std::span<const Substrate> substrates();

// Throws BadInput that lists them, if there is none of this name.
[[nodiscard]] const Substrate& find_substrate(std::string_view name);

}  // namespace understudy::cli
