// SPDX-License-Identifier: MIT
#include "become_mutant.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <stdexcept>
#include <vector>

namespace understudy {
namespace {

namespace fs = std::filesystem;

std::string names(const fs::path& folder, const std::string& prefix) {
  std::vector<std::string> found;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    const std::string file = entry.path().filename().string();
    if (file.starts_with(prefix)) found.push_back(file.substr(prefix.size()));
  }
  std::ranges::sort(found);
  std::string text;
  for (const std::string& name : found) text += (text.empty() ? "" : ", ") + name;
  return text;
}

}  // namespace

void become_mutant(const std::string& name, char** argv) {
  const fs::path self = fs::read_symlink("/proc/self/exe");
  if (self.parent_path().filename() == "mutants") return;
  const fs::path folder = self.parent_path() / "mutants";
  const std::string prefix = self.filename().string() + "_";
  const fs::path mutant = folder / (prefix + name);
  if (!fs::exists(mutant)) {
    throw std::invalid_argument("--mutant " + name + ": no such mutant; there are " +
                                names(folder, prefix));
  }
  execv(mutant.c_str(), argv);
  throw std::runtime_error("cannot run " + mutant.string());
}

}  // namespace understudy
