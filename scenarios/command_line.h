// SPDX-License-Identifier: MIT
//
// The command line that all scenario programs share, as data.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "understudy/virtual_time/rare_events.h"

namespace understudy::cli {

enum class Format : std::uint8_t { table, csv, json };

// What was asked for, checked as far as that goes without a scenario.
struct CommandLine {
  std::string program;  // as it was called

  std::string substrate = "virtual";
  std::uint64_t seed = 1;
  std::uint64_t first_run = 1;
  std::uint64_t runs = 1;
  std::uint64_t jobs = 1;

  std::optional<std::filesystem::path> scenario;  // none: the one inside the program
  std::vector<std::string> set;                   // TABLE.KEY=VALUE

  Format format = Format::table;
  std::optional<std::filesystem::path> output;  // none: standard output

  bool print_scenario = false;
  std::optional<std::uint64_t> timeline;  // the run to be told as a story
  bool packets = false;                   // the story tells of each packet

  std::optional<RareEvent> rare;  // estimate how often, instead of telling of runs
  RareMethod rare_method = RareMethod::splitting;

  // ns-3 only.
  std::optional<std::filesystem::path> pcap;
  std::optional<std::filesystem::path> netanim;
  std::vector<std::pair<std::string, std::string>> attributes;  // ns3::TypeId::Attribute, value

  // --help and --version: this text is all that is wanted.
  std::optional<std::string> text;
};

// Throws BadInput. `name` is the program's, for the texts.
[[nodiscard]] CommandLine read_command_line(const std::string& name,
                                            std::span<const char* const> arguments);

// The command that repeats one run by itself.
[[nodiscard]] std::string repeat_command(const CommandLine& line, std::uint64_t run);

}  // namespace understudy::cli
