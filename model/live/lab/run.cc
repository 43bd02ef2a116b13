// SPDX-License-Identifier: MIT
#include "understudy/lab/run.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "understudy/lab/abilities.h"
#include "understudy/lab/capture.h"
#include "understudy/lab/experiment.h"
#include "understudy/lab/real_time.h"
#include "understudy/lab/system_error.h"
#include "understudy/scenario/bad_input.h"

namespace understudy::lab {
namespace {

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    checked(pipe2(ends.data(), O_CLOEXEC), "make a pipe");
    out = live::Descriptor(ends[0]);
    in = live::Descriptor(ends[1]);
  }
  live::Descriptor out;
  live::Descriptor in;
};

// ---- what the lab says to the process that asked ------------------------------------------------

enum class Said : char { timeline = 't', bad_input = 'b', failure = 'f' };

template <class T>
void append(std::string& bytes, const T& value) {
  static_assert(std::is_trivially_copyable_v<T>);
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

template <class T>
T take(std::string_view& bytes) {
  if (bytes.size() < sizeof(T)) throw std::runtime_error("the lab ended in mid-sentence");
  T value;
  std::memcpy(&value, bytes.data(), sizeof value);
  bytes.remove_prefix(sizeof value);
  return value;
}

template <class T>
void append_all(std::string& bytes, const std::vector<T>& values) {
  append(bytes, values.size());
  for (const T& value : values) append(bytes, value);
}

template <class T>
std::vector<T> take_all(std::string_view& bytes) {
  std::vector<T> values;
  for (auto left = take<std::size_t>(bytes); left > 0; --left) values.push_back(take<T>(bytes));
  return values;
}

// Both ends are one program: its own bytes will do.
std::string packed(const Timeline& timeline) {
  std::string bytes;
  append_all(bytes, timeline.events);
  append_all(bytes, timeline.gaps);
  append(bytes, timeline.ending);
  return bytes;
}

Timeline unpacked(std::string_view bytes) {
  Timeline timeline;
  timeline.events = take_all<Event>(bytes);
  timeline.gaps = take_all<Gap>(bytes);
  timeline.ending = take<Ending>(bytes);
  return timeline;
}

void say(const live::Descriptor& pipe, Said kind, const std::string& what) {
  const std::string bytes = static_cast<char>(kind) + what;
  for (std::string_view left = bytes; !left.empty();) {
    const ssize_t size = write(pipe.number(), left.data(), left.size());
    if (size < 0 && errno != EINTR) return;  // nobody listens any more
    if (size > 0) left.remove_prefix(static_cast<std::size_t>(size));
  }
}

// ---- the lab ------------------------------------------------------------------------------------

// Whoever is not root becomes the root of a world of its own.
void become_root(uid_t user, gid_t group) {
  const auto write_line = [](const char* path, const std::string& text) {
    const live::Descriptor file(open(path, O_WRONLY | O_CLOEXEC));
    if (!file.open() || write(file.number(), text.data(), text.size()) < 0) {
      fail(std::string("write ") + path);
    }
  };
  write_line("/proc/self/setgroups", "deny");
  write_line("/proc/self/uid_map", "0 " + std::to_string(user) + " 1");
  write_line("/proc/self/gid_map", "0 " + std::to_string(group) + " 1");
}

// A folder that is nowhere else: what is mounted in these namespaces ends with them.
std::filesystem::path make_folder() {
  checked(mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "have mounts of its own");
  std::filesystem::path folder = "/run";
  checked(mount("lab", folder.c_str(), "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755"),
          "mount its folder");
  std::filesystem::create_directory(disk_on_server);
  return folder;
}

struct Wish {
  const Scenario& scenario;
  const Run& run;
  Detail detail;
  Programs programs;
  std::vector<live::Descriptor> captures;
  bool warn;  // of what is not as it should be; once a process is enough
};

void take_priority(bool warn) {
  if (!take_real_time_priority(priority_of_instruments) && warn) {
    constexpr std::string_view text =
        "lab: cannot run at real-time priority, so times may be late by some milliseconds; become "
        "root, or raise this user's rtprio in /etc/security/limits.conf\n";
    static_cast<void>(!write(STDERR_FILENO, text.data(), text.size()));
  }
  // A page that has to be fetched costs more than a frame; where that is not allowed, so be it.
  static_cast<void>(mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT));
}

