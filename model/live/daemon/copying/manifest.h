// SPDX-License-Identifier: MIT
//
// What a tree of files consists of: its folders, files and symbolic links, with mode, owner and
// time of each, and what says that the content of a file is the same. Nothing else is carried:
// extended attributes and ACLs are not, two hard links are two files, and sockets, pipes and
// devices are no memory.
//
// A manifest that comes from the network is held to what a tree can be before anything is made of
// it. No path leads out of the tree: none is absolute, none has "..", each one's folder is a folder
// of the manifest, listed before it (so no path leads through a link), and no link points out of
// the tree.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "understudy/copying/digest.h"
#include "understudy/copying/framing.h"
#include "understudy/copying/limits.h"

namespace understudy::copying {

struct Entry {
  enum class Kind : std::uint8_t { folder = 1, file, link };

  std::string path;  // from the root of the tree, which is "." and the first entry
  Kind kind = Kind::folder;
  std::uint32_t mode = 0;  // with set-user-id and its like, without the kind
  std::uint32_t user = 0;
  std::uint32_t group = 0;
  std::int64_t modified_s = 0;
  std::uint32_t modified_ns = 0;
  std::uint64_t size = 0;  // file
  Digest digest{};         // file
  std::string target{};    // link
  bool operator==(const Entry&) const = default;

  // Of one content: the same in everything but the path.
  [[nodiscard]] bool same_metadata(const Entry& other) const;
};

void encode(Writer& writer, const Entry& entry);
[[nodiscard]] Entry decode_entry(Reader& reader);

// Why no tree can have it beneath its root; empty: it can.
[[nodiscard]] std::string mistake_in_path(std::string_view path);
// Why a link of this path must not point there.
[[nodiscard]] std::string mistake_in_target(std::string_view path, std::string_view target);

// Its entries are such that each comes after its folder.
class Manifest {
 public:
  // Throws CopyFailed for an entry that cannot stand here, and for one too many.
  void add(Entry entry, const Limits& limits);

  [[nodiscard]] std::span<const Entry> entries() const { return entries_; }
  [[nodiscard]] const Entry* find(const std::string& path) const;
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
  [[nodiscard]] Digest digest() const;

 private:
  std::vector<Entry> entries_;
  std::unordered_map<std::string, std::size_t> places_;
  std::uint64_t bytes_ = 0;
};

}  // namespace understudy::copying
