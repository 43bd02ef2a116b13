// SPDX-License-Identifier: MIT
#include "understudy/lab/service_memory.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "understudy/live/descriptor.h"

namespace understudy::lab {
namespace {

constexpr const char* name = "memory";

std::uint64_t read_count(const live::Descriptor& file) {
  std::uint64_t count = 0;
  return pread(file.number(), &count, sizeof count, 0) == sizeof count ? count : 0;
}

bool put(const live::Descriptor& file, std::uint64_t number, std::uint64_t place) {
  return pwrite(file.number(), &number, sizeof number, static_cast<off_t>(place)) == sizeof number;
}

}  // namespace

bool ServiceMemory::write(std::uint64_t count) const {
  const live::Descriptor file(
      open((folder_ / name).c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file.open()) return false;
  constexpr std::uint64_t word = sizeof(std::uint64_t);
  const std::uint64_t words = std::max<std::uint64_t>(size_bytes_ / word, 2);
  if (ftruncate(file.number(), static_cast<off_t>(words * word)) < 0) return false;
  std::uint64_t number = read_count(file);
  for (; count > 0; --count) {
    ++number;
    if (!put(file, number, word * (1 + number % (words - 1)))) return false;
  }
  return put(file, number, 0);
}

std::uint64_t ServiceMemory::writes() const {
  const live::Descriptor file(open((folder_ / name).c_str(), O_RDONLY | O_CLOEXEC));
  return file.open() ? read_count(file) : 0;
}

}  // namespace understudy::lab
