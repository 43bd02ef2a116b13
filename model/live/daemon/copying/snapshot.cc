// SPDX-License-Identifier: MIT
#include "understudy/copying/snapshot.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <memory>
#include <set>
#include <thread>

#include <boost/asio/io_context.hpp>

#include "understudy/copying/failure.h"
#include "understudy/live/child_process.h"

namespace understudy::copying {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

// Two writes within this time may leave the same times on a file: some kernels' clocks for files
// tick every 10 ms.
constexpr milliseconds granule{20};
constexpr int greatest_tries = 5;
// To find a file at rest, before it is taken for one that never rests; and to read that one.
constexpr int patient_tries = 2;
constexpr int busy_tries = 10;
constexpr const char* output_name = "output";

// Reads a file from where it stands, and no further than was said: what grows meanwhile has an end.
template <class Take>
std::uint64_t read_through(const Descriptor& file, std::uint64_t most, const Take& take) {
  std::vector<std::uint8_t> buffer(greatest_payload);
  std::uint64_t size = 0;
  while (size < most) {
    const auto next = static_cast<std::size_t>(std::min<std::uint64_t>(most - size, buffer.size()));
    const std::size_t got = read_some(file, {buffer.data(), next});
    if (got == 0) break;
    take(Bytes(buffer.data(), got));
    size += got;
  }
  return size;
}

std::int64_t ns_of(const timespec& time) { return time.tv_sec * 1'000'000'000 + time.tv_nsec; }

bool is_recent(std::int64_t written_ns) {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  const std::int64_t age = ns_of(now) - written_ns;
  return age >= 0 && age < std::chrono::nanoseconds(granule).count();  // not: after a clock was set
}

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

std::vector<std::string> names_in(Descriptor folder, const std::string& path) {
  const std::unique_ptr<DIR, CloseFolder> open(::fdopendir(folder.number()));
  if (!open) fail_with_errno(path);
  folder.release();
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* found = ::readdir(open.get())) {
    const std::string name = found->d_name;
    if (name != "." && name != "..") names.push_back(name);
  }
  if (errno != 0) fail_with_errno(path);
  std::ranges::sort(names);  // one tree, one manifest
  return names;
}

std::string target_of(const Descriptor& root, const std::string& path) {
  std::array<char, 4096> target{};
  const ssize_t size = ::readlinkat(root.number(), path.c_str(), target.data(), target.size());
  if (size < 0) fail_with_errno(path);
  return {target.data(), static_cast<std::size_t>(size)};
}

}  // namespace

Freezer::Freezer(Store& store, MemorySource source, const Limits& limits)
    : store_(store),
      source_(std::move(source)),
      limits_(limits),
      folder_(store.folder() / "frozen") {
  fs::remove_all(folder_);
  fs::create_directory(folder_);
  fs::permissions(folder_, fs::perms::owner_all);
}

Snapshot Freezer::freeze(const GoOn& go_on) {
  if (!source_.command.empty() && store_.is_served()) take_command_output(go_on);
  const std::uint64_t generation = store_.generation();
  Snapshot snapshot{.manifest = freeze_tree(open_folder(store_.data()), go_on), .state = {}};
  snapshot.state = store_.note_snapshot(generation, snapshot.manifest.digest());
  forget_others(snapshot.manifest);
  return snapshot;
}

void Freezer::look() {
  const struct Looking {
    bool& keep;
    explicit Looking(bool& flag) : keep(flag) { keep = false; }
    ~Looking() { keep = true; }
  } looking(keep_);
  const std::uint64_t generation = store_.generation();
  const Manifest manifest = freeze_tree(open_folder(store_.data()), [] {});
  store_.note_snapshot(generation, manifest.digest());
}

Descriptor Freezer::open(const Entry& file) const {
  Descriptor content(::open(place_of(file.digest).c_str(), O_RDONLY | O_CLOEXEC));
  if (!content.open()) fail_with_errno(file.path);
  return content;
}

fs::path Freezer::place_of(const Digest& digest) const { return folder_ / to_hex(digest); }

// ---- a tree -------------------------------------------------------------------------------------

