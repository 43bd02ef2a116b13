// SPDX-License-Identifier: MIT
//
// Files, such that no path leads out of the folder that it starts from, and that what is said to be
// safe is on the disk. Everything here throws CopyFailed where the system says no.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "understudy/copying/digest.h"
#include "understudy/copying/manifest.h"
#include "understudy/live/descriptor.h"

namespace understudy::copying {

using live::Descriptor;

[[nodiscard]] Descriptor open_folder(const std::filesystem::path& path);

// Opens what lies beneath the folder; through no link, not even the last.
[[nodiscard]] Descriptor open_beneath(const Descriptor& folder, const std::string& path, int flags,
                                      mode_t mode = 0);
// As above; nothing if there is no such thing, or a link is in the way.
[[nodiscard]] std::optional<Descriptor> find_beneath(const Descriptor& folder,
                                                     const std::string& path, int flags);

void write_all(const Descriptor& file, Bytes bytes);
// Reads on, as far as the buffer reaches or the file goes.
[[nodiscard]] std::size_t read_some(const Descriptor& file, std::span<std::uint8_t> buffer);

void sync(const Descriptor& file_or_folder);

// Replaces a small file as a whole: after a crash it is the old one or the new.
void replace_file(const std::filesystem::path& path, const std::string& text);
[[nodiscard]] std::string read_file(const std::filesystem::path& path);

// What the system says about a thing, as an entry; without what is in it.
[[nodiscard]] Entry entry_of(const std::string& path, const struct ::stat& status);

// Gives a file or folder the owner, mode and time of the entry, in an order in which none undoes
// the other.
void dress(const Descriptor& file, const Entry& entry);

}  // namespace understudy::copying
