// SPDX-License-Identifier: MIT
//
// Talks to the daemon of this machine. Exit code 0: done; 1: refused or not there; 2: a mistake in
// the command line or a file.
#include <chrono>
#include <cstdio>
#include <exception>
#include <string>
#include <thread>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "understudy/copying/pair_keys.h"
#include "understudy/daemon/control.h"
#include "understudy/daemon/settings.h"
#include "understudy/live/cannot_run.h"
#include "understudy/scenario/bad_input.h"
#include "understudy/version.h"

namespace understudy::live {
namespace {

struct Wish {
  std::string socket = "/run/understudy/understudyd.sock";
  std::string maintenance;
  std::string file;
  std::string folder;
  bool json = false;
};

nlohmann::json ask_for(const Wish& wish, const std::string& command) {
  nlohmann::json answer = ask(wish.socket, command);
  if (!answer.value("ok", false)) throw CannotRun(answer.value("error", "refused"));
  return answer;
}

int print_status(const Wish& wish) {
  nlohmann::json status = ask_for(wish, "status");
  status.erase("ok");
  if (wish.json) {
    std::printf("%s\n", status.dump().c_str());
    return 0;
  }
  for (const auto& [key, value] : status.items()) {
    const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
    std::printf("%-18s %s\n", key.c_str(), text.c_str());
  }
  return 0;
}

int explain(const Wish& wish) {
  const nlohmann::json answer = ask_for(wish, "explain");
  for (const auto& line : answer.at("lines")) {
    std::printf("%s\n", line.get<std::string>().c_str());
  }
  return 0;
}

// Waits until it is known how it went.
int switch_over(const Wish& wish) {
  ask_for(wish, "switchover");
  std::string role = "handing over";
  while (role == "handing over" || role == "arbitrating") {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    role = ask_for(wish, "status")["role"].get<std::string>();
  }
  if (role == "primary")
    throw CannotRun("the monitor was not ready in time; this server serves on");
  std::printf("this server is now %s\n", role.c_str());
  return 0;
}

int check_file(const Wish& wish) {
  const DaemonSettings settings = load_settings(wish.file);
  std::fputs(consequences(settings).c_str(), stdout);
  for (const std::string& text : settings.warnings) std::fprintf(stderr, "%s\n", text.c_str());
  return 0;
}

int make_keys(const Wish& wish) {
  copying::make_pair_keys(wish.folder);
  std::printf(
      "Bring %s/first to the server `first` and %s/second to the server `second`, as the folder\n"
      "that memory.keys names, and remove them here.\n",
      wish.folder.c_str(), wish.folder.c_str());
  return 0;
}

int run(int argc, char** argv) {
  CLI::App app("Asks and tells the understudyd of this machine.");
  Wish wish;
  app.add_option("--socket", wish.socket, "Where the daemon listens")->capture_default_str();
  app.set_version_flag("--version", std::string(understudy::version));
  app.require_subcommand(1);
  app.fallthrough();
  auto* const status = app.add_subcommand("status", "How it is");
  status->add_flag("--json", wish.json, "As one JSON object");
  app.add_subcommand("explain", "Why it is so, what it waits for, and what happened lately");
  app.add_subcommand("switchover", "Hand the primary's role over to the monitor");
  auto* const maintenance =
      app.add_subcommand("maintenance", "Whether somebody is at work: no fence, no takeover");
  maintenance->add_option("state", wish.maintenance, "on or off")
      ->required()
      ->check(CLI::IsMember({"on", "off"}));
  auto* const check =
      app.add_subcommand("check", "Say what is wrong with a file, or what follows from it");
  check->add_option("file", wish.file, "The daemon's file")->required();
  auto* const keys =
      app.add_subcommand("pair-keys", "Make the keys with which the two servers copy");
  keys->add_option("folder", wish.folder, "A new folder for them")->required();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  const std::string chosen = app.get_subcommands().front()->get_name();
  if (chosen == "status") return print_status(wish);
  if (chosen == "explain") return explain(wish);
  if (chosen == "switchover") return switch_over(wish);
  if (chosen == "check") return check_file(wish);
  if (chosen == "pair-keys") return make_keys(wish);
  ask_for(wish, "maintenance " + wish.maintenance);
  return 0;
}

}  // namespace
}  // namespace understudy::live

int main(int argc, char** argv) {
  try {
    return understudy::live::run(argc, argv);
  } catch (const understudy::BadInput& error) {
    std::fprintf(stderr, "understudyctl: %s\n", error.what());
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "understudyctl: %s\n", error.what());
    return 1;
  }
}
