// SPDX-License-Identifier: MIT
#include "understudy/lab/machine.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <utility>

#include "understudy/lab/netlink.h"
#include "understudy/lab/real_time.h"
#include "understudy/lab/service.h"
#include "understudy/lab/system_error.h"

namespace understudy::lab {
namespace {

// The mainboard's descriptors, at fixed places: all others of the lab's are closed.
constexpr int line = 3;
constexpr int inner_line = 4;
// What a daemon exits with that something stands in the way of (cannot_run.h).
constexpr int cannot_run = 1;

// ---- the first process of a server's namespace --------------------------------------------------

class FirstProcess {
 public:
  explicit FirstProcess(const Machine::Parts& parts) : parts_(parts) {}

  [[noreturn]] void live() {
    prctl(PR_SET_NAME, "lab-server");
    take_real_time_priority(priority_of_mainboards);
    mount(parts_.disk.c_str(), disk_on_server, nullptr, MS_BIND, nullptr);
    mount("proc", "/proc", "proc", 0, nullptr);  // where it may; the lab's shows more than it need
    start_service();
    listen();
  }

 private:
  // A child must be waited for as soon as it ends: who started it may look whether it is gone.
  [[noreturn]] void listen() {
    sigset_t children;
    sigset_t none;
    sigemptyset(&none);
    sigemptyset(&children);
    sigaddset(&children, SIGCHLD);
    sigprocmask(SIG_BLOCK, &children, nullptr);
    std::signal(SIGCHLD, [](int) {});
    for (;;) {
      pollfd polled{.fd = inner_line, .events = POLLIN, .revents = 0};
      const bool told = ppoll(&polled, 1, nullptr, &none) > 0;
      bury_the_dead();
      char command = 0;
      if (!told) continue;
      if (read(inner_line, &command, 1) != 1) _exit(0);
      carry_out(command);
    }
  }

  void bury_the_dead() {
    int status = 0;
    for (pid_t ended = waitpid(-1, &status, WNOHANG); ended > 0;
         ended = waitpid(-1, &status, WNOHANG)) {
      if (ended != daemon_) continue;
      daemon_ = -1;
      const bool killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
      const bool stood_in_its_way = WIFEXITED(status) && WEXITSTATUS(status) == cannot_run;
      if (!killed) tell(stood_in_its_way ? DaemonEnd::could_not_run : DaemonEnd::broke);
    }
  }

  static void tell(DaemonEnd end) {
    const char word = static_cast<char>(end);
    send(line, &word, 1, MSG_DONTWAIT);
  }

  void carry_out(char command) {
    switch (command) {
      case 'D': return start_daemon();
      case 'K':
        if (daemon_ > 0) kill(daemon_, SIGKILL);
        return;
      case 'S': kill(-1, SIGSTOP); return;
      case 'C': kill(-1, SIGCONT); return;
      case 's': kill(service_, SIGSTOP); return;
      case 'c': kill(service_, SIGCONT); return;
      default: return;
    }
  }

  void start_service() {
    service_ = checked(fork(), "start a service");
    if (service_ > 0) return;
    prctl(PR_SET_NAME, "lab-service");
    take_real_time_priority(priority_of_servers);
    close(line);
    close(inner_line);
    serve(parts_.addresses, parts_.host);
  }

  void start_daemon() {
    daemon_ = checked(fork(), "start a daemon");
    if (daemon_ > 0) return;
    setsid();
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    std::signal(SIGCHLD, SIG_DFL);
    const std::string disk = disk_on_server;
    const int log = open((disk + "/log").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    dup2(log, STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
    close_range(STDERR_FILENO + 1, ~0U, 0);
    take_real_time_priority(priority_of_servers);
    clearenv();
    setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1);
    const std::string config = disk + "/understudyd.toml";
    execl(parts_.daemon.c_str(), "understudyd", "--config", config.c_str(), nullptr);
    _exit(127);
  }

  const Machine::Parts& parts_;
  pid_t service_ = -1;
  pid_t daemon_ = -1;
};

// ---- the mainboard ------------------------------------------------------------------------------

class Mainboard {
 public:
  explicit Mainboard(const Machine::Parts& parts) : parts_(parts) {}

