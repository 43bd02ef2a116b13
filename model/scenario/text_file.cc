// SPDX-License-Identifier: MIT
#include "understudy/scenario/text_file.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>

#include "understudy/scenario/bad_input.h"

namespace understudy {
namespace {

struct Closer {
  void operator()(std::FILE* file) const { static_cast<void>(std::fclose(file)); }
};

[[noreturn]] void fail(const std::filesystem::path& path, const std::string& what) {
  throw BadInput(path.string() + ": " + what);
}

std::string why(int error) { return std::generic_category().message(error); }

}  // namespace

std::string read_text_file(const std::filesystem::path& path, std::size_t most) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) {
    fail(path, "is a directory; name a file");
  }
  const std::unique_ptr<std::FILE, Closer> file(std::fopen(path.c_str(), "rb"));
  if (!file) fail(path, "cannot be opened (" + why(errno) + "); check its name and rights");

  std::string text;
  std::array<char, 1 << 16> chunk{};
  while (const std::size_t n = std::fread(chunk.data(), 1, chunk.size(), file.get())) {
    text.append(chunk.data(), n);
    if (text.size() > most) {
      fail(path, "is larger than " + std::to_string(most >> 10) + "KiB; name a smaller file");
    }
  }
  if (std::ferror(file.get()) != 0) {
    fail(path, "cannot be read (" + why(errno) + "); check its rights");
  }
  return text;
}

}  // namespace understudy
