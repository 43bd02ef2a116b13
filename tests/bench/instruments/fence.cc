// SPDX-License-Identifier: MIT
//
// The fence agent of bench/peers.py: by the convention of the fence_* programs it reads its options
// from standard input (`path` of the power controller's socket, `plug`, `action`) and passes the
// order on. Small and without libraries, so that what is measured is the daemon.
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <string_view>

int main() {
  std::array<char, 108> path{};
  std::array<char, 32> plug{};
  std::array<char, 32> action{};
  std::array<char, 128> line{};
  while (std::fgets(line.data(), line.size(), stdin) != nullptr) {
    std::sscanf(line.data(), "path=%107s", path.data());
    std::sscanf(line.data(), "plug=%31s", plug.data());
    std::sscanf(line.data(), "action=%31s", action.data());
  }
  const std::string_view asked = action.data();
  if (asked == "monitor" || asked == "status") return 0;
  if (asked != "off" && asked != "on") return 1;

  const int controller = ::socket(AF_UNIX, SOCK_SEQPACKET, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::string_view(path.data()).copy(address.sun_path, sizeof address.sun_path);
  if (::connect(controller, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return 1;
  const int size = std::snprintf(line.data(), line.size(), "%s %s", action.data(), plug.data());
  if (::write(controller, line.data(), static_cast<std::size_t>(size)) != size) return 1;
  const ssize_t answered = ::read(controller, line.data(), line.size());
  return answered >= 4 && std::string_view(line.data(), 4) == "done" ? 0 : 1;
}
