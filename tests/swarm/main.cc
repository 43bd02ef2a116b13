// SPDX-License-Identifier: MIT
//
// build/tests/swarm: many random pairs, each tortured in virtual time and held to its promises.
#include <malloc.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <iostream>
#include <mutex>
#include <optional>
#include <thread>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "become_mutant.h"
#include "drawn.h"
#include "promises.h"
#include "shrink.h"
#include "understudy/failover/derive.h"
#include "understudy/scenario/bad_input.h"
#include "understudy/scenario/checks.h"
#include "understudy/scenario/printing.h"
#include "understudy/scenario/reader.h"
#include "understudy/virtual_time/virtual_world.h"

namespace understudy::swarm {
namespace {

enum Exit : int { clean = 0, wrong = 1, bad_input = 2, stuck = 3 };

struct Options {
  std::uint64_t runs = 50'000;
  std::uint64_t first_run = 1;
  std::uint64_t seed = 1;
  unsigned jobs = std::max(1U, std::thread::hardware_concurrency());
  std::string mutant;
  std::string format = "table";
  std::string output;
  std::optional<Scenario> scenario;  // of every run, instead of a drawn one
};

Scenario scenario_of(const Options& options, const Run& run) {
  return options.scenario ? *options.scenario : draw_scenario(run);
}

bool both_roles_filled(const VirtualWorld& world) {
  if (world.fate(ServerId::first) != Fate::running) return false;
  if (world.fate(ServerId::second) != Fate::running) return false;
  const State& a = world.agent(ServerId::first).state();
  const State& b = world.agent(ServerId::second).state();
  const auto at_work = [](const State& s) {
    return s.heard && s.misses == 0 && s.fence.stage == Fence::Stage::none;
  };
  return at_work(a) && at_work(b) &&
         ((a.role == Role::primary && b.role == Role::monitor) ||
          (b.role == Role::primary && a.role == Role::monitor));
}

// Runs a world in slices, and sees to it that its agents do not excite each other: an announcement
// that is answered by one that is answered would soon fill the network, and this computer.
class Slices {
 public:
  explicit Slices(VirtualWorld& world) : world_(world) {}

  // Whether the network is still quiet enough then.
  bool run_until(Time when) {
    while (world_.now() < when && !flooded_) {
      const std::uint64_t before = world_.messages_sent();
      world_.run_until(std::min(world_.now() + slice, when));
      flooded_ = world_.messages_sent() - before > most_messages;
    }
    return !flooded_;
  }

 private:
  static constexpr Duration slice = std::chrono::milliseconds(20);
  static constexpr std::uint64_t most_messages = 400;  // 20,000 a second

  VirtualWorld& world_;
  bool flooded_ = false;
};

// Most runs end soon after the pair has settled; one in sixteen lasts for all the time that the
// pair may take, to see whether its roles stay.
Judgement judge_run(const Scenario& scenario, const Run& run) {
  constexpr Duration look = std::chrono::milliseconds(250);
  constexpr int looks = 6;
  VirtualWorld world(scenario, run, Detail::packets);
  Slices slices(world);
  const Time end = Time{} + scenario.run.duration;
  bool quiet = slices.run_until(std::min(faults_end(scenario), end));
  for (int settled = 0; quiet && world.now() < end && (settled < looks || run.number % 16 == 0);) {
    quiet = slices.run_until(std::min(world.now() + look, end));
    settled = both_roles_filled(world) ? settled + 1 : 0;
  }
  if (!quiet) return {Verdict::wrong, "messages excite messages", world.now()};
  return judge(scenario, world.finish());
}

// A scenario that no file could say could not be told as a story either.
Judgement judge_what_can_be_written(const Scenario& scenario, const Run& run) {
  try {
    check(scenario);
  } catch (const BadInput& why) {
    return {Verdict::wrong, std::string("drawn, but refused: ") + why.what(), Time{}};
  }
  return judge_run(scenario, run);
}

struct Failure {
  Run run;
  Judgement judgement;
};

struct Total {
  std::uint64_t runs = 0;
  std::uint64_t faults = 0;
  std::uint64_t dark = 0;
  std::optional<Failure> first;  // by number
};

// All runs, or those up to the first failure.
class Swarm {
 public:
  explicit Swarm(const Options& options) : options_(options), next_(options.first_run) {}

  Total run() {
    std::vector<std::jthread> threads;
    for (unsigned i = 1; i < options_.jobs; ++i) threads.emplace_back([this] { work(); });
    work();
    threads.clear();
    return total_;
  }

 private:
  static constexpr std::uint64_t block = 256;

  void work() {
    const std::uint64_t end = options_.first_run + options_.runs;
    for (std::uint64_t from = next_.fetch_add(block); from < end && from < failed_at_;
         from = next_.fetch_add(block)) {
      Total part;
      for (std::uint64_t number = from; number < std::min(from + block, end); ++number) {
        one({options_.seed, number}, part);
        if (part.first) break;
      }
      add(part);
    }
  }

  void one(const Run& run, Total& part) const {
    const Scenario scenario = scenario_of(options_, run);
    ++part.runs;
    part.faults += scenario.faults.size();
    const Judgement judgement = judge_what_can_be_written(scenario, run);
    if (judgement.verdict == Verdict::dark) ++part.dark;
    if (judgement.verdict == Verdict::wrong || judgement.verdict == Verdict::stuck) {
      part.first = Failure{run, judgement};
    }
  }