Freezer::Face Freezer::face_of(const struct ::stat& status) {
  return {.inode = status.st_ino,
          .size = static_cast<std::uint64_t>(status.st_size),
          .modified_ns = ns_of(status.st_mtim),
          .changed_ns = ns_of(status.st_ctim)};
}

Manifest Freezer::freeze_tree(const Descriptor& root, const GoOn& go_on) {
  for (int tries = 0; tries < greatest_tries; ++tries) {
    const Survey before = survey(root);
    Manifest manifest;
    for (Entry entry : before.entries) {
      if (entry.kind != Entry::Kind::file || freeze_file(root, entry, go_on)) {
        manifest.add(std::move(entry), limits_);
      }
    }
    if (source_.quiet == Quiet::each_file || survey(root) == before) return manifest;
  }
  throw CopyFailed("the memory goes on changing, there is no snapshot of the whole tree");
}

Freezer::Survey Freezer::survey(const Descriptor& root) const {
  Survey found;
  struct ::stat status {};
  if (::fstat(root.number(), &status) != 0) fail_with_errno("the memory");
  found.entries.push_back(entry_of(".", status));
  found.faces.push_back(face_of(status));
  survey_folder(root, "", found);
  return found;
}

void Freezer::survey_folder(const Descriptor& root, const std::string& path, Survey& found) const {
  auto folder = find_beneath(root, path.empty() ? "." : path, O_RDONLY | O_DIRECTORY);
  if (!folder) return;  // it has just gone
  for (const std::string& name : names_in(std::move(*folder), path)) {
    const std::string inner = path.empty() ? name : path + '/' + name;
    struct ::stat status {};
    if (::fstatat(root.number(), inner.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) continue;
    const bool counts =
        S_ISREG(status.st_mode) || S_ISDIR(status.st_mode) || S_ISLNK(status.st_mode);
    if (!counts) continue;
    if (found.entries.size() >= limits_.files) throw CopyFailed("there are too many files");
    Entry entry = entry_of(inner, status);
    if (entry.kind == Entry::Kind::link) entry.target = target_of(root, inner);
    found.entries.push_back(entry);
    found.faces.push_back(face_of(status));
    if (entry.kind == Entry::Kind::folder) survey_folder(root, inner, found);
  }
}

// ---- a file -------------------------------------------------------------------------------------

bool Freezer::freeze_file(const Descriptor& root, Entry& entry, const GoOn& go_on) {
  for (int tries = 0; tries < patient_tries; ++tries) {
    const Reading reading = read_file(root, entry, go_on);
    if (reading != Reading::changed) return reading == Reading::done;
    std::this_thread::sleep_for(granule);
  }
  for (int tries = 0; tries < busy_tries; ++tries) {
    const Reading reading = read_twice(root, entry, go_on);
    if (reading != Reading::changed) return reading == Reading::done;
  }
  throw CopyFailed("\"" + entry.path + "\" goes on changing, faster than it can be read");
}

Freezer::Reading Freezer::read_file(const Descriptor& root, Entry& entry, const GoOn& go_on) {
  const auto file = find_beneath(root, entry.path, O_RDONLY | O_NONBLOCK);
  struct ::stat status {};
  if (!file || ::fstat(file->number(), &status) != 0 || !S_ISREG(status.st_mode))
    return Reading::gone;
  const Face face = face_of(status);
  if (is_recent(std::max(face.modified_ns, face.changed_ns))) return Reading::changed;

  entry = entry_of(entry.path, status);
  const auto known = known_.find(entry.path);
  if (known != known_.end() && known->second.face == face) {
    entry.digest = known->second.digest;
    return Reading::done;
  }
  entry.digest = freeze_content(*file, entry.size, go_on).digest;
  if (::fstat(file->number(), &status) != 0 || face_of(status) != face) return Reading::changed;
  if (keep_) known_[entry.path] = {.face = face, .digest = entry.digest};
  return Reading::done;
}

// Whatever the file's times say. They are not remembered either: they may stay the same while it
// changes.
Freezer::Reading Freezer::read_twice(const Descriptor& root, Entry& entry, const GoOn& go_on) {
  const auto file = find_beneath(root, entry.path, O_RDONLY | O_NONBLOCK);
  struct ::stat between {};
  if (!file || ::fstat(file->number(), &between) != 0 || !S_ISREG(between.st_mode))
    return Reading::gone;
  // To its end, unless it is too large to be copied at all.
  const Content first = freeze_content(*file, limits_.bytes + 1, go_on);
  if (::fstat(file->number(), &between) != 0) fail_with_errno(entry.path);
  if (::lseek(file->number(), 0, SEEK_SET) != 0) fail_with_errno(entry.path);
  Hasher hasher;
  const std::uint64_t size = read_through(*file, first.size, [&](Bytes bytes) {
    go_on();
    hasher.add(bytes);
  });
  if (Content{.digest = hasher.finish(), .size = size} != first) return Reading::changed;
  entry = entry_of(entry.path, between);
  entry.size = first.size;  // it may have grown since
  entry.digest = first.digest;
  known_.erase(entry.path);
  return Reading::done;
}

Freezer::Content Freezer::freeze_content(const Descriptor& file, std::uint64_t most,
                                         const GoOn& go_on) const {
  const fs::path fresh = folder_ / "new";
  Descriptor copy;
  if (keep_) {
    copy = Descriptor(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (!copy.open()) fail_with_errno(fresh);
  }
  Hasher hasher;
  const std::uint64_t size = read_through(file, most, [&](Bytes bytes) {
    go_on();
    hasher.add(bytes);
    if (keep_) write_all(copy, bytes);
  });
  const Digest digest = hasher.finish();
  if (keep_ && ::rename(fresh.c_str(), place_of(digest).c_str()) != 0) fail_with_errno(fresh);
  return {.digest = digest, .size = size};
}

void Freezer::forget_others(const Manifest& manifest) {
  std::set<std::string> kept;
  for (const Entry& entry : manifest.entries()) {
    if (entry.kind == Entry::Kind::file) kept.insert(to_hex(entry.digest));
  }
  std::erase_if(known_, [&](const auto& known) { return manifest.find(known.first) == nullptr; });
  for (const fs::directory_entry& found : fs::directory_iterator(folder_)) {
    if (!kept.contains(found.path().filename().string())) fs::remove(found.path());
  }
}

// ---- a command ----------------------------------------------------------------------------------

void Freezer::take_command_output(const GoOn& go_on) {
  const State state = store_.state();
  const Draft draft = store_.begin();
  try {
    const Descriptor output =
        open_beneath(open_folder(draft.data()), output_name, O_WRONLY | O_CREAT | O_EXCL, 0600);
    const Digest digest = run_command(output, go_on);
    const auto known = known_.find(output_name);
    if (known != known_.end() && known->second.digest == digest) return store_.discard(draft);
    sync(output);
    // Of the state that was: the snapshot that follows finds that it differs.
    store_.finish(draft, state);
    if (!store_.commit(draft)) throw CopyFailed("the term of the memory changed meanwhile");
  } catch (...) {
    store_.discard(draft);
    throw;
  }
  store_.settle();
}

Digest Freezer::run_command(const Descriptor& output, const GoOn& go_on) const {
  boost::asio::io_context loop;  // its end is the end of the program
  Hasher hasher;
  std::uint64_t size = 0;
  const auto take = [&](std::string_view text) {
    const Bytes bytes(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
    size += bytes.size();
    if (size > limits_.bytes) throw CopyFailed("the command writes too much");
    hasher.add(bytes);
    write_all(output, bytes);
    return true;
  };
  std::optional<live::ProgramEnd> end;
  const auto program =
      live::ChildProcess::start(loop, {.arguments = source_.command, .take_output = take},
                                [&](const live::ProgramEnd& how) { end = how; });
  const auto too_late = std::chrono::steady_clock::now() + source_.command_timeout;
  while (!end) {
    go_on();
    if (std::chrono::steady_clock::now() > too_late) throw CopyFailed("the command takes too long");
    loop.run_one_for(milliseconds(100));
  }
  if (end->exit_code != 0) {
    throw CopyFailed("the command failed: " + end->reason + ": " + end->output);
  }
  return hasher.finish();
}

}  // namespace understudy::copying
