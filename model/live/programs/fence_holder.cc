// SPDX-License-Identifier: MIT
//
// Keeps a fence agent started: an order that comes then need not wait until a program has been
// loaded, which for one in Python takes a quarter of a second.
//
//   fence_holder PROGRAM
//
// By the convention a fence agent reads its options to the end of its standard input before it does
// anything. So this program starts it, reads its own standard input to the end, and hands on what
// it read. Why the daemon does not hold the other end of the agent's input itself: its death would
// end that input, and an agent that was told nothing takes that for `action=reboot`. Here the end
// of an empty input is the end of the agent.
//
// Ends as the agent does, and with 126 if that read nothing of what it was told: it had ended
// before, so nothing was carried out. A real-time priority that it is given it hands on with the
// order. It has one thread and no sockets, so that where it is killed itself, the agent is, too.
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>

namespace {

constexpr int not_told = 126;
constexpr int cannot_be_started = 127;

struct Input {
  int out = -1;
  int in = -1;
};

std::array<char, 64 * std::size_t{1024}> order;

int cannot(const char* what) {
  std::fprintf(stderr, "fence_holder: %s: %s\n", what, std::strerror(errno));
  return cannot_be_started;
}

[[noreturn]] void become(char* program, const Input& input, pid_t holder) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != holder) _exit(not_told);
  const std::array<char*, 2> arguments{program, nullptr};
  if (dup2(input.out, STDIN_FILENO) >= 0) execv(program, arguments.data());
  std::fprintf(stderr, "cannot be started: %s\n", std::strerror(errno));
  _exit(cannot_be_started);
}

// Reads the order to its end; -1 if the agent ends meanwhile.
ssize_t read_order(int agent_end) {
  size_t size = 0;
  std::array<pollfd, 2> awaited{{{.fd = agent_end, .events = POLLIN, .revents = 0},
                                 {.fd = STDIN_FILENO, .events = POLLIN, .revents = 0}}};
  while (size < order.size()) {
    if (poll(awaited.data(), awaited.size(), -1) < 0) continue;
    if (awaited[0].revents != 0) return -1;
    const ssize_t got = read(STDIN_FILENO, &order[size], order.size() - size);
    if (got < 0) continue;
    if (got == 0) return static_cast<ssize_t>(size);
    size += static_cast<size_t>(got);
  }
  return 0;  // more than any order has
}

void hand_on_priority(pid_t agent) {
  sched_param priority{};
  const int policy = sched_getscheduler(0);
  if (policy != SCHED_FIFO || sched_getparam(0, &priority) != 0) return;
  sched_setscheduler(agent, policy, &priority);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("fence_holder: write the path of a fence agent\n", stderr);
    return 2;
  }
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return cannot("pipe");
  const Input input{.out = ends[0], .in = ends[1]};
  const pid_t holder = getpid();
  const pid_t agent = fork();
  if (agent < 0) return cannot("fork");
  if (agent == 0) become(argv[1], input, holder);
  // It is the agent that is asked to end, and may take its time for that.
  signal(SIGTERM, SIG_IGN);
  const int agent_end = static_cast<int>(syscall(SYS_pidfd_open, agent, 0));
  if (agent_end < 0) return cannot("pidfd_open");  // and the agent is killed

  const ssize_t size = read_order(agent_end);
  if (size <= 0) {
    kill(agent, SIGKILL);
    waitpid(agent, nullptr, 0);
    return not_told;
  }
  hand_on_priority(agent);
  // It fits into the pipe, whose other end is open here: nothing is waited for, nothing breaks.
  if (write(input.in, order.data(), static_cast<size_t>(size)) != size) return cannot("write");
  close(input.in);

  int status = 0;
  while (waitpid(agent, &status, 0) != agent) {
  }
  int unread = 0;
  if (ioctl(input.out, FIONREAD, &unread) == 0 && unread == size) return not_told;
  if (WIFEXITED(status)) return WEXITSTATUS(status);
  signal(WTERMSIG(status), SIG_DFL);
  raise(WTERMSIG(status));
  return not_told;
}
