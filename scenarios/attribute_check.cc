// SPDX-License-Identifier: MIT
#include "understudy/cli/attribute_check.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <string_view>
#include <system_error>

#include "understudy/ns3/run.h"
#include "understudy/scenario/bad_input.h"
#include "understudy/scenario/spelling.h"

namespace understudy::cli {
namespace {

constexpr int taken = 0;
constexpr int refused = 2;  // and standard error says why

[[noreturn]] void try_in_child(const std::string& name, const std::string& value, int errors) {
  const rlimit no_core{};
  setrlimit(RLIMIT_CORE, &no_core);
  dup2(errors, STDERR_FILENO);
  try {
    ns3_substrate::try_attribute(name, value);
  } catch (const BadInput& mistake) {
    std::fputs(mistake.what(), stderr);
    _exit(refused);
  }
  _exit(taken);
}

std::string read_all(int file) {
  std::string text;
  std::array<char, 1024> bytes{};
  for (;;) {
    const ssize_t n = read(file, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return text;
    text.append(bytes.data(), static_cast<std::size_t>(n));
  }
}

// ns-3's last words: ... msg="Can't Parse Time foo", +0.000000000s -1 file=...
std::string_view reason_in(std::string_view words) {
  constexpr std::string_view before = "msg=\"";
  const std::size_t begin = words.find(before);
  if (begin == std::string_view::npos) return "ns-3 cannot read it";
  words.remove_prefix(begin + before.size());
  words = words.substr(0, words.find('\n'));
  words = words.substr(0, words.find(" +0.0"));  // the time
  return words.substr(0, words.rfind("\","));
}

void check_attribute(const std::string& name, const std::string& value) {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  const pid_t child = fork();
  if (child < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (child == 0) try_in_child(name, value, ends[1]);
  close(ends[1]);
  const std::string words = read_all(ends[0]);
  close(ends[0]);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == taken) return;
  if (WIFEXITED(status) && WEXITSTATUS(status) == refused) throw BadInput("--" + words);
  throw BadInput("--" + name + ": " + in_quotes(value) + ": " + std::string(reason_in(words)));
}

}  // namespace

void check_attributes(const std::vector<std::pair<std::string, std::string>>& attributes) {
  for (const auto& [name, value] : attributes) check_attribute(name, value);
}

}  // namespace understudy::cli
