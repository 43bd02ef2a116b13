// SPDX-License-Identifier: MIT
#include "understudy/copying/files.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "understudy/copying/failure.h"

namespace understudy::copying {
namespace {

int open_at(const Descriptor& folder, const std::string& path, int flags, mode_t mode) {
  open_how how{};
  how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC | O_NOFOLLOW);
  how.mode = mode;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  return static_cast<int>(::syscall(SYS_openat2, folder.number(), path.c_str(), &how, sizeof how));
}

}  // namespace

void fail_with_errno(const std::string& what) {
  throw CopyFailed(what + ": " + std::generic_category().message(errno));
}

Descriptor open_folder(const std::filesystem::path& path) {
  Descriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.open()) fail_with_errno(path);
  return folder;
}

Descriptor open_beneath(const Descriptor& folder, const std::string& path, int flags, mode_t mode) {
  Descriptor file(open_at(folder, path, flags, mode));
  if (!file.open()) fail_with_errno(path);
  return file;
}

std::optional<Descriptor> find_beneath(const Descriptor& folder, const std::string& path,
                                       int flags) {
  Descriptor file(open_at(folder, path, flags, 0));
  if (file.open()) return file;
  if (errno != ENOENT && errno != ENOTDIR && errno != ELOOP) fail_with_errno(path);
  return std::nullopt;
}

void write_all(const Descriptor& file, Bytes bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file.number(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail_with_errno("cannot write");
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

std::size_t read_some(const Descriptor& file, std::span<std::uint8_t> buffer) {
  while (true) {
    const ssize_t size = ::read(file.number(), buffer.data(), buffer.size());
    if (size >= 0) return static_cast<std::size_t>(size);
    if (errno != EINTR) fail_with_errno("cannot read");
  }
}

void sync(const Descriptor& file_or_folder) {
  if (::fsync(file_or_folder.number()) != 0) fail_with_errno("cannot fsync");
}

void replace_file(const std::filesystem::path& path, const std::string& text) {
  const std::filesystem::path folder = path.parent_path();
  const std::filesystem::path fresh = path.string() + ".new";
  const Descriptor file(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!file.open()) fail_with_errno(fresh);
  write_all(file, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  sync(file);
  if (::rename(fresh.c_str(), path.c_str()) != 0) fail_with_errno(path);
  sync(open_folder(folder));
}

std::string read_file(const std::filesystem::path& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.open()) fail_with_errno(path);
  std::string text;
  std::array<std::uint8_t, 4096> buffer{};
  while (const std::size_t size = read_some(file, buffer))
    text.append(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(size));
  return text;
}

Entry entry_of(const std::string& path, const struct ::stat& status) {
  Entry entry;
  entry.path = path;
  entry.kind = S_ISDIR(status.st_mode)   ? Entry::Kind::folder
               : S_ISLNK(status.st_mode) ? Entry::Kind::link
                                         : Entry::Kind::file;
  entry.mode = status.st_mode & 07777U;
  entry.user = status.st_uid;
  entry.group = status.st_gid;
  entry.modified_s = status.st_mtim.tv_sec;
  entry.modified_ns = static_cast<std::uint32_t>(status.st_mtim.tv_nsec);
  if (entry.kind == Entry::Kind::file) entry.size = static_cast<std::uint64_t>(status.st_size);
  return entry;
}

void dress(const Descriptor& file, const Entry& entry) {
  struct ::stat status {};
  if (::fstat(file.number(), &status) != 0) fail_with_errno(entry.path);
  const bool owned = status.st_uid == entry.user && status.st_gid == entry.group;
  if (!owned && ::fchown(file.number(), entry.user, entry.group) != 0) fail_with_errno(entry.path);
  if (::fchmod(file.number(), entry.mode) != 0) fail_with_errno(entry.path);  // chown clears bits
  const std::array<timespec, 2> times = {
      timespec{.tv_sec = 0, .tv_nsec = UTIME_OMIT},
      timespec{.tv_sec = entry.modified_s, .tv_nsec = entry.modified_ns}};
  if (::futimens(file.number(), times.data()) != 0) fail_with_errno(entry.path);
}

}  // namespace understudy::copying
