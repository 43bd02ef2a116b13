// SPDX-License-Identifier: MIT
#include "understudy/live/child_process.h"

#include <fcntl.h>
#include <sched.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>
#include <thread>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include "understudy/failover/time_text.h"
#include "understudy/live/descriptor.h"

namespace understudy::live {
namespace {

using boost::asio::posix::descriptor_base;
using std::chrono::milliseconds;

// After a SIGKILL the members of a group go at once. Longer than this only what hangs in the kernel
// takes.
constexpr milliseconds group_patience{1000};
constexpr milliseconds group_poll{2};

// A bite of output has 4 KiB. What a pipe can hold at the end of its writers is 1 MiB at the most;
// more comes only from one that has got away.
constexpr int bites_at_once = 16;
constexpr int bites_at_the_end = 256;

void require(bool done, const char* what) {
  if (!done) throw std::system_error(errno, std::generic_category(), what);
}

// Above the standard ones, which are about to be replaced in the child.
Descriptor above_standard(Descriptor low) {
  Descriptor high(::fcntl(low.number(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
  require(high.open(), "fcntl");
  return high;
}

// Whether the process of this folder of /proc can still do something, as a member of the group.
bool lives_in(const std::filesystem::path& process, int group) {
  std::ifstream in(process / "stat");
  std::string stat;
  std::getline(in, stat);
  // "pid (name) state parent group …", and a name may have blanks and parentheses of its own.
  std::istringstream fields(stat.substr(std::min(stat.rfind(')') + 1, stat.size())));
  char state = 'X';
  int parent = 0;
  int its_group = 0;
  fields >> state >> parent >> its_group;
  return its_group == group && state != 'Z' && state != 'X';
}

// A killed member whose parent died before it is in the group until init has waited for it, which
// where init is not much of an init takes its time: those do not count.
bool somebody_lives_in(int group) {
  if (::kill(-group, 0) != 0 && errno == ESRCH) return false;
  std::error_code error;
  for (std::filesystem::directory_iterator at("/proc", error), end; !error && at != end;
       at.increment(error)) {
    if (std::isdigit(static_cast<unsigned char>(at->path().filename().native().front())) == 0) {
      continue;
    }
    if (lives_in(at->path(), group)) return true;
  }
  return false;
}

// The real-time priority of the daemon, if it has one, which threads and children of it do not have
// of themselves.
class DaemonPriority {
 public:
  DaemonPriority() { ::sched_getparam(0, &priority_); }

  // What starts a program must not be in the way of the loop, which waits for its end: its thread
  // has the priority too, and hands it on if the program is to have it.
  void take_on(Program::Priority of_program) const {
    if (!there()) return;
    const bool handed_on = of_program == Program::Priority::the_daemons;
    ::sched_setscheduler(0, handed_on ? handed_on_ : policy_, &priority_);
  }
  void give_to(int pid) const {
    if (there()) ::sched_setscheduler(pid, handed_on_, &priority_);
  }

 private:
  [[nodiscard]] bool there() const { return (policy_ & SCHED_RESET_ON_FORK) != 0; }

  int policy_ = ::sched_getscheduler(0);
  int handed_on_ = policy_ & ~SCHED_RESET_ON_FORK;
  sched_param priority_{};
};

class SpawnActions {
 public:
  SpawnActions() { ::posix_spawn_file_actions_init(&actions_); }
  ~SpawnActions() { ::posix_spawn_file_actions_destroy(&actions_); }
  SpawnActions(const SpawnActions&) = delete;
  SpawnActions& operator=(const SpawnActions&) = delete;

  void become(const Descriptor& from, int number) {
    ::posix_spawn_file_actions_adddup2(&actions_, from.number(), number);
  }
  void close_the_rest_and_leave() {
    ::posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1);
    ::posix_spawn_file_actions_addchdir_np(&actions_, "/");
  }
  [[nodiscard]] const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

// A session of its own, and signals as if the daemon had never touched them.
class SpawnAttributes {
 public:
  SpawnAttributes() {
    ::posix_spawnattr_init(&attributes_);
    sigset_t signals;
    ::sigemptyset(&signals);
    ::posix_spawnattr_setsigmask(&attributes_, &signals);
    ::sigfillset(&signals);
    ::posix_spawnattr_setsigdefault(&attributes_, &signals);
    ::posix_spawnattr_setflags(&attributes_,
                               POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~SpawnAttributes() { ::posix_spawnattr_destroy(&attributes_); }
  SpawnAttributes(const SpawnAttributes&) = delete;
  SpawnAttributes& operator=(const SpawnAttributes&) = delete;
  [[nodiscard]] const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_{};
};

ProgramEnd how_it_ended(int status, std::string output) {
  if (WIFSIGNALED(status)) {
    return {.exit_code = {},
            .reason = "killed by signal " + std::to_string(WTERMSIG(status)),
            .output = std::move(output)};
  }
  const int code = WEXITSTATUS(status);
  return {.exit_code = code,
          .reason = "exit code " + std::to_string(code),
          .output = std::move(output)};
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  all.reserve(texts.size() + 1);
  for (std::string& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

}  // namespace

// ---- what it reads ------------------------------------------------------------------------------

struct ChildProcess::Pipe {
  Descriptor out;
  Descriptor in;

  Pipe() {
    std::array<int, 2> ends{};
    require(::pipe2(ends.data(), O_CLOEXEC) == 0, "pipe");
    out = Descriptor(ends[0]);
    in = Descriptor(ends[1]);
    out = above_standard(std::move(out));
    in = above_standard(std::move(in));
  }

  // The whole input, and then its end. Both ends are open here, so there is always a reader.
  void fill(const std::string& input) {
    if (input.size() > Program::greatest_input) throw std::runtime_error("its input is too long");
    require(::fcntl(in.number(), F_SETFL, O_NONBLOCK) == 0, "fcntl");
    const ssize_t written = ::write(in.number(), input.data(), input.size());
    require(written >= 0, "write");
    if (static_cast<std::size_t>(written) != input.size()) {
      throw std::runtime_error("its input does not fit into a pipe");
    }
    in = Descriptor();
  }
};

void ChildProcess::tell(std::string input, Program::Priority priority, Ended ended) {
  program_.input = std::move(input);
  program_.priority = priority;
  ended_ = std::move(ended);
  told_ = true;
  if (!launch_) write_input();
}

// What ends before it has read this says so by its exit code; nobody here can know.
void ChildProcess::write_input() {
  if (pid_ < 0 || !input_) return;
  if (program_.priority == Program::Priority::the_daemons) DaemonPriority().give_to(pid_);
  try {
    std::exchange(input_, nullptr)->fill(program_.input);
  } catch (const std::exception& error) {
    end_.reason = error.what();
    signal_group(SIGKILL);
  }
}

// ---- what it writes -----------------------------------------------------------------------------

class ChildProcess::Output {
 public:
  Output(boost::asio::io_context& loop, Descriptor from) : descriptor(loop, from.release()) {
    descriptor.non_blocking(true);
  }

  enum class Left { nothing_now, more, nothing_ever };

  // Takes what is there now, a bounded number of bites: a flood must not keep the loop from its
  // pings.
  template <typename Take>
  Left drain(int bites, Take take) {
    for (; bites > 0; --bites) {
      boost::system::error_code error;
      const std::size_t size = descriptor.read_some(boost::asio::buffer(buffer), error);
      if (error == boost::asio::error::would_block) return Left::nothing_now;
      if (error) return Left::nothing_ever;
      take(std::string_view(buffer.data(), size));
    }
    return Left::more;
  }

  boost::asio::posix::stream_descriptor descriptor;
  std::array<char, 4096> buffer{};
};

void ChildProcess::read(Output& from) {
  from.descriptor.async_wait(descriptor_base::wait_read, [self = shared_from_this(),
                                                          &from](boost::system::error_code error) {
    if (error) return;
    const auto left = from.drain(bites_at_once, [&](auto text) { self->take(from, text); });
    if (left != Output::Left::nothing_ever) self->read(from);
  });
}

void ChildProcess::take(const Output& from, std::string_view text) {
  if (&from == output_.get()) {
    if (!program_.take_output(text)) signal_group(SIGKILL);
    return;
  }
  end_.output.append(text);
  if (end_.output.size() > ProgramEnd::greatest_output) {
    end_.output.erase(0, end_.output.size() - ProgramEnd::greatest_output);
  }
}

// ---- its start ----------------------------------------------------------------------------------

// What the starting thread works with, and what came of it. It is the thread's alone until the loop
// hears of it.
struct ChildProcess::Launch {
  explicit Launch(const Program& program)
      : arguments(program.arguments),
        environment(program.environment),
        words(program.words),
        priority(program.priority),
        input(std::make_unique<Pipe>()) {
    if (!program.told_later) input->fill(program.input);
    if (program.take_output) output.emplace();
    if (words == Program::Words::kept) errors.emplace();
  }

  std::vector<std::string> arguments;
  std::vector<std::string> environment;
  Program::Words words;
  Program::Priority priority;
  std::unique_ptr<Pipe> input;
  std::optional<Pipe> output;
  std::optional<Pipe> errors;
  int pid = -1;
  int error = 0;

  void run() {
    SpawnActions actions;
    actions.become(input->out, STDIN_FILENO);
    if (errors) actions.become(errors->in, STDERR_FILENO);
    if (output) {
      actions.become(output->in, STDOUT_FILENO);
    } else if (errors) {
      actions.become(errors->in, STDOUT_FILENO);
    }
    actions.close_the_rest_and_leave();
    const SpawnAttributes attributes;
    const std::vector<char*> words_of_it = pointers(arguments);
    const std::vector<char*> told = pointers(environment);
    error = ::posix_spawn(&pid, words_of_it.front(), actions.get(), attributes.get(),
                          words_of_it.data(), told.data());
    if (error != 0) pid = -1;
  }
};

std::shared_ptr<ChildProcess> ChildProcess::start(boost::asio::io_context& loop, Program program,
                                                  Ended ended) {
  std::shared_ptr<ChildProcess> child(
      new ChildProcess(loop, std::move(program), std::move(ended)));  // its constructor is private
  try {
    child->launch();
  } catch (const std::exception& error) {
    boost::asio::post(loop,
                      [child, reason = std::string(error.what())] { child->not_started(reason); });
  }
  return child;
}

ChildProcess::ChildProcess(boost::asio::io_context& loop, Program program, Ended ended)
    : loop_(loop),
      program_(std::move(program)),
      ended_(std::move(ended)),
      exit_(loop),
      limit_(loop),
      patience_(loop) {}

void ChildProcess::launch() {
  launch_ = std::make_shared<Launch>(program_);
  // What waits in the loop keeps this object, and is the loop's to destroy: the thread does
  // neither.
  limit_.expires_at(boost::asio::steady_timer::time_point::max());
  limit_.async_wait([self = shared_from_this()](boost::system::error_code /*cancelled*/) {});
  starter_ = std::thread([launch = launch_, self = weak_from_this(), priority = DaemonPriority(),
                          loop = boost::asio::make_work_guard(loop_.get_executor())] {
    priority.take_on(launch->priority);
    launch->run();
    boost::asio::post(loop.get_executor(), [launch, self] {
      if (const auto child = self.lock()) child->launched(*launch);
    });
  });
}

void ChildProcess::launched(Launch& launch) {
  starter_.join();
  launch_.reset();
  limit_.cancel();
  pid_ = group_ = launch.pid;
  if (launch.error != 0) {
    return not_started(std::generic_category().message(launch.error));
  }
  try {
    watch(launch);
  } catch (const std::exception& error) {
    kill_and_wait();
    return not_started(error.what());
  }
  if (program_.told_later) input_ = std::move(launch.input);
  if (abandoned_) return signal_group(SIGKILL);
  if (stopped_with_) return stop(*stopped_with_);
  if (told_) write_input();
  await_limit();
}

void ChildProcess::watch(Launch& launch) {
  // Nobody but this object waits for it, so the number is still its own. (glibc 2.36 has a wrapper
  // whose header does not go with <fcntl.h> in C++.)
  Descriptor exit(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
  require(exit.open(), "pidfd_open");
  exit_.assign(exit.release());
  for (auto [pipe, end] : {std::pair(&launch.errors, &errors_), {&launch.output, &output_}}) {
    if (!*pipe) continue;
    (*pipe)->in = Descriptor();
    *end = std::make_unique<Output>(loop_, std::move((*pipe)->out));
    read(**end);
  }
  await_exit();
}

void ChildProcess::not_started(const std::string& reason) {
  launch_.reset();
  limit_.cancel();
  end_.started = false;
  end_.reason = "cannot be started: " + reason;
  report();
}

// ---- its life -----------------------------------------------------------------------------------

void ChildProcess::await_limit() {
  if (!program_.limit) return;
  limit_.expires_after(*program_.limit);
  limit_.async_wait([self = shared_from_this()](boost::system::error_code error) {
    if (error || self->pid_ < 0) return;
    self->end_.reason = "killed after " + to_text(*self->program_.limit);
    self->signal_group(SIGKILL);
  });
}

void ChildProcess::await_exit() {
  exit_.async_wait(descriptor_base::wait_read,
                   [self = shared_from_this()](boost::system::error_code error) {
                     if (!error) self->leader_ended();
                   });
}

void ChildProcess::leader_ended() {
  // As long as the leader is not waited for, the number of the group cannot belong to others.
  signal_group(SIGKILL);
  limit_.cancel();
  int status = 0;
  if (::waitpid(pid_, &status, 0) != pid_) {
    end_.reason = "lost: somebody else waited for it";
  } else if (end_.reason.empty()) {
    end_ = how_it_ended(status, std::move(end_.output));
  }
  pid_ = -1;
  exit_.close();
  group_deadline_ = std::chrono::steady_clock::now() + group_patience;
  await_group();
}

void ChildProcess::await_group() {
  if (!somebody_lives_in(group_) || std::chrono::steady_clock::now() >= group_deadline_) {
    return report();
  }
  patience_.expires_after(group_poll);
  patience_.async_wait([self = shared_from_this()](boost::system::error_code /*cancelled*/) {
    self->await_group();
  });
}

void ChildProcess::report() {
  patience_.cancel();
  for (Output* output : {output_.get(), errors_.get()}) {
    if (output == nullptr) continue;
    output->drain(bites_at_the_end, [&](std::string_view text) { take(*output, text); });
    output->descriptor.close();
  }
  if (const Ended ended = std::exchange(ended_, nullptr)) ended(end_);
}

void ChildProcess::signal_group(int number) const {
  if (pid_ > 0) ::kill(-group_, number);
}

void ChildProcess::stop(Duration grace) {
  if (launch_) stopped_with_ = grace;
  if (pid_ < 0) return;  // it is beginning or ending
  signal_group(SIGTERM);
  patience_.expires_after(grace);
  patience_.async_wait([self = shared_from_this()](boost::system::error_code error) {
    if (!error) self->signal_group(SIGKILL);
  });
}

void ChildProcess::abandon() {
  ended_ = nullptr;
  abandoned_ = true;
  if (program_.take_output) program_.take_output = [](std::string_view) { return true; };
  signal_group(SIGKILL);
}

ChildProcess::~ChildProcess() {
  if (starter_.joinable()) {
    starter_.join();
    pid_ = group_ = launch_->pid;
  }
  kill_and_wait();
}

void ChildProcess::kill_and_wait() {
  if (pid_ < 0) return;
  signal_group(SIGKILL);
  // The killed one is gone within microseconds, or hangs in the kernel and is left to init.
  for (int tries = 0; tries < 1000 && ::waitpid(pid_, nullptr, WNOHANG) == 0; ++tries) {
    std::this_thread::sleep_for(milliseconds(1));
  }
  pid_ = -1;
}

}  // namespace understudy::live
