// SPDX-License-Identifier: MIT
#include "understudy/cli/program.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <ostream>
#include <string_view>
#include <system_error>

#include "understudy/cli/attribute_check.h"
#include "understudy/cli/command_line.h"
#include "understudy/cli/interrupt.h"
#include "understudy/cli/jobs.h"
#include "understudy/cli/output.h"
#include "understudy/cli/packing.h"
#include "understudy/cli/progress.h"
#include "understudy/cli/rare_report.h"
#include "understudy/cli/report.h"
#include "understudy/cli/substrates.h"
#include "understudy/failover/time_text.h"
#include "understudy/outcome/story.h"
#include "understudy/scenario/bad_input.h"
#include "understudy/scenario/checks.h"
#include "understudy/scenario/keys.h"
#include "understudy/scenario/printing.h"
#include "understudy/scenario/reader.h"
#include "understudy/scenario/spelling.h"
#include "understudy/version.h"
#include "understudy/virtual_time/rare_events.h"

namespace understudy::cli {
namespace {

constexpr int done = 0;
constexpr int failed = 1;
constexpr int bad_input = 2;
constexpr int ended_by_signal = 128;

void log(const std::string& name, const std::string& what) {
  std::fprintf(stderr, "%s: %s\n", name.c_str(), what.c_str());
}

// ---- the scenario ----

void assign(Scenario& scenario, const std::string& assignment) {
  const std::size_t equals = assignment.find('=');
  if (equals == std::string::npos) {
    throw BadInput("--set: " + in_quotes(assignment) + " sets nothing; write TABLE.KEY=VALUE");
  }
  const std::string_view whole = assignment;
  try {
    set(scenario, whole.substr(0, equals), whole.substr(equals + 1));
  } catch (const BadInput& mistake) {
    throw BadInput(std::string("--set: ") + mistake.what());
  }
}

Scenario wanted_scenario(const Embedded& embedded, const CommandLine& line) {
  Scenario scenario =
      line.scenario ? load(*line.scenario) : parse(embedded.text, embedded.name + ".toml");
  for (const std::string& assignment : line.set) assign(scenario, assignment);
  check(scenario);
  return scenario;
}

// Before the runs, so that none is in vain.
void make_folder(const std::string& option, const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (!error && access(folder.c_str(), W_OK | X_OK) != 0) {
    error = std::error_code(errno, std::generic_category());
  }
  if (error) {
    throw BadInput(option + ": nothing can be written into " + folder.string() + ": " +
                   error.message());
  }
}

// The same, of a file that a run will write.
void make_file(const std::string& option, const std::filesystem::path& file) {
  const std::ofstream written(file);
  if (!written) {
    throw BadInput(option + ": " + file.string() +
                   " cannot be written: " + std::generic_category().message(errno));
  }
}

// ---- what is done with it ----

class Program {
 public:
  Program(CommandLine line, Scenario scenario)
      : line_(std::move(line)),
        scenario_(std::move(scenario)),
        substrate_(find_substrate(line_.substrate)) {
    if (line_.pcap) {
      make_folder("--pcap", *line_.pcap);
      wishes_.pcap_directory = *line_.pcap;
    }
    if (line_.netanim) {
      make_file("--netanim", *line_.netanim);
      wishes_.animation = *line_.netanim;
    }
    check_attributes(line_.attributes);
    wishes_.attributes = line_.attributes;
  }

  void print(std::ostream& out) const {
    if (line_.print_scenario) {
      out << to_toml(scenario_);
    } else if (line_.timeline) {
      tell(out, *line_.timeline);
    } else if (line_.rare) {
      estimate_and_report(out, *line_.rare);
    } else {
      run_and_report(out);
    }
  }

 private:
  [[nodiscard]] Timeline timeline(std::uint64_t number, Detail detail) const {
    return substrate_.run(scenario_, {.seed = line_.seed, .number = number}, wishes_, detail);
  }

