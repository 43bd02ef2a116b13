// SPDX-License-Identifier: MIT
#include "understudy/lab/capture.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "understudy/scenario/links.h"

namespace understudy::lab {
namespace {

constexpr std::size_t much = 1 << 20;

void append(std::string& bytes, std::uint32_t number) {
  bytes.append(reinterpret_cast<const char*>(&number), sizeof number);
}

// pcap with nanoseconds, in this machine's order of bytes: version 2.4, Ethernet.
std::string file_header() {
  std::string bytes;
  for (const std::uint32_t number : {0xa1b23c4dU, 4U << 16 | 2U, 0U, 0U, 65535U, 1U}) {
    append(bytes, number);
  }
  return bytes;
}

[[noreturn]] void cannot_write(const std::string& what) {
  throw std::runtime_error("cannot write " + what + ": " + std::generic_category().message(errno));
}

}  // namespace

Capture::Capture(live::Descriptor file) : file_(std::move(file)), kept_(file_header()) {}

void Capture::add(Time at, const Frame& frame) {
  const Duration since = at - Time{};
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since);
  const auto size = static_cast<std::uint32_t>(frame.size());
  append(kept_, static_cast<std::uint32_t>(seconds.count()));
  append(kept_, static_cast<std::uint32_t>((since - seconds).count()));
  append(kept_, size);
  append(kept_, size);
  kept_.append(reinterpret_cast<const char*>(frame.data()), frame.size());
  if (kept_.size() > much) write_all();
}

void Capture::write_all() {
  for (std::size_t done = 0; done < kept_.size();) {
    const ssize_t size = write(file_.number(), kept_.data() + done, kept_.size() - done);
    if (size < 0 && errno != EINTR) cannot_write("a capture");
    if (size > 0) done += static_cast<std::size_t>(size);
  }
  kept_.clear();
}

std::vector<live::Descriptor> open_captures(const std::filesystem::path& folder) {
  std::vector<live::Descriptor> files;
  for (const Host host : all_hosts) {
    const auto path = folder / (std::string(to_text(host)) + ".pcap");
    files.emplace_back(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    if (!files.back().open()) cannot_write("the capture " + path.string());
  }
  return files;
}

}  // namespace understudy::lab