  [[noreturn]] void live() {
    char command = 0;
    while (recv(line, &command, 1, 0) == 1) {
      switch (command) {
        case 'U': power_on(); break;
        case 'X': power_off(); break;
        default: static_cast<void>(!write(inner_line, &command, 1));
      }
    }
    _exit(0);
  }

 private:
  void power_on() {
    std::array<int, 2> ends{};
    checked(pipe(ends.data()), "make a pipe");
    constexpr int flags = CLONE_NEWPID | CLONE_NEWNS | SIGCHLD;
    first_ =
        checked(static_cast<int>(syscall(SYS_clone, flags, nullptr, nullptr, nullptr, nullptr)),
                "make the namespaces of a server");
    if (first_ == 0) {
      dup2(ends[0], inner_line);
      close_range(inner_line + 1, ~0U, 0);
      FirstProcess(parts_).live();
    }
    dup2(ends[1], inner_line);
    close(ends[0]);
    close(ends[1]);
  }

  // All that runs ends, and the kernel forgets what it would forget.
  void power_off() {
    if (first_ > 0) {
      kill(first_, SIGKILL);
      waitpid(first_, nullptr, 0);
      first_ = -1;
    }
    const int alone = parts_.addresses.version() == IpVersion::v4 ? 32 : 128;
    for (const Address shared : {Address::primary, Address::monitor}) {
      remove_address({.address = parts_.addresses.of(shared), .prefix_length = alone});
    }
    set_link(false);
    set_link(true);
    add_address({.address = parts_.addresses.of(parts_.host),
                 .prefix_length = parts_.addresses.prefix_length()});
  }

  const Machine::Parts& parts_;
  pid_t first_ = -1;  // of the server's namespace
};

[[noreturn]] void become_mainboard(const Machine::Parts& parts, const HostNetwork& network,
                                   int own_end) {
  try {
    prctl(PR_SET_NAME, "lab-mainboard");
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    take_real_time_priority(priority_of_mainboards);
    enter_network(network.space);
    const int nothing = open("/dev/null", O_RDWR);
    dup2(nothing, STDIN_FILENO);
    dup2(own_end, line);
    close_range(line + 1, ~0U, 0);
    dup2(STDIN_FILENO, inner_line);  // until there is a server
    Mainboard(parts).live();
  } catch (const std::exception& error) {
    const std::string text = std::string(error.what()) + "\n";
    static_cast<void>(!write(STDERR_FILENO, text.data(), text.size()));
    const char word = static_cast<char>(DaemonEnd::broke);
    send(line, &word, 1, MSG_DONTWAIT);
    _exit(1);
  }
}

}  // namespace

Machine::Machine(Parts parts, const HostNetwork& network) : parts_(std::move(parts)) {
  std::array<int, 2> ends{};
  checked(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()), "make a socket");
  line_ = live::Descriptor(ends[0]);
  const live::Descriptor others(ends[1]);
  if (checked(fork(), "start a mainboard") == 0) {
    become_mainboard(parts_, network, others.number());
  }
}

void Machine::tell(char command) const {
  checked(static_cast<int>(send(line_.number(), &command, 1, MSG_DONTWAIT | MSG_NOSIGNAL)),
          "reach a mainboard");
}

DaemonEnd Machine::hear_daemon_end() const {
  char word = 0;
  if (recv(line_.number(), &word, 1, MSG_DONTWAIT) != 1) return DaemonEnd::broke;
  return static_cast<DaemonEnd>(word);
}

std::string Machine::last_words() const {
  std::ifstream log(parts_.disk / "log");
  std::string last = "nothing";
  for (std::string each; std::getline(log, each);) last = each;
  return last;
}

}  // namespace understudy::lab
