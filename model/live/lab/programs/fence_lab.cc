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
// No C++ library is used: a server waits for this program to begin before its order can be given.
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

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
  char action[16] = "reboot";  // the convention's default
  char plug[16] = "";
  char socket[100] = "";
};

template <size_t size>
bool take(char (&place)[size], const char* line, const char* name) {
  const size_t length = strlen(name);
  if (strncmp(line, name, length) != 0 || line[length] != '=') return false;
  snprintf(place, size, "%s", line + length + 1);
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
  memcpy(name.sun_path, options.socket, sizeof options.socket);
  if (connect(line, reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0) {
    fprintf(stderr, "fence_lab: nobody listens at socket=%s\n", options.socket);
    return failed;
  }
  dprintf(line, "action=%s\nplug=%s\n\n", options.action, options.plug);
  char answer[16] = "";
  if (read(line, answer, sizeof answer - 1) <= 0) return failed;
  if (strcmp(answer, "off") == 0) return is_off;
  return strcmp(answer, "done") == 0 || strcmp(answer, "on") == 0 ? done : failed;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) read_option(options, argv[i]);
  char line[256];
  while (fgets(line, sizeof line, stdin) != nullptr) {
    line[strcspn(line, "\n")] = '\0';
    read_option(options, line);
  }
  if (strcmp(options.action, "metadata") == 0) return fputs(metadata, stdout) < 0 ? failed : done;
  return ask(options);
}
