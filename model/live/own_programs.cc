// SPDX-License-Identifier: MIT
#include "understudy/live/own_programs.h"

#include <unistd.h>

namespace understudy::live {

std::optional<std::filesystem::path> own_program(std::string_view name) {
  std::error_code error;
  const auto here = std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
  const auto prefix = here.parent_path();
  // The first is that of a build, which has all of them.
  for (const auto& folder : {prefix / "bin", prefix / "sbin", prefix / "libexec/understudy"}) {
    auto path = folder / name;
    if (::access(path.c_str(), X_OK) == 0) return path;
  }
  return {};
}

}  // namespace understudy::live
