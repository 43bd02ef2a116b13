// SPDX-License-Identifier: MIT
#include "understudy/live/command.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <thread>
#include <utility>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "understudy/failover/time_text.h"
#include "understudy/live/descriptor.h"

namespace understudy::live {
namespace {

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> found;
  found.reserve(texts.size() + 1);
  for (std::string& text : texts) found.push_back(text.data());
  found.push_back(nullptr);
  return found;
}

// What posix_spawn does before the program begins. Signals that the daemon ignores or blocks are
// the program's again.
class SpawnPlan {
 public:
  explicit SpawnPlan(int input) {
    posix_spawn_file_actions_init(&actions_);
    posix_spawn_file_actions_adddup2(&actions_, input, STDIN_FILENO);
    // Asio's sockets would stay open in a service, and keep the daemon's place from the next one.
    posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1);
    posix_spawnattr_init(&attributes_);
    posix_spawnattr_setflags(
        &attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    sigset_t none{};
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes_, &none);
    sigaddset(&none, SIGPIPE);
    posix_spawnattr_setsigdefault(&attributes_, &none);
  }
  ~SpawnPlan() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;

  int run(pid_t& pid, std::vector<char*>& arguments, std::vector<char*>& environment) const {
    return posix_spawn(&pid, arguments[0], &actions_, &attributes_, arguments.data(),
                       environment.data());
  }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

// The whole input is in the pipe before the program starts, and then its end.
Descriptor input_pipe(const std::string& input) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) < 0) return {};
  Descriptor reading(ends[0]);
  const Descriptor writing(ends[1]);
  fcntl(reading.number(), F_SETFL, 0);
  const ssize_t written = write(writing.number(), input.data(), input.size());
  return written == static_cast<ssize_t>(input.size()) ? std::move(reading) : Descriptor();
}

// Zero, or the error. The process group is that of the new process.
int spawn(const Command& command, pid_t& pid) {
  const Descriptor input = input_pipe(command.input);
  if (!input.open()) return errno;
  std::vector<std::string> arguments = command.arguments;
  std::vector<std::string> environment = command.environment;
  std::vector<char*> argument_pointers = pointers(arguments);
  std::vector<char*> environment_pointers = pointers(environment);
  environment_pointers.pop_back();
  for (char** each = environ; *each != nullptr; ++each) environment_pointers.push_back(*each);
  environment_pointers.push_back(nullptr);
  const int error = SpawnPlan(input.number()).run(pid, argument_pointers, environment_pointers);
  if (error != 0) pid = -1;
  return error;
}

CommandEnd how_it_ended(int status) {
  if (WIFSIGNALED(status)) {
    return {.reason = "killed by signal " + std::to_string(WTERMSIG(status))};
  }
  const int code = WEXITSTATUS(status);
  return {.well = code == 0, .reason = "exit code " + std::to_string(code)};
}

}  // namespace

struct CommandRun::Process : std::enable_shared_from_this<Process> {
  Process(boost::asio::io_context& loop, Ended to_call)
      : exit(loop), limit(loop), ended(std::move(to_call)) {}

  boost::asio::posix::stream_descriptor exit;  // of the process: readable once it has ended
  boost::asio::steady_timer limit;
  Ended ended;
  std::thread starter;
  pid_t pid = -1;  // -1: none that is still to be waited for; the starter's until it is joined
  std::string killed;

  void start(const Command& command);
  void started(int error, Duration time);
  void fail(int error);
  void await(Duration time);
  void finish();
  // The leader is not waited for before its group is killed: until then its number is its own.
  int reap() {
    int status = 0;
    kill(-pid, SIGKILL);
    waitpid(std::exchange(pid, -1), &status, 0);
    return status;
  }
};

// Whoever starts a program is held up until the program has been loaded. So a thread of its own
// does it, and the agent goes on.
void CommandRun::Process::start(const Command& command) {
  starter = std::thread([this, command, loop = boost::asio::make_work_guard(exit.get_executor())] {
    const int error = spawn(command, pid);
    boost::asio::post(loop.get_executor(), [self = weak_from_this(), error, time = command.limit] {
      if (const auto process = self.lock()) process->started(error, time);
    });
  });
}

void CommandRun::Process::started(int error, Duration time) {
  if (!starter.joinable()) return;  // ended before that was known
  starter.join();
  if (error != 0) return fail(error);
  // The header of glibc 2.36 does not declare it for C++.
  Descriptor process(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  if (!process.open()) {
    const int reason = errno;
    reap();
    return fail(reason);
  }
  exit.assign(process.release());
  await(time);
}

void CommandRun::Process::fail(int error) {
  if (!ended) return;
  std::exchange(ended, nullptr)(
      {.well = false, .reason = "cannot be started: " + std::generic_category().message(error)});
}

void CommandRun::Process::await(Duration time) {
  exit.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                  [self = shared_from_this()](const boost::system::error_code& error) {
                    if (!error) self->finish();
                  });
  limit.expires_after(time);
  limit.async_wait([self = shared_from_this(), time](const boost::system::error_code& error) {
    if (error || self->pid < 0) return;
    self->killed = "killed after " + to_text(time);
    kill(-self->pid, SIGKILL);
  });
}

void CommandRun::Process::finish() {
  if (pid < 0) return;
  CommandEnd end = how_it_ended(reap());
  limit.cancel();
  exit.close();
  if (!killed.empty()) end = {.reason = killed};
  if (ended) std::exchange(ended, nullptr)(end);
}

CommandRun::CommandRun(boost::asio::io_context& loop, const Command& command, Ended ended)
    : process_(std::make_shared<Process>(loop, std::move(ended))) {
  process_->start(command);
}

CommandRun::~CommandRun() {
  process_->ended = nullptr;
  if (process_->starter.joinable()) process_->starter.join();
  if (process_->pid >= 0) process_->reap();
  boost::system::error_code ignored;
  process_->exit.close(ignored);
  process_->limit.cancel();
}

}  // namespace understudy::live
