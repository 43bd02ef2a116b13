// SPDX-License-Identifier: MIT
//
// The lab's fence agent, after the convention of the `fence_*` programs: reads `name=value` lines
// from its standard input (and from its arguments, where somebody prefers that), and says by its
// exit code whether it is done.
//
//   action  off, on, reboot, status (0: on, 2: off), monitor (is the device there?), metadata
//   plug    whose power: first or second
//   socket  where the lab's power controller listens
//
// Nothing of the C++ library is linked: a server waits for this program to begin before its order
// can be given.
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstring>

namespace {

constexpr int done = 0;
constexpr int failed = 1;
constexpr int is_off = 2;

constexpr const char* metadata =
    "<?xml version=\"1.0\" ?>\n"
    "<resource-agent name=\"fence_lab\" shortdesc=\"Power controller of the lab\">\n"
    "<parameters>\n"
    "<parameter name=\"action\" required=\"1\"><content type=\"string\"/></parameter>\n"
    "<parameter name=\"plug\" required=\"1\"><content type=\"string\"/></parameter>\n"
    "<parameter name=\"socket\" required=\"1\"><content type=\"string\"/></parameter>\n"
    "</parameters>\n"
    "<actions><action name=\"off\"/><action name=\"on\"/><action name=\"reboot\"/>"
    "<action name=\"status\"/><action name=\"monitor\"/><action name=\"metadata\"/></actions>\n"
    "</resource-agent>\n";

struct Options {
  std::array<char, 16> action{"reboot"};  // the convention's default
  std::array<char, 16> plug{};
  std::array<char, 100> socket{};
};

template <size_t size>
bool take(std::array<char, size>& place, const char* line, const char* name) {
  const size_t length = strlen(name);
  if (strncmp(line, name, length) != 0 || line[length] != '=') return false;
  snprintf(place.data(), size, "%s", line + length + 1);
  return true;
}

void read_option(Options& options, const char* line) {
  if (take(options.action, line, "action") || take(options.plug, line, "plug")) return;
  take(options.socket, line, "socket");  // all else is for others of this convention
}

int ask(const Options& options) {
  const int line = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  static_assert(sizeof options.socket <= sizeof name.sun_path);
  memcpy(name.sun_path, options.socket.data(), sizeof options.socket);
  if (connect(line, reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0) {
    fprintf(stderr, "fence_lab: nobody listens at socket=%s\n", options.socket.data());
    return failed;
  }
  dprintf(line, "action=%s\nplug=%s\n\n", options.action.data(), options.plug.data());
  std::array<char, 16> answer{};
  if (read(line, answer.data(), answer.size() - 1) <= 0) return failed;
  if (strcmp(answer.data(), "off") == 0) return is_off;
  return strcmp(answer.data(), "done") == 0 || strcmp(answer.data(), "on") == 0 ? done : failed;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) read_option(options, argv[i]);
  std::array<char, 256> line{};
  while (fgets(line.data(), line.size(), stdin) != nullptr) {
    line[strcspn(line.data(), "\n")] = '\0';
    read_option(options, line.data());
  }
  if (strcmp(options.action.data(), "metadata") == 0) {
    return fputs(metadata, stdout) < 0 ? failed : done;
  }
  return ask(options);
}
