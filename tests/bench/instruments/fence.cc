// SPDX-License-Identifier: MIT
//
// The fence agent of bench/peers.py: by the convention of the fence_* programs it reads its options
// from standard input (`path` of the power controller's socket, `plug`, `action`) and passes the
// order on. Small and without libraries, so that what is measured is the daemon.
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int main() {
  char line[128];
  char path[128] = "";
  char plug[32] = "";
  char action[32] = "";
  while (fgets(line, sizeof line, stdin)) {
    sscanf(line, "path=%107s", path);
    sscanf(line, "plug=%31s", plug);
    sscanf(line, "action=%31s", action);
  }
  if (strcmp(action, "off") != 0 && strcmp(action, "on") != 0)
    return strcmp(action, "monitor") != 0;

  const int controller = socket(AF_UNIX, SOCK_SEQPACKET, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  memcpy(address.sun_path, path, sizeof address.sun_path);
  if (connect(controller, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return 1;
  const int size = snprintf(line, sizeof line, "%s %s", action, plug);
  if (write(controller, line, static_cast<size_t>(size)) != size) return 1;
  const ssize_t answered = read(controller, line, sizeof line - 1);
  return answered < 4 || memcmp(line, "done", 4) != 0;
}
