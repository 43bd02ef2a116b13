// SPDX-License-Identifier: MIT
#include "understudy/copying/manifest.h"

#include "understudy/copying/failure.h"

namespace understudy::copying {
namespace {

constexpr std::size_t greatest_path = 4000;
constexpr std::size_t greatest_name = 255;
constexpr std::uint32_t mode_bits = 07777;
constexpr std::uint32_t second_ns = 1'000'000'000;
constexpr std::string_view root = ".";

// The first name of a path, which is taken off it.
std::string_view next_name(std::string_view& path) {
  const std::string_view name = path.substr(0, path.find('/'));
  path.remove_prefix(std::min(name.size() + 1, path.size()));
  return name;
}

std::string_view folder_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? root : path.substr(0, slash);
}

std::size_t depth_of(std::string_view path) {
  std::size_t depth = 0;
  for (const char c : path) depth += c == '/' ? 1 : 0;
  return depth;
}

void require(const std::string& mistake, const Entry& entry) {
  if (!mistake.empty()) throw CopyFailed("\"" + entry.path + "\" cannot be copied: " + mistake);
}

std::string mistake_in(const Entry& entry) {
  if (entry.mode > mode_bits) return "its mode is none";
  if (entry.modified_ns >= second_ns) return "its time is none";
  if (entry.kind != Entry::Kind::file && entry.size != 0) return "what is no file has no size";
  if (entry.kind != Entry::Kind::link && !entry.target.empty())
    return "what is no link has no target";
  if (entry.kind == Entry::Kind::link) return mistake_in_target(entry.path, entry.target);
  return {};
}

}  // namespace

bool Entry::same_metadata(const Entry& other) const {
  return kind == other.kind && mode == other.mode && user == other.user && group == other.group &&
         modified_s == other.modified_s && modified_ns == other.modified_ns;
}

void encode(Writer& writer, const Entry& entry) {
  writer.u8(static_cast<std::uint8_t>(entry.kind));
  writer.text(entry.path);
  writer.u32(entry.mode);
  writer.u32(entry.user);
  writer.u32(entry.group);
  writer.u64(static_cast<std::uint64_t>(entry.modified_s));
  writer.u32(entry.modified_ns);
  if (entry.kind == Entry::Kind::file) {
    writer.u64(entry.size);
    writer.raw(entry.digest);
  }
  if (entry.kind == Entry::Kind::link) writer.text(entry.target);
}

Entry decode_entry(Reader& reader) {
  Entry entry;
  const std::uint8_t kind = reader.u8();
  if (kind < static_cast<std::uint8_t>(Entry::Kind::folder) ||
      kind > static_cast<std::uint8_t>(Entry::Kind::link)) {
    throw CopyFailed("the peer sends an entry of a kind that there is not");
  }
  entry.kind = static_cast<Entry::Kind>(kind);
  entry.path = reader.text();
  entry.mode = reader.u32();
  entry.user = reader.u32();
  entry.group = reader.u32();
  entry.modified_s = static_cast<std::int64_t>(reader.u64());
  entry.modified_ns = reader.u32();
  if (entry.kind == Entry::Kind::file) {
    entry.size = reader.u64();
    entry.digest = reader.digest();
  }
  if (entry.kind == Entry::Kind::link) entry.target = reader.text();
  return entry;
}

std::string mistake_in_path(std::string_view path) {
  if (path.empty()) return "it has no path";
  if (path.front() == '/') return "its path is absolute";
  if (path.back() == '/') return "its path ends in a slash";
  if (path.size() > greatest_path) return "its path is too long";
  if (path.find('\0') != std::string_view::npos) return "its path has a zero in it";
  while (!path.empty()) {
    const std::string_view name = next_name(path);
    if (name.empty() || name == "." || name == "..") return "its path is not a plain one";
    if (name.size() > greatest_name) return "a name in its path is too long";
  }
  return {};
}

// ".." only at the beginning, where it leads from folder to folder: behind a name it would lead to
// wherever that name, which may be a link, leads.
std::string mistake_in_target(std::string_view path, std::string_view target) {
  if (target.empty()) return "it is a link to nothing";
  if (target.front() == '/') return "it is a link to an absolute path";
  if (target.size() > greatest_path) return "its target is too long";
  if (target.find('\0') != std::string_view::npos) return "its target has a zero in it";
  std::size_t up = 0;
  bool named = false;
  while (!target.empty()) {
    const std::string_view name = next_name(target);
    if (name.empty() || name == ".") continue;
    if (name != "..") {
      named = true;
    } else if (named) {
      return "it is a link that goes up again";
    } else if (++up > depth_of(path)) {
      return "it is a link out of the tree";
    }
  }
  return {};
}

void Manifest::add(Entry entry, const Limits& limits) {
  if (entries_.size() >= limits.files) throw CopyFailed("there are too many files to be copied");
  if (entries_.empty()) {
    if (entry.path != root || entry.kind != Entry::Kind::folder) {
      throw CopyFailed("the first entry is not the root of a tree");
    }
  } else {
    require(mistake_in_path(entry.path), entry);
    const Entry* folder = find(std::string(folder_of(entry.path)));
    require(folder == nullptr || folder->kind != Entry::Kind::folder ? "its folder is none" : "",
            entry);
  }
  require(mistake_in(entry), entry);
  if (entry.size > limits.bytes - bytes_) throw CopyFailed("there is too much to be copied");
  require(places_.emplace(entry.path, entries_.size()).second ? "" : "it is there twice", entry);
  bytes_ += entry.size;
  entries_.push_back(std::move(entry));
}

const Entry* Manifest::find(const std::string& path) const {
  const auto place = places_.find(path);
  return place == places_.end() ? nullptr : &entries_[place->second];
}

Digest Manifest::digest() const {
  Hasher hasher;
  Writer writer;
  for (const Entry& entry : entries_) {
    writer.clear();
    encode(writer, entry);
    hasher.add(writer.bytes());
  }
  return hasher.finish();
}

}  // namespace understudy::copying
