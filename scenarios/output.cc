// SPDX-License-Identifier: MIT
#include "understudy/cli/output.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <string>
#include <system_error>

#include "understudy/scenario/bad_input.h"

namespace understudy::cli {
namespace {

namespace fs = std::filesystem;

std::string why(int error) { return std::generic_category().message(error); }

[[noreturn]] void cannot_write(const fs::path& path, const std::string& reason) {
  throw BadInput("--output: " + path.string() + " cannot be written: " + reason);
}

// What a new file of this process is allowed, which mkstemp does not give.
mode_t usual_rights() {
  const mode_t mask = umask(0);
  umask(mask);
  return 0666 & ~mask;
}

// Through links to what they lead to, so that they stay.
fs::path resolved(const fs::path& path) {
  std::error_code error;
  const fs::path whole = fs::weakly_canonical(path, error);
  return error ? path : whole;
}

}  // namespace

Output::Output(const std::optional<fs::path>& path) {
  if (!path) return;
  place_ = resolved(*path);
  std::error_code error;
  const fs::file_status status = fs::status(place_, error);
  if (fs::is_directory(status)) cannot_write(*path, "it is a directory");
  if (fs::exists(status) && access(place_.c_str(), W_OK) != 0) cannot_write(*path, why(errno));
  if (fs::exists(status) && !fs::is_regular_file(status)) {
    file_.open(place_, std::ios::binary);
    if (!file_) cannot_write(*path, why(errno));
    return;
  }
  open_beside();
}

void Output::open_beside() {
  std::string name = place_.string() + ".XXXXXX";
  const int file = mkstemp(name.data());
  if (file < 0) cannot_write(place_, why(errno));
  beside_ = name;
  fchmod(file, usual_rights());
  close(file);
  file_.open(beside_, std::ios::binary);
}

Output::~Output() {
  std::error_code ignored;
  if (!beside_.empty()) fs::remove(beside_, ignored);
}

std::ostream& Output::stream() { return place_.empty() ? std::cout : file_; }

void Output::commit() {
  stream().flush();
  if (file_.is_open()) file_.close();
  if (!stream()) {
    throw std::runtime_error("the results cannot be written to " +
                             (place_.empty() ? "standard output" : place_.string()) + ": " +
                             why(errno));
  }
  if (beside_.empty()) return;
  std::error_code error;
  fs::rename(beside_, place_, error);
  if (error) {
    throw std::runtime_error("the results cannot be put into " + place_.string() + ": " +
                             error.message());
  }
  beside_.clear();
}

}  // namespace understudy::cli
