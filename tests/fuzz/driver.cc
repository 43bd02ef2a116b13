// SPDX-License-Identifier: MIT
//
// Drives a fuzz target without clang: the same inputs in every run, on any machine, so that the
// ordinary tests can do it.
//
//   fuzz_agent [-runs=N] [-seed=N] [FILE|FOLDER]...
//
// First come the files as they are, then N others: made up, or one of the kept ones, mutated a few
// times. Kept are the files, and whatever reaches a landmark (fuzz.h) that nothing reached before.
// Beware: this is guided by the landmarks alone, and finds less than libFuzzer, which also sees
// which branches are taken. It fails if the target finds the landmarks too few.
#include <algorithm>
#include <charconv>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz.h"

namespace {

using understudy::fuzz::landmarks;
using Input = std::vector<std::uint8_t>;

constexpr std::size_t longest = 4096;

// The distributions of the library differ from one to the next; its engines don't.
std::mt19937_64 engine;
std::size_t below(std::size_t bound) { return bound == 0 ? 0 : engine() % bound; }

std::size_t mutate_once(std::uint8_t* data, std::size_t size, std::size_t most) {
  const std::size_t at = below(size);
  const std::size_t span = std::min(1 + below(1 + below(64)), size - at);
  const std::size_t room = std::min(span, most - size);
  switch (below(6)) {
    case 0: data[at] = static_cast<std::uint8_t>(below(256)); return size;
    case 1: data[at] ^= static_cast<std::uint8_t>(1U << below(8)); return size;
    case 2: data[at] = static_cast<std::uint8_t>(data[at] + below(9) - 4); return size;
    case 3:  // take out
      if (span == size) return size;
      std::copy(data + at + span, data + size, data + at);
      return size - span;
    case 4:  // put in
      std::copy_backward(data + at, data + size, data + size + room);
      std::generate_n(data + at, room, [] { return static_cast<std::uint8_t>(below(256)); });
      return size + room;
    default: {  // again, somewhere else
      const Input copied(data + at, data + at + room);
      const std::size_t to = below(size);
      std::copy_backward(data + to, data + size, data + size + room);
      std::ranges::copy(copied, data + to);
      return size + room;
    }
  }
}

// What broke a promise, for who wants to look at it: the program takes it as a FILE.
const Input* running = nullptr;

extern "C" void keep_running_input(int /*signal*/) {
  const auto path = std::filesystem::temp_directory_path() / "understudy-broken-promise";
  std::ofstream file(path, std::ios::binary);
  std::ranges::copy(*running, std::ostreambuf_iterator<char>(file));
  std::cerr << "by the input in " << path.string() << '\n';
}

class Campaign {
 public:
  void add_files(const std::filesystem::path& path) {
    if (!std::filesystem::is_directory(path)) return add_file(path);
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(path)) files.push_back(entry);
    std::ranges::sort(files);
    for (const auto& file : files) add_file(file);
  }

  void run_changed() {
    if (kept_.empty() || below(4) == 0) return run_made_up();
    Input input = kept_[below(kept_.size())];
    if (below(4) == 0) cross(input, kept_[below(kept_.size())]);
    const std::size_t times = 1 + below(1 + below(8));
    for (std::size_t i = 0; i < times; ++i) mutate(input);
    if (run(input)) kept_.push_back(std::move(input));
  }

  [[nodiscard]] std::size_t kept() const { return kept_.size(); }
  [[nodiscard]] const std::vector<std::uint8_t>& ever_reached() const { return ever_reached_; }

 private:
  void add_file(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    Input input{std::istreambuf_iterator<char>(file), {}};
    input.resize(std::min(input.size(), longest));
    run(input);
    kept_.push_back(std::move(input));
  }

  void run_made_up() {
    Input input(1 + below(longest >> below(8)));
    std::ranges::generate(input, [] { return static_cast<std::uint8_t>(below(256)); });
    if (run(input)) kept_.push_back(std::move(input));
  }

  // Whether it reached something new.
  bool run(const Input& input) {
    running = &input;
    std::ranges::fill(landmarks(), std::uint8_t{0});
    const int verdict = LLVMFuzzerTestOneInput(input.data(), input.size());
    bool something_new = false;
    for (std::size_t i = 0; i < ever_reached_.size(); ++i) {
      if (landmarks()[i] == 0 || ever_reached_[i] != 0) continue;
      ever_reached_[i] = 1;
      something_new = true;
    }
    return something_new && verdict == 0;
  }

  // The head of the one and the tail of the other.
  static void cross(Input& input, const Input& other) {
    input.resize(below(input.size() + 1));
    const std::size_t from = below(other.size() + 1);
    input.insert(input.end(), other.begin() + static_cast<std::ptrdiff_t>(from), other.end());
    input.resize(std::clamp<std::size_t>(input.size(), 1, longest));
  }

  static void mutate(Input& input) {
    std::size_t size = std::max<std::size_t>(input.size(), 1);
    input.resize(longest);
    size =
        LLVMFuzzerCustomMutator != nullptr
            ? LLVMFuzzerCustomMutator(input.data(), size, longest, static_cast<unsigned>(engine()))
            : LLVMFuzzerMutate(input.data(), size, longest);
    input.resize(size);
  }

  std::vector<Input> kept_;
  std::vector<std::uint8_t> ever_reached_ = std::vector<std::uint8_t>(landmarks().size());
};

bool read_option(std::string_view argument, std::string_view name, std::uint64_t& value) {
  if (!argument.starts_with(name)) return false;
  argument.remove_prefix(name.size());
  std::from_chars(argument.data(), argument.data() + argument.size(), value);
  return true;
}

}  // namespace

std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most) {
  return size == 0 ? 0 : mutate_once(data, size, most);
}

int main(int argc, char* argv[]) {
  std::uint64_t runs = 20'000;
  std::uint64_t seed = 1;
  Campaign campaign;
  static_cast<void>(std::signal(SIGABRT, keep_running_input));
  for (const std::string_view argument : std::vector<std::string_view>(argv + 1, argv + argc)) {
    if (read_option(argument, "-runs=", runs) || read_option(argument, "-seed=", seed)) continue;
    campaign.add_files(argument);
  }
  engine.seed(seed);
  for (std::uint64_t i = 0; i < runs; ++i) campaign.run_changed();

  const auto reached =
      std::ranges::count_if(campaign.ever_reached(), [](auto b) { return b != 0; });
  std::cout << runs << " inputs, " << campaign.kept() << " kept, " << reached << " landmarks\n";
  const std::string shortcoming = understudy::fuzz::shortcoming(campaign.ever_reached());
  if (!shortcoming.empty()) std::cerr << "too little was reached: " << shortcoming << '\n';
  return shortcoming.empty() ? 0 : 1;
}
