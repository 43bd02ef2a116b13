// SPDX-License-Identifier: MIT
#include "understudy/live/history_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <variant>

#include "understudy/live/boot_clock.h"
#include "understudy/live/cannot_run.h"
#include "understudy/live/descriptor.h"
#include "understudy/scenario/bad_input.h"
#include "understudy/scenario/text_file.h"
#include "understudy/scenario/written.h"

namespace understudy::live {
namespace {

constexpr std::size_t largest_file = 4096;
// More than any clock here shows, and so little that sums of some do not overflow.
constexpr std::int64_t longest_ns = std::int64_t{2'000'000'000'000'000'000};  // 63 years

const Written& item(const Written& root, std::string_view name, Written::Type type) {
  const auto found = std::ranges::find(root.names, name);
  if (found == root.names.end()) throw BadInput("lacks " + std::string(name));
  const Written& value = root.items[static_cast<std::size_t>(found - root.names.begin())];
  if (value.type != type) throw BadInput(std::string(name) + " is of the wrong kind");
  return value;
}

Duration span_in(const Written& value) {
  if (value.type != Written::Type::integer) throw BadInput("an instant is of the wrong kind");
  if (value.integer < -longest_ns || value.integer > longest_ns) {
    throw BadInput("an instant is beyond all clocks");
  }
  return Duration(value.integer);
}

bool write_whole(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(file, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

BootMoment this_moment() {
  std::string id = read_text_file("/proc/sys/kernel/random/boot_id", largest_file);
  while (!id.empty() && id.back() == '\n') id.pop_back();
  return {.boot_id = std::move(id), .now = boot_now(), .wall = wall_now()};
}

std::string history_text(const History& history, const BootMoment& moment) {
  std::string fences;
  for (const Time fence : history.fences) {
    if (fence == never) continue;
    fences += (fences.empty() ? "" : ", ") + std::to_string((fence - Time{}).count());
  }
  return "# What understudyd remembers across a boot; instants in nanoseconds of that boot's "
         "clock.\n"
         "term = " +
         std::to_string(history.term) +
         "\nmaintenance = " + (history.maintenance ? "true" : "false") + "\nfences = [" + fences +
         "]\nboot = \"" + moment.boot_id +
         "\"\nwall_minus_boot = " + std::to_string((moment.wall - (moment.now - Time{})).count()) +
         "\n";
}

History history_from_text(std::string_view text, const BootMoment& moment) {
  const auto document = read_toml(text);
  if (const auto* mistake = std::get_if<SyntaxMistake>(&document)) throw BadInput(mistake->text);
  const auto& root = std::get<Written>(document);
  using Type = Written::Type;
  History history;
  const std::int64_t term = item(root, "term", Type::integer).integer;
  if (term < 0) throw BadInput("term is negative");
  history.term = static_cast<Term>(term);
  history.maintenance = item(root, "maintenance", Type::truth).truth;
  const Written& fences = item(root, "fences", Type::list);
  if (fences.items.size() > History::capacity) throw BadInput("fences are too many");
  Duration shift{};
  if (item(root, "boot", Type::text).text != moment.boot_id) {
    const Duration then = span_in(item(root, "wall_minus_boot", Type::integer));
    shift = then - (moment.wall - (moment.now - Time{}));
  }
  for (std::size_t i = 0; i < fences.items.size(); ++i) {
    const Time when = Time{} + span_in(fences.items[i]) + shift;
    history.fences[i] = std::min(when, moment.now);
  }
  return history;
}

HistoryFile::HistoryFile(const std::filesystem::path& folder) : path_(folder / "history.toml") {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (access(folder.c_str(), W_OK | X_OK) < 0) {
    cannot("write to " + folder.string(), errno, "set daemon.state to a folder for this daemon");
  }
  if (!std::filesystem::exists(path_, error)) return;
  try {
    history_ = history_from_text(read_text_file(path_, largest_file), this_moment());
  } catch (const BadInput& mistake) {
    throw BadInput(path_.string() + ": damaged (" + mistake.what() +
                   "); remove it while the other server is the primary or off");
  }
}

std::string HistoryFile::keep(const History& history) const {
  return replace_file(path_, history_text(history, this_moment()), Durability::safe);
}

std::string replace_file(const std::filesystem::path& path, std::string_view text,
                         Durability durability) {
  const std::string draft = path.string() + ".new";
  const auto failed = [](const std::string& what) {
    return what + ": " + std::generic_category().message(errno);
  };
  {
    const Descriptor file(open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    if (!file.open() || !write_whole(file.number(), text)) return failed("cannot write " + draft);
    if (durability == Durability::safe && fsync(file.number()) < 0) {
      return failed("cannot sync " + draft);
    }
  }
  if (rename(draft.c_str(), path.c_str()) < 0) return failed("cannot replace " + path.string());
  if (durability == Durability::quick) return {};
  const std::string folder = path.parent_path().string();
  const Descriptor opened(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened.open() || fsync(opened.number()) < 0) return failed("cannot sync " + folder);
  return {};
}

}  // namespace understudy::live
