// SPDX-License-Identifier: MIT
//
// Talks to the daemon of this machine. Exit code 0: done; 1: refused or not there; 2: a mistake in
// the command line or a file.
#include <chrono>
#include <csignal>
#include <cstdio>
#include <exception>
#include <string>
#include <thread>

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <nlohmann/json.hpp>

#include "understudy/copying/pair_keys.h"
#include "understudy/daemon/control.h"
#include "understudy/daemon/settings.h"
#include "understudy/live/cannot_run.h"
#include "understudy/live/recorder.h"
#include "understudy/scenario/bad_input.h"
#include "understudy/scenario/units.h"
#include "understudy/version.h"

namespace understudy::live {
namespace {

struct Wish {
  std::string socket = "/run/understudy/understudyd.sock";
  std::string maintenance;
  std::string file;
  std::string folder;
  std::string length;
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

// Until it is interrupted, or for as long as was said.
int record(const Wish& wish) {
  const Duration length = wish.length.empty() ? Duration::max() : duration_from_text(wish.length);
  const DaemonSettings settings = load_settings(wish.file);
  boost::asio::io_context loop;
  Recorder recorder(loop,
                    {.interface = settings.host.interface,
                     .from = settings.host.addresses.server,
                     .to = settings.host.addresses.peer,
                     .interval = settings.host.config.ping_interval},
                    [](const std::string& row) {
                      std::printf("%s\n", row.c_str());
                      std::fflush(stdout);
                    });
  std::printf("# %s -> %s\nsent_s,round_trip_s\n",
              settings.host.addresses.server.to_string().c_str(),
              settings.host.addresses.peer.to_string().c_str());
  boost::asio::signal_set end(loop, SIGINT, SIGTERM);
  end.async_wait([&](const boost::system::error_code& /*cancelled*/, int) { loop.stop(); });
  recorder.start();
  if (length == Duration::max()) {
    loop.run();
  } else {
    loop.run_for(length);
  }
  recorder.finish();
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
  auto* const recording = app.add_subcommand(
      "record", "Ping the other server as the daemon would, and print when and for how long");
  recording->add_option("file", wish.file, "The daemon's file")->required();
  recording->add_option("--for", wish.length, "End after this time, such as 1h (until Ctrl-C)");
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
  if (chosen == "record") return record(wish);
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
