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
  std::filesystem::path fence;   // fence_lab
  std::filesystem::path health;  // check_lab
};

// Found beside this program: where the build or the installation puts them. Throws BadInput.
[[nodiscard]] Programs find_programs();

// understudyd.toml of a server. What the scenario says of the pair, and what follows from it, is
// said; but the daemon copies no memory, and a real power channel is a program that must start and
// end, so `confirm_max` has some room for that, where nobody has set it.
[[nodiscard]] std::string server_settings(const Scenario& scenario, ServerId id,
                                          const Programs& programs,
                                          const std::filesystem::path& power_socket);

}  // namespace understudy::lab
