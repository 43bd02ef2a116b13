// SPDX-License-Identifier: MIT
#include "understudy/cli/jobs.h"

#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <memory>
#include <new>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "understudy/cli/interrupt.h"
#include "understudy/cli/packing.h"
#include "understudy/scenario/bad_input.h"

namespace understudy::cli {
namespace {

using RunOne = std::function<std::string(std::uint64_t)>;

[[noreturn]] void throw_system_error(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

// ---- what all processes share ----

// Which run is next, and which one each worker is at.
class Board {
 public:
  Board(const Batch& batch, std::size_t workers) : batch_(batch), size_(bytes(workers)) {
    void* memory = mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw_system_error("mmap");
    cells_ = new (memory) std::atomic<std::uint64_t>[workers + 1] {};
  }
  ~Board() { munmap(cells_, size_); }
  Board(const Board&) = delete;
  Board& operator=(const Board&) = delete;

  // The next run for a worker; none: all are taken.
  std::optional<std::uint64_t> take(std::size_t worker) {
    const std::uint64_t offset = cells_[0].fetch_add(1);
    if (offset >= batch_.runs) return std::nullopt;
    cells_[worker + 1] = batch_.first_run + offset;
    return batch_.first_run + offset;
  }
  // The latest run that a worker took; 0: none yet.
  [[nodiscard]] std::uint64_t at(std::size_t worker) const { return cells_[worker + 1]; }

 private:
  static std::size_t bytes(std::size_t workers) {
    static_assert(std::atomic<std::uint64_t>::is_always_lock_free);
    return (workers + 1) * sizeof(std::atomic<std::uint64_t>);
  }

  Batch batch_;
  std::size_t size_;
  std::atomic<std::uint64_t>* cells_;  // next, then one a worker
};

// ---- the way from a worker to its parent ----

struct Frame {
  enum class Kind : std::uint8_t { record, bad_input, failure };
  Kind kind = Kind::record;
  std::uint64_t run = 0;
  std::string bytes;  // a result, or why there is none
};

// Length of the bytes, run, kind: what precedes them.
using FrameHead = std::array<std::uint64_t, 3>;

void write_all(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = write(file, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) _exit(1);  // nobody listens any more
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

void send(int pipe, const Frame& frame) {
  const FrameHead head = {frame.bytes.size(), frame.run, static_cast<std::uint64_t>(frame.kind)};
  std::string bytes(sizeof head, '\0');
  std::memcpy(bytes.data(), head.data(), sizeof head);
  write_all(pipe, bytes + frame.bytes);
}

// Takes the first frame off what has been received, if it is there in full.
std::optional<Frame> take_frame(std::string& received) {
  FrameHead head{};
  if (received.size() < sizeof head) return std::nullopt;
  std::memcpy(head.data(), received.data(), sizeof head);
  const auto [length, run, kind] = head;
  if (received.size() - sizeof head < length) return std::nullopt;
  Frame frame{.kind = static_cast<Frame::Kind>(kind),
              .run = run,
              .bytes = received.substr(sizeof head, length)};
  received.erase(0, sizeof head + length);
  return frame;
}

// ---- a worker ----

// Results go through the pipe, so whatever a run prints belongs to the log.
void become_worker(pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);  // it died before that took effect
  for (const int signal : InterruptWatch::signals) std::signal(signal, SIG_DFL);
  dup2(STDERR_FILENO, STDOUT_FILENO);
}

Frame one_run(const RunOne& run, std::uint64_t number) {
  try {
    return {.kind = Frame::Kind::record, .run = number, .bytes = run(number)};
  } catch (const BadInput& mistake) {
    return {.kind = Frame::Kind::bad_input, .run = number, .bytes = mistake.what()};
  } catch (const std::exception& error) {
    return {.kind = Frame::Kind::failure, .run = number, .bytes = error.what()};
  }
}

[[noreturn]] void work(Board& board, std::size_t worker, int pipe, const RunOne& run) {
  while (const auto number = board.take(worker)) {
    const Frame frame = one_run(run, *number);
    send(pipe, frame);
    if (frame.kind != Frame::Kind::record) break;
  }
  _exit(0);
}

// ---- the parent ----

class Workers {
 public:
  explicit Workers(const Batch& batch)
      : count_(std::min(batch.jobs, batch.runs)), board_(batch, count_) {}
  ~Workers() {
    for (const Worker& worker : workers_) {
      if (worker.process < 0) continue;
      kill(worker.process, SIGKILL);
      waitpid(worker.process, nullptr, 0);
    }
    for (const Worker& worker : workers_) {
      if (worker.pipe >= 0) close(worker.pipe);
    }
  }
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  void start_all(const RunOne& run) {
    while (workers_.size() < count_) start(run);
  }

  // Waits a little for frames, and hands over those that have come. False: all workers are done.
  bool listen(const std::function<void(Frame)>& hand_over) {
    std::vector<pollfd> polled;
    std::vector<Worker*> of;
    for (Worker& worker : workers_) {
      if (worker.pipe < 0) continue;
      polled.push_back({.fd = worker.pipe, .events = POLLIN, .revents = 0});
      of.push_back(&worker);
    }
    if (polled.empty()) return false;
    const int ready = poll(polled.data(), polled.size(), 100);
    if (ready < 0 && errno != EINTR) throw_system_error("poll");
    if (ready <= 0) return true;
    for (std::size_t i = 0; i < polled.size(); ++i) {
      if (polled[i].revents != 0) receive(*of[i], hand_over);
    }
    return true;
  }

 private:
  struct Worker {
    pid_t process = -1;
    int pipe = -1;
    std::string received;
  };

  void start(const RunOne& run) {
    std::array<int, 2> ends{};
    if (pipe(ends.data()) != 0) throw_system_error("pipe");
    const pid_t parent = getpid();
    const pid_t process = fork();
    if (process == 0) {
      close(ends[0]);
      become_worker(parent);
      work(board_, workers_.size(), ends[1], run);
    }
    close(ends[1]);
    if (process < 0) {
      close(ends[0]);
      throw_system_error("fork");
    }
    workers_.push_back({.process = process, .pipe = ends[0], .received = {}});
  }

  void receive(Worker& worker, const std::function<void(Frame)>& hand_over) {
    std::array<char, 1 << 16> chunk;
    const ssize_t n = read(worker.pipe, chunk.data(), chunk.size());
    if (n < 0 && errno == EINTR) return;
    if (n <= 0) return finish(worker);
    worker.received.append(chunk.data(), static_cast<std::size_t>(n));
    while (auto frame = take_frame(worker.received)) hand_over(std::move(*frame));
  }

  // Its pipe is closed: it has done its work, or it died over it.
  void finish(Worker& worker) {
    close(std::exchange(worker.pipe, -1));
    int status = 0;
    while (waitpid(worker.process, &status, 0) < 0 && errno == EINTR) {
    }
    worker.process = -1;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return;
    throw_if_interrupted();  // Ctrl-C goes to all of them
    const std::uint64_t run = board_.at(static_cast<std::size_t>(&worker - workers_.data()));
    const std::string how = way_to_end(status);
    if (run == 0) throw std::runtime_error("a process for runs did not begin: " + how);
    throw RunFailed(run, how);
  }

  static std::string way_to_end(int status) {
    if (!WIFSIGNALED(status)) {
      return "its process ended with status " + std::to_string(WEXITSTATUS(status));
    }
    return "its process was ended by signal " + std::to_string(WTERMSIG(status)) + " (" +
           strsignal(WTERMSIG(status)) + ")";
  }

  std::size_t count_;
  Board board_;
  std::vector<Worker> workers_;
};

}  // namespace

std::vector<std::string> run_packed(const Batch& batch, const RunOne& run,
                                    const std::function<void(std::uint64_t)>& progress) {
  // As they come: how many are asked for says nothing of how many there will be time for.
  std::vector<std::pair<std::uint64_t, std::string>> by_run;
  Workers workers(batch);
  workers.start_all(run);
  const auto take = [&](Frame frame) {
    switch (frame.kind) {
      case Frame::Kind::record: by_run.emplace_back(frame.run, std::move(frame.bytes)); return;
      case Frame::Kind::bad_input: throw BadInput(frame.bytes);
      case Frame::Kind::failure: throw RunFailed(frame.run, frame.bytes);
    }
  };
  while (workers.listen(take)) {
    throw_if_interrupted();
    progress(by_run.size());
  }
  std::ranges::sort(by_run, {}, &std::pair<std::uint64_t, std::string>::first);
  std::vector<std::string> results;
  for (auto& numbered : by_run) results.push_back(std::move(numbered.second));
  return results;
}

std::vector<Record> run_batch(const Batch& batch, const std::function<Outcome(std::uint64_t)>& run,
                              const std::function<void(std::uint64_t)>& progress) {
  const std::vector<std::string> results = run_packed(
      batch, [&](std::uint64_t number) { return packed(run(number)); }, progress);
  std::vector<Record> records;
  for (std::uint64_t i = 0; i < batch.runs; ++i) {
    records.push_back({.run = batch.first_run + i, .outcome = unpacked(results[i])});
  }
  return records;
}

}  // namespace understudy::cli
