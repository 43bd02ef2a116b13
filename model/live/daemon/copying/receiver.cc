// SPDX-License-Identifier: MIT
#include "understudy/copying/receiver.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <utility>

#include <boost/asio/post.hpp>

#include "understudy/copying/delta.h"
#include "understudy/copying/failure.h"
#include "understudy/copying/manifest.h"

namespace understudy::copying {
namespace {

constexpr mode_t while_received = 0600;
constexpr mode_t folder_while_received = 0700;

}  // namespace

// ---- one copy -----------------------------------------------------------------------------------

Reception::Reception(Store& store, const Limits& limits, Channel& channel, Step step)
    : store_(store), limits_(limits), channel_(channel), step_(std::move(step)) {
  if (!step_) step_ = [](const char*) {};
}

std::optional<Draft> Reception::run() {
  step_("hello");
  const State here = store_.state();
  channel_.send(FrameType::hello, encode(Hello{.stamp = here.stamp, .digest = here.digest}));
  const Frame frame = channel_.expect(FrameType::offer, limits_.snapshot);
  const Offer offer = decode_offer(frame.payload);
  const bool same = offer.stamp == here.stamp && offer.digest == here.digest;
  if (offer.stamp < here.stamp || same) {
    channel_.send(FrameType::done);
    return std::nullopt;
  }
  step_("manifest");
  channel_.send(FrameType::go_on);
  const Manifest manifest = receive_manifest(offer);
  step_("draft");
  draft_ = store_.begin();
  try {
    build(manifest);
    step_("finish");
    store_.finish(draft_, {.stamp = offer.stamp, .digest = offer.digest});
  } catch (...) {
    store_.discard(draft_);
    throw;
  }
  channel_.send(FrameType::done);
  step_("commit");
  return draft_;
}

Manifest Reception::receive_manifest(const Offer& offer) {
  if (offer.entries > limits_.files) throw CopyFailed("there are too many files to be copied");
  if (offer.bytes > limits_.bytes) throw CopyFailed("there is too much to be copied");
  Manifest manifest;
  for (Frame frame = channel_.receive(limits_.silence); frame.type != FrameType::end;
       frame = channel_.receive(limits_.silence)) {
    if (frame.type != FrameType::entries) throw CopyFailed("the peer sends no manifest");
    Reader reader(frame.payload);
    while (!reader.at_end()) manifest.add(decode_entry(reader), limits_);
  }
  if (manifest.entries().size() != offer.entries || manifest.bytes() != offer.bytes ||
      manifest.digest() != offer.digest) {
    throw CopyFailed("the peer sends another manifest than it offered");
  }
  return manifest;
}

void Reception::build(const Manifest& manifest) {
  old_ = open_folder(store_.data());
  data_ = open_folder(draft_.data());
  const std::span<const Entry> entries = manifest.entries();
  for (std::size_t number = 1; number < entries.size(); ++number) {  // 0 is the root
    channel_.go_on();
    const Entry& entry = entries[number];
    switch (entry.kind) {
      case Entry::Kind::file: make_file(entry, number); break;
      case Entry::Kind::link: make_link(entry); break;
      case Entry::Kind::folder:
        step_("folder");
        if (::mkdirat(data_.number(), entry.path.c_str(), folder_while_received) != 0) {
          fail_with_errno(entry.path);
        }
    }
  }
  dress_folders(manifest);
}

void Reception::make_file(const Entry& entry, std::uint64_t number) {
  step_("file");
  if (link_from_current(entry)) return;
  const Descriptor file =
      open_beneath(data_, entry.path, O_RDWR | O_CREAT | O_EXCL, while_received);
  receive_file(entry, number, file);
  step_("sync");
  dress(file, entry);
  sync(file);
}

// What is here already, and is the same to the bit, becomes a part of the new generation as it is.
// (The two share it until the older is removed, which nobody writes to any more then.)
bool Reception::link_from_current(const Entry& entry) {
  const auto file = find_beneath(old_, entry.path, O_RDONLY | O_NONBLOCK);
  struct ::stat status {};
  if (!file || ::fstat(file->number(), &status) != 0 || !S_ISREG(status.st_mode)) return false;
  const Entry here = entry_of(entry.path, status);
  if (here.size != entry.size || !here.same_metadata(entry)) return false;

  Hasher hasher;
  std::vector<std::uint8_t> buffer(greatest_payload);
  while (const std::size_t size = read_some(*file, buffer)) {
    channel_.go_on();
    hasher.add({buffer.data(), size});
  }
  if (hasher.finish() != entry.digest) return false;
  const std::string opened = "/proc/self/fd/" + std::to_string(file->number());
  return ::linkat(AT_FDCWD, opened.c_str(), data_.number(), entry.path.c_str(),
                  AT_SYMLINK_FOLLOW) == 0;
}

void Reception::receive_file(const Entry& entry, std::uint64_t number, const Descriptor& file) {
  Hasher hasher;
  std::uint64_t left = entry.size;
  const auto write = [&](Bytes bytes) {
    if (bytes.size() > left) throw CopyFailed("the peer sends more than \"" + entry.path + '"');
    left -= bytes.size();
    hasher.add(bytes);
    write_all(file, bytes);
  };
  auto basis = find_beneath(old_, entry.path, O_RDONLY | O_NONBLOCK);
  const bool with_delta = send_signature(basis, number) > 0;
  std::optional<Patch> patch;
  if (with_delta) patch.emplace(*basis, entry.size, write);
  step_("content");
  for (Frame frame = channel_.receive(limits_.silence); frame.type != FrameType::end;
       frame = channel_.receive(limits_.silence)) {
    if (frame.type != FrameType::bytes) throw CopyFailed("the peer sends no file");
    step_("bytes");
    if (patch) {
      patch->add(frame.payload);
    } else {
      write(frame.payload);
    }
  }
  if (patch) patch->finish();
  if (left > 0 || hasher.finish() != entry.digest) {
    throw CopyFailed("\"" + entry.path + "\" did not arrive as it was sent");
  }
}

// The size of what the delta is to be made for; 0 if there is nothing here to start from.
std::uint64_t Reception::send_signature(const std::optional<Descriptor>& basis,
                                        std::uint64_t number) {
  struct ::stat status {};
  const bool usable = basis && ::fstat(basis->number(), &status) == 0 && S_ISREG(status.st_mode) &&
                      static_cast<std::uint64_t>(status.st_size) >= smallest_with_signature;
  std::vector<std::uint8_t> signature;
  if (usable) {
    make_signature(*basis, static_cast<std::uint64_t>(status.st_size), [&](Bytes bytes) {
      channel_.go_on();
      signature.insert(signature.end(), bytes.begin(), bytes.end());
    });
  }
  if (signature.size() > limits_.signature) signature.clear();
  channel_.send(FrameType::want, encode(Want{.entry = number, .signature_size = signature.size()}));
  for (Bytes rest = signature; !rest.empty();) {
    const Bytes piece = rest.first(std::min(rest.size(), greatest_payload));
    channel_.send(FrameType::bytes, piece);
    rest = rest.subspan(piece.size());
  }
  return signature.size();
}

void Reception::make_link(const Entry& entry) {
  step_("link");
  const char* path = entry.path.c_str();
  if (::symlinkat(entry.target.c_str(), data_.number(), path) != 0) fail_with_errno(entry.path);
  struct ::stat status {};
  if (::fstatat(data_.number(), path, &status, AT_SYMLINK_NOFOLLOW) != 0)
    fail_with_errno(entry.path);
  const bool owned = status.st_uid == entry.user && status.st_gid == entry.group;
  if (!owned &&
      ::fchownat(data_.number(), path, entry.user, entry.group, AT_SYMLINK_NOFOLLOW) != 0) {
    fail_with_errno(entry.path);
  }
  const std::array<timespec, 2> times = {
      timespec{.tv_sec = 0, .tv_nsec = UTIME_OMIT},
      timespec{.tv_sec = entry.modified_s, .tv_nsec = entry.modified_ns}};
  if (::utimensat(data_.number(), path, times.data(), AT_SYMLINK_NOFOLLOW) != 0) {
    fail_with_errno(entry.path);
  }
}

// Last, and the innermost first: what is put into a folder changes its time, and what its owner may
// not do to it would be refused.
void Reception::dress_folders(const Manifest& manifest) {
  for (std::size_t number = manifest.entries().size(); number-- > 0;) {
    const Entry& entry = manifest.entries()[number];
    if (entry.kind != Entry::Kind::folder) continue;
    step_("dress");
    const Descriptor folder = open_beneath(data_, entry.path, O_RDONLY | O_DIRECTORY);
    dress(folder, entry);
    sync(folder);
  }
}

// ---- the thread ---------------------------------------------------------------------------------

struct Receiver::Task {
  boost::asio::ip::tcp::endpoint peer;
  std::atomic<bool> stopped = false;
  std::mutex mutex;
  std::unique_ptr<Channel> channel;  // there while the task is at work
  Traffic traffic;
};

Receiver::Receiver(boost::asio::io_context& loop, Store& store, ReceiverConfig config,
                   Copied copied, Log log, Reception::Step step)
    : loop_(loop),
      store_(store),
      config_(std::move(config)),
      copied_(std::move(copied)),
      log_(std::move(log)),
      step_(std::move(step)),
      more_jobs_(boost::asio::make_work_guard(jobs_)),
      thread_([this] { jobs_.run(); }) {}

Receiver::~Receiver() {
  stop();
  *alive_ = false;
  jobs_.stop();
  thread_.join();
}

void Receiver::start() {
  stop();
  task_ = std::make_shared<Task>();
  task_->peer = config_.peer;
  boost::asio::post(jobs_, [this, task = task_] { work(task); });
}

void Receiver::stop() {
  if (!task_) return;
  task_->stopped = true;
  const std::lock_guard lock(task_->mutex);
  if (task_->channel) task_->channel->stop();
  task_.reset();
}

void Receiver::in_loop(std::function<void()> what) {
  boost::asio::post(loop_, [alive = alive_, what = std::move(what)] {
    if (*alive) what();
  });
}

void Receiver::work(const std::shared_ptr<Task>& task) {
  try {
    {
      const std::lock_guard lock(task->mutex);
      if (task->stopped) return;
      task->channel = std::make_unique<Channel>(config_.keys, config_.limits);
    }
    Channel& channel = *task->channel;
    channel.connect(config_.here, task->peer);
    const std::optional<Draft> draft = Reception(store_, config_.limits, channel, step_).run();
    task->traffic = {.sent = channel.sent(), .received = channel.received()};
    in_loop([this, task, draft] {
      if (draft) return received(task, *draft);
      conclude(task, CopyResult::whole, "what is here is as new");
    });
  } catch (const std::exception& failure) {
    in_loop([this, task, reason = std::string(failure.what())] {
      conclude(task, CopyResult::failed, reason);
    });
  }
  const std::lock_guard lock(task->mutex);
  task->channel.reset();
}

void Receiver::received(const std::shared_ptr<Task>& task, const Draft& draft) {
  if (task->stopped) {
    return boost::asio::post(jobs_, [this, draft] { store_.discard(draft); });
  }
  try {
    if (!store_.commit(draft)) {
      boost::asio::post(jobs_, [this, draft] { store_.discard(draft); });
      return conclude(task, CopyResult::whole, "what is here has become newer meanwhile");
    }
  } catch (const CopyFailed& failure) {
    return conclude(task, CopyResult::failed, failure.what());
  }
  boost::asio::post(jobs_, [this, task] {
    if (step_) step_("settle");
    std::string reason;
    try {
      store_.settle();
    } catch (const std::exception& failure) {
      reason = failure.what();
    }
    in_loop([this, task, reason] {
      // The new memory is in its place, but may not be there after a crash: not to be relied upon.
      conclude(task, reason.empty() ? CopyResult::whole : CopyResult::failed, reason);
    });
  });
}

void Receiver::conclude(const std::shared_ptr<Task>& task, CopyResult result,
                        const std::string& reason) {
  if (task->stopped || task != task_) return;
  if (result == CopyResult::failed) log_("the copy failed: " + reason);
  task_.reset();
  copied_(result, task->traffic);
}

}  // namespace understudy::copying
