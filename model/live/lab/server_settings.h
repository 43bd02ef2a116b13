// SPDX-License-Identifier: MIT
//
// The file that an administrator of the lab's servers would write for their daemons.
#pragma once

#include <filesystem>
#include <string>

#include "understudy/lab/addresses.h"

namespace understudy::lab {

// The programs that a lab starts.
struct Programs {
  std::filesystem::path daemon;  // understudyd
  std::filesystem::path tool;    // understudyctl
  std::filesystem::path fence;   // fence_lab
  std::filesystem::path health;  // check_lab
};

// Found beside this program: where the build or the installation puts them. Throws BadInput.
[[nodiscard]] Programs find_programs();

// What all servers find in the lab's folder.
struct Common {
  Programs programs;
  std::filesystem::path power;  // the socket of the power controller
  std::filesystem::path keys;   // for copying
};

// understudyd.toml of a server. What the scenario says of the pair, and what follows from it, is
// said; but a real power channel is a program that must start and end, so `confirm_max` has some
// room for that, where nobody has set it.
[[nodiscard]] std::string server_settings(const Scenario& scenario, ServerId id,
                                          const Common& common);

// The folder of a server's memory that its service works in, on its disk.
inline constexpr const char* memory_on_disk = "memory/current/data";

}  // namespace understudy::lab
