// SPDX-License-Identifier: MIT
#include "understudy/copying/store.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <sstream>

#include "understudy/copying/failure.h"

namespace understudy::copying {
namespace {

namespace fs = std::filesystem;

constexpr const char* headline = "understudy memory 1";
constexpr const char* here = "here";
constexpr const char* elsewhere = "elsewhere";

std::uint64_t parse_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw CopyFailed("\"" + std::string(text) + "\" is no number");
  }
  return number;
}

void point_to(const fs::path& link, const fs::path& target) {
  const fs::path fresh = link.string() + ".new";
  ::unlink(fresh.c_str());
  if (::symlink(target.c_str(), fresh.c_str()) != 0) fail_with_errno(fresh);
  if (::rename(fresh.c_str(), link.c_str()) != 0) fail_with_errno(link);
}

void make_folder(const fs::path& path, mode_t mode) {
  if (::mkdir(path.c_str(), mode) != 0 && errno != EEXIST) fail_with_errno(path);
}

}  // namespace

std::string to_text(const State& state) {
  std::ostringstream out;
  out << headline << "\nterm = " << state.stamp.term << "\nversion = " << state.stamp.version
      << "\ndigest = " << to_hex(state.digest)
      << "\nwritten = " << (state.written_here ? here : elsewhere) << '\n';
  return out.str();
}

State parse_state(const std::string& text) {
  std::istringstream in(text);
  std::string line;
  const auto value_of = [&](const std::string& name) {
    if (!std::getline(in, line) || !line.starts_with(name + " = ")) {
      throw CopyFailed("the stamp of the memory has no " + name);
    }
    return line.substr(name.size() + 3);
  };
  if (!std::getline(in, line) || line != headline) throw CopyFailed("this is no stamp of a memory");
  State state;
  state.stamp.term = parse_number(value_of("term"));
  state.stamp.version = parse_number(value_of("version"));
  if (!from_hex(value_of("digest"), state.digest)) throw CopyFailed("its digest is none");
  const std::string written = value_of("written");
  if (written != here && written != elsewhere) throw CopyFailed("nobody has written it");
  state.written_here = written == here;
  return state;
}

Store::Store(fs::path folder) : folder_(std::move(folder)) {
  make_folder(folder_, 0755);
  lock_ = Descriptor(::open((folder_ / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock_.open()) fail_with_errno(folder_ / "lock");
  if (::flock(lock_.number(), LOCK_EX | LOCK_NB) != 0) {
    throw CopyFailed(folder_.string() + ": another process has this memory open");
  }
  make_folder(generations(), 0755);
  if (!fs::is_symlink(folder_ / "current")) make_first();
  recover();
}

void Store::make_first() {
  const Draft draft = begin();
  finish(draft, {});
  commit(draft);
  settle();
}

void Store::recover() {
  std::error_code error;
  const fs::path target = fs::read_symlink(folder_ / "current", error);
  if (error || target.parent_path() != "generations") {
    throw CopyFailed((folder_ / "current").string() + ": it is no link to a generation");
  }
  generation_ = parse_number(target.filename().string());
  last_draft_ = generation_;
  state_ = parse_state(read_file(folder_of(generation_) / "stamp"));
  settle();
}

fs::path Store::folder_of(std::uint64_t generation) const {
  return generations() / std::to_string(generation);
}

State Store::state() const {
  const std::lock_guard lock(here_);
  return state_;
}

std::uint64_t Store::generation() const {
  const std::lock_guard lock(here_);
  return generation_;
}

fs::path Store::data() const { return folder_of(generation()) / "data"; }

void Store::keep(const State& state) {
  replace_file(folder_of(generation()) / "stamp", to_text(state));
  const std::lock_guard lock(here_);
  state_ = state;
}

void Store::set_term(Term term) {
  const std::lock_guard lock(writing_);
  {
    const std::lock_guard members(here_);
    served_ = true;
  }
  State changed = state();
  if (changed.stamp.term == term && changed.written_here) return;
  changed.stamp.term = term;
  changed.written_here = true;
  keep(changed);
}

bool Store::is_served() const {
  const std::lock_guard lock(here_);
  return served_;
}

State Store::note_snapshot(std::uint64_t of, const Digest& digest) {
  const std::lock_guard lock(writing_);
  if (of != generation()) throw CopyFailed("a newer memory came during the snapshot");
  State changed = state();
  if (changed.digest != digest) {
    changed.digest = digest;
    ++changed.stamp.version;
    keep(changed);
  }
  return changed;
}

Draft Store::begin() {
  std::uint64_t number = 0;
  {
    const std::lock_guard lock(here_);
    number = ++last_draft_;
  }
  Draft draft{.generation = number, .folder = folder_of(number)};
  fs::remove_all(draft.folder);
  if (::mkdir(draft.folder.c_str(), 0700) != 0) fail_with_errno(draft.folder);
  if (::mkdir(draft.data().c_str(), 0755) != 0) fail_with_errno(draft.data());
  return draft;
}

void Store::finish(const Draft& draft, const State& state) {
  replace_file(draft.folder / "stamp", to_text(state));
  if (::chmod(draft.folder.c_str(), 0755) != 0) fail_with_errno(draft.folder);
  sync(open_folder(draft.data()));
  sync(open_folder(draft.folder));
  sync(open_folder(generations()));
}

bool Store::commit(const Draft& draft) {
  const std::lock_guard lock(writing_);
  const State fresh = parse_state(read_file(draft.folder / "stamp"));
  if (fresh.stamp < state().stamp) return false;
  point_to(folder_ / "current", fs::path("generations") / std::to_string(draft.generation));
  const std::lock_guard members(here_);
  generation_ = draft.generation;
  state_ = fresh;
  served_ = served_ && fresh.written_here;
  return true;
}

void Store::settle() {
  sync(open_folder(folder_));
  std::uint64_t current = 0;
  std::uint64_t draft = 0;
  {
    const std::lock_guard lock(here_);
    current = generation_;
    draft = last_draft_;
  }
  for (const fs::directory_entry& found : fs::directory_iterator(generations())) {
    const std::string name = found.path().filename().string();
    // One above the current may be a draft of now; one above the last draft is from before a crash.
    const std::uint64_t number = std::strtoull(name.c_str(), nullptr, 10);
    if (number < current || number > draft) fs::remove_all(found.path());
  }
}

void Store::discard(const Draft& draft) {
  std::error_code ignored;  // what cannot be removed now, is at the next start
  fs::remove_all(draft.folder, ignored);
}

}  // namespace understudy::copying
