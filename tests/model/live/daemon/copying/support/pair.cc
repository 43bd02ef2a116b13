// SPDX-License-Identifier: MIT
#include "pair.h"

#include <sys/stat.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <random>
#include <sstream>
#include <stdexcept>

#include "understudy/copying/pair_keys.h"

namespace understudy::copying {

TemporaryFolder::TemporaryFolder() {
  std::string name = (fs::temp_directory_path() / "copying-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
  path_ = name;
}
TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

void write(const fs::path& file, const std::string& text) {
  fs::create_directories(file.parent_path());
  std::ofstream(file) << text;
}

std::string read(const fs::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string noise(std::size_t size, std::uint32_t seed) {
  std::mt19937 engine(seed);
  std::string text(size, '\0');
  for (char& c : text) c = static_cast<char>(engine());
  return text;
}

std::map<std::string, std::string> picture(const fs::path& root) {
  std::map<std::string, std::string> all;
  const auto add = [&](const fs::path& path) {
    struct ::stat status {};
    if (::lstat(path.c_str(), &status) != 0) throw std::runtime_error("no " + path.string());
    std::ostringstream text;
    text << std::oct << status.st_mode << std::dec << ' ' << status.st_uid << ' ' << status.st_gid
         << ' ' << status.st_mtim.tv_sec << '.' << status.st_mtim.tv_nsec << ' ';
    if (S_ISREG(status.st_mode)) text << read(path);
    if (S_ISLNK(status.st_mode)) text << fs::read_symlink(path).string();
    all[fs::relative(path.parent_path(), root).string() + '/' + path.filename().string()] =
        text.str();
  };
  add(root / ".");
  for (const auto& found : fs::recursive_directory_iterator(root)) add(found.path());
  return all;
}

Limits quick_limits() {
  return {.handshake = std::chrono::milliseconds(1000),
          .silence = std::chrono::milliseconds(1000),
          .snapshot = std::chrono::milliseconds(10'000),
          .copy = std::chrono::milliseconds(20'000)};
}

Pair::Pair(const Limits& limits, MemorySource source)
    : limits_(limits), source_(std::move(source)) {
  make_pair_keys(keys());
  for (const ServerId id : {ServerId::first, ServerId::second}) restart(id);
}

fs::path Pair::store(ServerId id) const {
  return folder_.path() / (id == ServerId::first ? "store-first" : "store-second");
}

CopyingConfig Pair::config(ServerId id) const {
  const auto loopback = boost::asio::ip::make_address("127.0.0.1");
  return {.folder = store(id),
          .source = source_,
          .keys = {.folder = keys() / (id == ServerId::first ? "first" : "second"), .self = id},
          .here = {loopback, 0},
          .peer = {loopback, 0},
          .limits = limits_};
}

void Pair::restart(ServerId id) {
  servers_[index(id)].reset();
  servers_[index(id)] = std::make_unique<Copying>(
      loop_, config(id),
      [this](CopyResult result, const Traffic& cost) {
        copied = result;
        traffic = cost;
      },
      [this](const std::string& line) { log += line + '\n'; });
  connect();
}

void Pair::connect() {
  if (!servers_[0] || !servers_[1]) return;
  servers_[0]->set_peer(servers_[1]->endpoint());
  servers_[1]->set_peer(servers_[0]->endpoint());
}

CopyResult Pair::copy(ServerId to) {
  copied.reset();
  at(to).start_copy();
  run_until([this] { return copied.has_value(); });
  return *copied;
}

void Pair::run_until(const std::function<bool()>& done) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!done()) {
    if (std::chrono::steady_clock::now() > end) throw std::runtime_error("nothing came: " + log);
    loop_.restart();
    loop_.run_one_for(std::chrono::milliseconds(20));
  }
}

void Pair::run_for(std::chrono::milliseconds span) {
  loop_.restart();
  loop_.run_for(span);
}

}  // namespace understudy::copying
