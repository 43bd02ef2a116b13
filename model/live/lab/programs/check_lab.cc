// SPDX-License-Identifier: MIT
//
// The health check of a lab's server: asks the service at this address, and ends with 0 if it
// answers within the time.
//
//   check_lab ADDRESS PORT MILLISECONDS
#include <netdb.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

int main(int argc, char** argv) {
  if (argc != 4) {
    fputs("check_lab: write ADDRESS PORT MILLISECONDS\n", stderr);
    return 2;
  }
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_DGRAM;
  wanted.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (getaddrinfo(argv[1], argv[2], &wanted, &found) != 0) {
    fprintf(stderr, "check_lab: %s is no address, or %s no port\n", argv[1], argv[2]);
    return 2;
  }
  const int line = socket(found->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const long patience_ms = strtol(argv[3], nullptr, 10);
  const timeval patience{.tv_sec = patience_ms / 1000, .tv_usec = patience_ms % 1000 * 1000};
  setsockopt(line, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  char byte = '?';
  const bool well = connect(line, found->ai_addr, found->ai_addrlen) == 0 &&
                    send(line, &byte, 1, 0) == 1 && recv(line, &byte, 1, 0) == 1;
  freeaddrinfo(found);
  return well ? 0 : 1;
}
