// SPDX-License-Identifier: MIT
//
// build/tests/check: explores everything that can happen to a pair of the real agents, up to
// stated bounds.
#include <chrono>
#include <iostream>
#include <thread>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "become_mutant.h"
#include "search.h"

namespace understudy::check {
namespace {

enum Exit : int { clean = 0, broken = 1, bad_input = 2, gave_up = 3 };

struct Options {
  std::vector<std::string> policy_names;
  std::vector<std::string> bound_texts;
  std::string mutant;
  std::string format = "table";
  Limits limits{.jobs = std::max(1U, std::thread::hardware_concurrency())};
  std::vector<std::string> demands;
};

struct Result {
  const Policy* policy = nullptr;
  Bounds bounds;
  Report report;
  std::vector<std::string> transcript;
  double seconds = 0.0;
};

Result check_policy(Policy policy, const Bounds& bounds, const Options& options) {
  const Config config = config_of(policy, bounds);
  const auto start = std::chrono::steady_clock::now();
  Result result;
  result.bounds = bounds;
  const auto elapsed = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  double told = 0.0;
  Limits limits = options.limits;
  limits.liveness = limits.liveness && policy.settles;
  result.report = search(config, policy, bounds, limits, [&](const Report& report) {
    if (elapsed() < told + 5.0) return;
    told = elapsed();
    std::cerr << policy.name << ": depth " << report.depth << ", " << report.states << " states, "
              << report.calm_states << " without faults, " << static_cast<int>(told) << " s\n";
  });
  result.seconds = elapsed();
  if (result.report.found) {
    result.transcript = transcript(*result.report.found, config, policy, bounds);
  }
  return result;
}

nlohmann::ordered_json to_json(const Result& result) {
  const Report& report = result.report;
  nlohmann::ordered_json json{{"policy", result.policy->name},
                              {"bounds", to_text(result.bounds)},
                              {"states", report.states},
                              {"calm_states", report.calm_states},
                              {"steps", report.steps},
                              {"depth", report.depth},
                              {"settles_within_ticks", report.settles_within},
                              {"exhausted", report.exhausted},
                              {"seconds", result.seconds},
                              {"counterexample", nullptr}};
  if (report.found) {
    json["counterexample"] = {{"promise", report.found->promise},
                              {"steps", report.found->steps.size()},
                              {"transcript", result.transcript}};
  }
  return json;
}

void print(const Result& result) {
  const Report& report = result.report;
  std::cout << result.policy->name << ", " << to_text(result.bounds) << "\n  " << report.states
            << " states, depth " << report.depth << ", " << report.calm_states
            << " more without faults, " << report.steps << " steps, " << result.seconds << " s\n";
  if (report.found) {
    std::cout << "  BROKEN after " << report.found->steps.size()
              << " steps: " << report.found->promise << "\n";
    for (const std::string& line : result.transcript) std::cout << "  " << line << "\n";
  } else {
    std::cout << (report.exhausted ? "  every promise holds"
                                   : "  NOT exhausted; none broken so far");
    if (report.calm_states > 0) {
      std::cout << "; settled within " << report.settles_within << " ticks of the last fault";
    }
    std::cout << "\n";
  }
}

int run(const Options& options) {
  std::vector<Bounds> bounds;
  for (const std::string& text : options.bound_texts) set_bounds(bounds.emplace_back(), text);
  if (bounds.empty()) bounds.assign(standard_bounds().begin(), standard_bounds().end());
  std::vector<const Policy*> chosen;
  for (const std::string& name : options.policy_names) {
    chosen.push_back(find_policy(name));
    if (chosen.back() != nullptr) continue;
    std::string message = "--policy " + name + ": no such policy; there are";
    for (const Policy& policy : policies()) message += " " + std::string(policy.name);
    throw std::invalid_argument(message);
  }
  if (chosen.empty()) {
    for (const Policy& policy : policies()) chosen.push_back(&policy);
  }
  nlohmann::ordered_json json{{"results", nlohmann::json::array()}};
  int exit = clean;
  for (const Policy* policy : chosen) {
    Policy checked = *policy;
    for (const std::string& demand : options.demands) {
      (demand == "settling" ? checked.settles : checked.one_primary) = true;
    }
    for (const Bounds& these : bounds) {
      Result result = check_policy(checked, these, options);
      result.policy = policy;
      if (options.format == "json") {
        json["results"].push_back(to_json(result));
      } else {
        print(result);
      }
      if (result.report.found) {
        exit = broken;
      } else if (!result.report.exhausted && exit == clean) {
        exit = gave_up;
      }
    }
  }
  if (options.format == "json") std::cout << json.dump(2) << "\n";
  return exit;
}

}  // namespace
}  // namespace understudy::check

int main(int argc, char** argv) {
  using understudy::check::bad_input;
  using understudy::check::Options;
  Options options;
  CLI::App app("Explores everything that can happen to a pair of agents, up to stated bounds.");
  app.add_option("--policy", options.policy_names, "Policies to check; all, if not said");
  app.add_option("--bound", options.bound_texts,
                 "What may go wrong, faults=2,losses=yes and so on; a standard series if not said");
  app.add_option("--mutant", options.mutant, "Check this mistaken agent instead");
  app.add_option("--format", options.format, "table or json")
      ->check(CLI::IsMember({"table", "json"}));
  app.add_option("--jobs", options.limits.jobs, "Threads")->check(CLI::Range(1, 64));
  app.add_option("--states", options.limits.states, "Give up beyond so many");
  app.add_flag("!--no-liveness", options.limits.liveness, "Check safety alone");
  app.add_option("--demand", options.demands, "Hold policies to a promise that they do not make")
      ->check(CLI::IsMember({"one-primary", "settling"}));
  try {
    app.parse(argc, argv);
    if (!options.mutant.empty()) understudy::become_mutant(options.mutant, argv);
    return understudy::check::run(options);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? 0 : bad_input;
  } catch (const std::logic_error& error) {  // a bound, a policy, a mutant that there is not
    std::cerr << "check: " << error.what() << "\n";
    return bad_input;
  }
}