  void say_how_long(std::uint64_t runs, std::uint64_t jobs) const {
    if (substrate_.time_for == nullptr) return;
    const Duration takes = substrate_.time_for(scenario_, runs, jobs);
    log(scenario_.name, "runs in real time, and takes about " +
                            to_text(std::chrono::ceil<std::chrono::seconds>(takes)));
  }

  void tell(std::ostream& out, std::uint64_t number) const {
    say_how_long(1, 1);
    const Telling telling = line_.packets ? Telling::everything : Telling::turns;
    try {
      out << story(scenario_, timeline(number, Detail::packets), telling);
    } catch (const BadInput&) {
      throw;
    } catch (const std::exception& error) {
      throw_if_interrupted();
      throw RunFailed(number, error.what());
    }
  }

  void run_and_report(std::ostream& out) const {
    const std::vector<Record> records = run_all();
    const Results results{.scenario = scenario_.name,
                          .substrate = substrate_.name,
                          .seed = line_.seed,
                          .version = version,
                          .records = records};
    switch (line_.format) {
      case Format::table: return write_table(out, results);
      case Format::csv: return write_csv(out, results);
      case Format::json: return write_json(out, results);
    }
  }

  [[nodiscard]] std::vector<Record> run_all() const {
    say_how_long(line_.runs, std::min(line_.jobs, line_.runs));
    Progress progress(line_.runs);
    return run_batch(
        {.first_run = line_.first_run, .runs = line_.runs, .jobs = line_.jobs},
        [&](std::uint64_t number) { return measure(scenario_, timeline(number, Detail::changes)); },
        [&](std::uint64_t so_far) { progress.show(so_far); });
  }

  [[nodiscard]] RarePlan rare_plan(RareEvent event) const {
    try {
      return {scenario_, {.event = event, .method = line_.rare_method, .seed = line_.seed}};
    } catch (const BadInput& mistake) {
      throw BadInput(std::string("--rare: ") + mistake.what());
    }
  }

  void estimate_and_report(std::ostream& out, RareEvent event) const {
    const RarePlan plan = rare_plan(event);
    Progress progress(line_.runs);
    std::vector<RareSample> samples;
    for (const std::string& bytes : run_packed(
             {.first_run = line_.first_run, .runs = line_.runs, .jobs = line_.jobs},
             [&](std::uint64_t number) { return packed(plan.sample(number)); },
             [&](std::uint64_t so_far) { progress.show(so_far); })) {
      samples.push_back(unpacked_sample(bytes));
    }
    const RareEstimate found = estimate(plan, samples);
    write_rare(out, line_.format,
               {.scenario = scenario_.name,
                .duration = scenario_.run.duration,
                .seed = line_.seed,
                .first_run = line_.first_run,
                .version = version,
                .estimate = found});
  }

  CommandLine line_;
  Scenario scenario_;
  const Substrate& substrate_;
  PacketWishes wishes_;
};

void carry_out(const Embedded& embedded, const CommandLine& line) {
  if (line.text) {
    std::fputs(line.text->c_str(), stdout);
    return;
  }
  const Scenario scenario = wanted_scenario(embedded, line);
  for (const std::string& warning : warnings(scenario)) {
    log(embedded.name, "warning: " + warning);
  }
  const InterruptWatch watch;
  Output output(line.output);
  Program(line, scenario).print(output.stream());
  throw_if_interrupted();
  output.commit();
}

}  // namespace

int run_program(const Embedded& embedded, std::span<const char* const> arguments) {
  const std::string& name = embedded.name;
  CommandLine line;
  try {
    line = read_command_line(name, arguments);
    carry_out(embedded, line);
    return done;
  } catch (const BadInput& mistake) {
    log(name, mistake.what());
    return bad_input;
  } catch (const RunFailed& failure) {
    log(name, "run " + std::to_string(failure.run) + " failed: " + failure.what() +
                  "; repeat it with: " + repeat_command(line, failure.run));
  } catch (const Interrupted& interrupted) {
    log(name, "interrupted; nothing was written");
    return ended_by_signal + interrupted.signal;
  } catch (const std::exception& error) {
    log(name, error.what());
  }
  return failed;
}

}  // namespace understudy::cli