[[noreturn]] void be_the_lab(Wish& wish, const live::Descriptor& go, const live::Descriptor& result,
                             bool as_user) {
  const uid_t user = geteuid();
  const gid_t group = getegid();
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  prctl(PR_SET_NAME, "lab");
  // Without this word the parent has died before it could take the lab along.
  char word = 0;
  if (read(go.number(), &word, 1) != 1) _exit(1);
  setsid();  // Ctrl-C is for the parent
  try {
    if (as_user) become_root(user, group);
    const auto folder = make_folder();
    take_priority(wish.warn);
    Experiment experiment(wish.scenario, wish.run, wish.detail, wish.programs, folder,
                          std::move(wish.captures));
    say(result, Said::timeline, packed(experiment.carry_out()));
  } catch (const BadInput& mistake) {
    say(result, Said::bad_input, mistake.what());
  } catch (const std::exception& error) {
    say(result, Said::failure, error.what());
  }
  _exit(0);
}

// As fork(), in new namespaces. Negative: not allowed.
pid_t fork_into(int namespaces) {
  return static_cast<pid_t>(
      syscall(SYS_clone, namespaces | SIGCHLD, nullptr, nullptr, nullptr, nullptr));
}

// ---- the process that asked ---------------------------------------------------------------------

class Lab {
 public:
  explicit Lab(Wish wish) {
    constexpr int own = CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWPID;
    pid_ = fork_into(own);
    bool as_user = false;
    if (pid_ < 0) {
      as_user = true;
      pid_ = fork_into(own | CLONE_NEWUSER);
    }
    if (pid_ < 0) {
      throw BadInput("--substrate: the lab may not make namespaces (" +
                     std::generic_category().message(errno) +
                     "); become root, or allow users to: sysctl user.max_user_namespaces=1000");
    }
    if (pid_ == 0) {
      go_.in = {};
      result_.out = {};
      be_the_lab(wish, go_.out, result_.in, as_user);
    }
    go_.out = live::Descriptor();
    result_.in = live::Descriptor();
  }
  ~Lab() {
    kill(pid_, SIGKILL);
    while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  Lab(const Lab&) = delete;
  Lab& operator=(const Lab&) = delete;

  // All that it says. Throws if a signal comes: whoever catches signals wants to end.
  [[nodiscard]] std::string hear() const {
    static_cast<void>(!write(go_.in.number(), "!", 1));
    std::string said;
    std::array<char, 1 << 16> bytes{};
    for (;;) {
      pollfd polled{.fd = result_.out.number(), .events = POLLIN, .revents = 0};
      if (poll(&polled, 1, -1) < 0) throw std::runtime_error("interrupted");
      const ssize_t size = read(result_.out.number(), bytes.data(), bytes.size());
      if (size <= 0) return said;
      said.append(bytes.data(), static_cast<std::size_t>(size));
    }
  }

 private:
  Pipe go_;
  Pipe result_;
  pid_t pid_ = -1;
};

}  // namespace

Timeline run(const Scenario& scenario, const Run& run, Detail detail,
             const std::filesystem::path& pcap_directory) {
  check_abilities(scenario);
  static bool warned = false;
  const Lab lab({.scenario = scenario,
                 .run = run,
                 .detail = detail,
                 .programs = find_programs(),
                 // Here, since the lab sees other files in some folders.
                 .captures = pcap_directory.empty() ? std::vector<live::Descriptor>{}
                                                    : open_captures(pcap_directory),
                 .warn = !std::exchange(warned, true)});
  const std::string said = lab.hear();
  if (said.empty()) throw std::runtime_error("the lab was killed");
  const std::string_view what = std::string_view(said).substr(1);
  switch (static_cast<Said>(said.front())) {
    case Said::timeline: return unpacked(what);
    case Said::bad_input: throw BadInput(std::string(what));
    case Said::failure: break;
  }
  throw std::runtime_error(std::string(what));
}

}  // namespace understudy::lab
