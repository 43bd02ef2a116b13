// SPDX-License-Identifier: MIT
//
// Where the memory of a server lies: generations side by side, of which one is current.
//
//   FOLDER/current -> generations/7      the service works in FOLDER/current/data
//   FOLDER/generations/7/data/           the memory itself
//   FOLDER/generations/7/stamp           which state it is in: term, version, digest
//   FOLDER/generations/8/                one that is being received; nobody looks at it
//   FOLDER/lock                          held while this object lives
//
// A new generation becomes the current one by the rename of a link: at each instant, and after a
// crash at any, `current` is a whole one. All of it is on the disk before the rename, and the older
// one is removed once the rename is.
//
// The stamp. `term` is that of the primary which wrote last, set by set_term() when it begins to
// serve. `version` counts states: it is raised each time that a snapshot of the memory differs from
// the one before. So two servers with one stamp have one memory, and what was written since the
// last snapshot does not count, until the next.
#pragma once

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <string>

#include "understudy/copying/digest.h"
#include "understudy/copying/files.h"
#include "understudy/failover/ports.h"

namespace understudy::copying {

struct State {
  MemoryStamp stamp;
  Digest digest{};            // of the manifest of its last snapshot
  bool written_here = false;  // this server has written since its memory came from the other
  bool operator==(const State&) const = default;
};

[[nodiscard]] std::string to_text(const State& state);
[[nodiscard]] State parse_state(const std::string& text);  // throws CopyFailed

// A generation in the making.
struct Draft {
  std::uint64_t generation = 0;
  std::filesystem::path folder;
  [[nodiscard]] std::filesystem::path data() const { return folder / "data"; }
};

// May be used from several threads, one draft at a time.
class Store {
 public:
  // Opens it, or makes an empty one; removes what a crash has left. Throws CopyFailed, also if
  // somebody else has it open, or what std::filesystem throws.
  explicit Store(std::filesystem::path folder);

  [[nodiscard]] State state() const;
  [[nodiscard]] std::uint64_t generation() const;
  [[nodiscard]] std::filesystem::path data() const;
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }

  // From now on it is the memory of a primary of this term, and this server is the one that writes.
  // On return that is safe.
  void set_term(Term term);
  // Whether this server has begun to write since then: unlike `written_here` not after a restart.
  [[nodiscard]] bool is_served() const;
  // A snapshot of this generation had this digest. Raises the version if the one before had
  // another. Throws CopyFailed if there is a newer generation by now.
  State note_snapshot(std::uint64_t generation, const Digest& digest);

  // A new generation, with nothing in its data folder, which is private until finish().
  [[nodiscard]] Draft begin();
  // It is what it will be, but for being on the disk: that it is, on return. Each file of it must
  // have been synced.
  void finish(const Draft& draft, const State& state);
  // Makes it the current one: a rename, which the caller can do between two inputs of an agent.
  // False, and nothing is changed: it is older than the current one.
  bool commit(const Draft& draft);
  // Makes the commit last, and removes the older generations.
  void settle();
  void discard(const Draft& draft);

 private:
  void make_first();
  void recover();
  [[nodiscard]] std::filesystem::path generations() const { return folder_ / "generations"; }
  [[nodiscard]] std::filesystem::path folder_of(std::uint64_t generation) const;
  void keep(const State& state);  // with writing_ locked

  std::filesystem::path folder_;
  Descriptor lock_;
  std::mutex writing_;       // of the stamp, and of `current`
  mutable std::mutex here_;  // of the members below; never held during I/O
  State state_;
  bool served_ = false;
  std::uint64_t generation_ = 0;
  std::uint64_t last_draft_ = 0;
};

}  // namespace understudy::copying
