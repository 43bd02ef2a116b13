// SPDX-License-Identifier: MIT
//
// The memory of a server as it is now, set apart so that it can be sent while the service goes on
// writing. A file that is the same as in the snapshot before is not read again; each content is
// kept once, under its digest, in FOLDER/frozen, which needs as much room as the memory itself.
//
// How much "as it is now" means:
// - A command writes one file, `output`. It is as consistent as the command makes it.
// - Of a folder, each file is as it was at one instant: one that changes while it is read is read
//   again. Several files may be of different instants. With Quiet::whole_tree the tree is looked
//   through again at the end, and a snapshot counts only if nothing has changed since it began: all
//   files are of one instant then, and a service that never rests is never copied. What a service
//   has mapped into its memory and writes there, the kernel notes late: such files want a command
//   (or a service that can pause).
// - Changes are noticed by size, times and number of the inode, times to 20 ms: a file that was
//   written less long ago is waited for.
// - A file that is written more often than that is read twice, the first time to its end. What both
//   readings agree on is what it held when that end was found: each byte had its value from its
//   first reading to its second, and that instant is within all of these spans. (A byte that was
//   changed and changed back there counts as unchanged.) What was appended later is left out. Where
//   they never agree, because the file changes faster than it can be read, there is no snapshot.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "understudy/copying/manifest.h"
#include "understudy/copying/store.h"

namespace understudy::copying {

enum class Quiet : std::uint8_t { each_file, whole_tree };

// Where the primary's memory comes from, in the store's data folder or by way of it.
struct MemorySource {
  Quiet quiet = Quiet::each_file;
  // The program and its arguments, of which the standard output is the memory; the first is an
  // absolute path. Empty: the service itself works in the data folder. It is run while the service
  // works and, for the last copy of a switchover, when it is at rest.
  std::vector<std::string> command = {};
  std::chrono::milliseconds command_timeout{60'000};
};

struct Snapshot {
  Manifest manifest;
  State state;
};

// To be used from one thread at a time.
class Freezer {
 public:
  // Called now and then: throws if nobody wants the snapshot any more.
  using GoOn = std::function<void()>;

  Freezer(Store& store, MemorySource source, const Limits& limits);

  // A snapshot of what is in the current generation. With a command, and if this server is the one
  // that writes, that is what the command writes now. Throws CopyFailed.
  [[nodiscard]] Snapshot freeze(const GoOn& go_on);
  // Reads the memory to see whether it has changed since its last snapshot, which raises its
  // version. Keeps nothing of it: a server whose disk is full can start. Throws CopyFailed.
  void look();
  // The content of a file of the latest snapshot.
  [[nodiscard]] Descriptor open(const Entry& file) const;

 private:
  // What tells that a file has not changed.
  struct Face {
    std::uint64_t inode = 0;
    std::uint64_t size = 0;
    std::int64_t modified_ns = 0;
    std::int64_t changed_ns = 0;
    bool operator==(const Face&) const = default;
  };
  struct Known {
    Face face;
    Digest digest{};
  };

  // Everything in a tree but the contents of its files, each folder before what is in it.
  struct Survey {
    std::vector<Entry> entries;
    std::vector<Face> faces;
    bool operator==(const Survey&) const = default;
  };
  enum class Reading : std::uint8_t { done, changed, gone };
  struct Content {
    Digest digest{};
    std::uint64_t size = 0;
    bool operator==(const Content&) const = default;
  };

  static Face face_of(const struct ::stat& status);
  [[nodiscard]] Survey survey(const Descriptor& root) const;
  void survey_folder(const Descriptor& root, const std::string& path, Survey& found) const;
  [[nodiscard]] Manifest freeze_tree(const Descriptor& root, const GoOn& go_on);
  // False: there is no such file any more.
  [[nodiscard]] bool freeze_file(const Descriptor& root, Entry& entry, const GoOn& go_on);
  [[nodiscard]] Reading read_file(const Descriptor& root, Entry& entry, const GoOn& go_on);
  [[nodiscard]] Reading read_twice(const Descriptor& root, Entry& entry, const GoOn& go_on);
  [[nodiscard]] Content freeze_content(const Descriptor& file, std::uint64_t most,
                                       const GoOn& go_on) const;
  void take_command_output(const GoOn& go_on);
  [[nodiscard]] Digest run_command(const Descriptor& output, const GoOn& go_on) const;
  void forget_others(const Manifest& manifest);
  [[nodiscard]] std::filesystem::path place_of(const Digest& digest) const;

  Store& store_;
  MemorySource source_;
  Limits limits_;
  std::filesystem::path folder_;
  bool keep_ = true;                              // the contents
  std::unordered_map<std::string, Known> known_;  // by path
};

}  // namespace understudy::copying
