// SPDX-License-Identifier: MIT
//
// Two servers that copy, in one process, over the loopback and in a temporary folder.
#pragma once

#include <array>
#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "understudy/copying/copying.h"

namespace understudy::copying {

namespace fs = std::filesystem;

class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

void write(const fs::path& file, const std::string& text);
[[nodiscard]] std::string read(const fs::path& file);
// No compressible one, the same for the same seed.
[[nodiscard]] std::string noise(std::size_t size, std::uint32_t seed);

// All that a copy should carry, as text, by path: kind, mode, owner, time, content.
[[nodiscard]] std::map<std::string, std::string> picture(const fs::path& root);

// With time-outs that suit a test.
[[nodiscard]] Limits quick_limits();

class Pair {
 public:
  explicit Pair(const Limits& limits = quick_limits(), MemorySource source = {});

  [[nodiscard]] Copying& at(ServerId id) { return *servers_[index(id)]; }
  [[nodiscard]] fs::path data(ServerId id) { return at(id).data(); }
  [[nodiscard]] fs::path store(ServerId id) const;
  [[nodiscard]] fs::path keys() const { return folder_.path() / "keys"; }
  [[nodiscard]] const fs::path& folder() const { return folder_.path(); }
  [[nodiscard]] CopyingConfig config(ServerId id) const;

  // As a daemon that ends and starts again.
  void restart(ServerId id);
  // To `to`, from the other; waits for the end of it.
  CopyResult copy(ServerId to);
  void run_until(const std::function<bool()>& done);
  void run_for(std::chrono::milliseconds span);

  std::optional<CopyResult> copied;
  Traffic traffic;
  std::string log;

 private:
  void connect();

  TemporaryFolder folder_;
  Limits limits_;
  MemorySource source_;
  boost::asio::io_context loop_;
  std::array<std::unique_ptr<Copying>, 2> servers_;
};

}  // namespace understudy::copying
