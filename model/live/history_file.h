// SPDX-License-Identifier: MIT
//
// The agent's history as a small file that survives a boot, and a power cut while it is written: a
// new file replaces the old one whole, once it is on the disk.
//
// Instants are by a clock that starts anew with each boot. The file names the boot and says how
// that clock stood to the wall clock, so that after another boot each fence is where it was in real
// time. A fence that would then lie in the future (the wall clock was set back) counts as of now.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "understudy/failover/ports.h"

namespace understudy::live {

// Which boot, and what the clocks show.
struct BootMoment {
  std::string boot_id;
  Time now;
  Duration wall{};
};
[[nodiscard]] BootMoment this_moment();

[[nodiscard]] std::string history_text(const History& history, const BootMoment& moment);
// Throws BadInput, without the name of the file.
[[nodiscard]] History history_from_text(std::string_view text, const BootMoment& moment);

class HistoryFile {
 public:
  // Reads what is there; nothing there is a new server. Throws BadInput for a damaged file, and
  // CannotRun for a folder that cannot be written to.
  explicit HistoryFile(const std::filesystem::path& folder);

  [[nodiscard]] const History& recall() const { return history_; }  // as it was found
  // Returns once it is safe. Empty, or why it could not be written.
  [[nodiscard]] std::string keep(const History& history) const;

 private:
  std::filesystem::path path_;
  History history_;
};

// Replaces a file as a whole; `safe` waits for the disk. Empty, or why it failed.
enum class Durability { safe, quick };
[[nodiscard]] std::string replace_file(const std::filesystem::path& path, std::string_view text,
                                       Durability durability);

}  // namespace understudy::live