  void add(const Total& part) {
    const std::scoped_lock lock(lock_);
    total_.runs += part.runs;
    total_.faults += part.faults;
    total_.dark += part.dark;
    if (!part.first || part.first->run.number >= failed_at_) return;
    total_.first = part.first;
    failed_at_ = part.first->run.number;
  }

  const Options& options_;
  std::atomic<std::uint64_t> next_;
  std::atomic<std::uint64_t> failed_at_ = UINT64_MAX;
  std::mutex lock_;
  Total total_;
};

Scenario shrunk(const Options& options, const Failure& failure) {
  return shrink(scenario_of(options, failure.run), [&](const Scenario& scenario) {
    const Judgement judgement = judge_what_can_be_written(scenario, failure.run);
    return judgement.verdict == failure.judgement.verdict &&
           judgement.what == failure.judgement.what;
  });
}

std::string_view to_text(Verdict verdict) { return verdict == Verdict::wrong ? "wrong" : "stuck"; }

// Scenario programs have no mutants, so the story of one cannot be told, only judged.
std::string command_again(const Options& options, const Run& run, const std::string& file) {
  const std::string number = std::to_string(run.number);
  const std::string scenario = " --scenario " + file + " --seed " + std::to_string(run.seed);
  if (options.mutant.empty()) return "build/scenarios/crash" + scenario + " --timeline " + number;
  return "build/tests/swarm --mutant " + options.mutant + scenario + " --runs 1 --first-run " +
         number;
}

int report(const Options& options, const Total& total, double seconds) {
  const double rate = static_cast<double>(total.runs) / seconds;
  nlohmann::ordered_json json{{"runs", total.runs},      {"faults", total.faults},
                              {"dark", total.dark},      {"seconds", seconds},
                              {"runs_per_second", rate}, {"failure", nullptr}};
  if (options.format == "table") {
    std::cout << total.runs << " runs, " << total.faults << " faults, " << seconds << " s, "
              << static_cast<std::uint64_t>(rate) << " runs a second; " << total.dark
              << " ended with both servers switched off\n";
  }
  if (!total.first) {
    std::cout << (options.format == "json" ? json.dump(2) : "every promise was kept") << "\n";
    return clean;
  }
  const Failure& failure = *total.first;
  const Scenario small = shrunk(options, failure);
  const std::string file = options.output.empty() ? small.name + ".toml" : options.output;
  const std::string number = std::to_string(failure.run.number);
  const std::string again = command_again(options, failure.run, file);
  std::ofstream(file) << "# " << failure.judgement.what << ", "
                      << (failure.judgement.at - Time{}).count() / 1'000'000 << " ms into run "
                      << number << ":\n#   " << again << "\n\n"
                      << to_toml(small);
  json["failure"] = {{"verdict", to_text(failure.judgement.verdict)},
                     {"what", failure.judgement.what},
                     {"run", failure.run.number},
                     {"faults", small.faults.size()},
                     {"scenario", file},
                     {"again", again}};
  if (options.format == "json") {
    std::cout << json.dump(2) << "\n";
  } else {
    std::cout << "run " << number << " is " << to_text(failure.judgement.verdict) << ": "
              << failure.judgement.what << "; with " << small.faults.size() << " faults left in "
              << file << ":\n  " << again << "\n";
  }
  return failure.judgement.verdict == Verdict::wrong ? wrong : stuck;
}

int run(const Options& options) {
  // A run's timeline is large and soon forgotten; the next one is to find its memory still there.
  mallopt(M_MMAP_THRESHOLD, 64 << 20);
  mallopt(M_TRIM_THRESHOLD, 256 << 20);
  const auto start = std::chrono::steady_clock::now();
  const Total total = Swarm(options).run();
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  return report(options, total, seconds.count());
}

}  // namespace
}  // namespace understudy::swarm

int main(int argc, char** argv) {
  using namespace understudy::swarm;
  Options options;
  CLI::App app("Tortures random pairs in virtual time and holds them to their promises.");
  app.add_option("--runs", options.runs, "How many")->check(CLI::PositiveNumber);
  app.add_option("--first-run", options.first_run, "Number of the first one");
  app.add_option("--seed", options.seed, "Of all draws");
  app.add_option("--jobs", options.jobs, "Threads")->check(CLI::Range(1, 64));
  app.add_option("--mutant", options.mutant, "Torture this mistaken agent instead");
  std::string scenario;
  app.add_option("--scenario", scenario, "Judge this one, which the swarm has printed");
  app.add_option("--format", options.format, "table or json")
      ->check(CLI::IsMember({"table", "json"}));
  app.add_option("--output", options.output, "File for the scenario of a failure");
  try {
    app.parse(argc, argv);
    if (!options.mutant.empty()) understudy::become_mutant(options.mutant, argv);
    if (!scenario.empty()) options.scenario = understudy::load(scenario);
    return run(options);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? 0 : bad_input;
  } catch (const understudy::BadInput& error) {
    std::cerr << "swarm: " << error.what() << "\n";
    return bad_input;
  } catch (const std::logic_error& error) {  // a mutant that there is not
    std::cerr << "swarm: " << error.what() << "\n";
    return bad_input;
  }
}
