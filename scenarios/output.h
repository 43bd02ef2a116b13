// SPDX-License-Identifier: MIT
//
// Where results go: all of them, or nothing.
#pragma once

#include <filesystem>
#include <fstream>
#include <iosfwd>
#include <optional>

namespace understudy::cli {

// A file is written beside its place and put there by commit(); without one, no trace of it is
// left, and what was there before stays. What is no regular file (/dev/null, a pipe), and standard
// output, is written to directly.
class Output {
 public:
  // Standard output, if no path is given. Throws BadInput, if nothing can be written there.
  explicit Output(const std::optional<std::filesystem::path>& path);
  ~Output();
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  [[nodiscard]] std::ostream& stream();
  // Throws std::runtime_error, if not everything could be written.
  void commit();

 private:
  void open_beside();

  std::filesystem::path place_;   // empty: standard output
  std::filesystem::path beside_;  // what is written to until the commit; empty: the place itself
  std::ofstream file_;
};

}  // namespace understudy::cli
