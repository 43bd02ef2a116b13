// SPDX-License-Identifier: MIT
//
// The daemon. Exit code 0: ended on request; 1: this machine cannot run it; 2: a mistake in a file.
#include <sched.h>
#include <sys/mman.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <systemd/sd-daemon.h>

#include "understudy/daemon/control.h"
#include "understudy/daemon/copied_memory.h"
#include "understudy/daemon/report.h"
#include "understudy/daemon/settings.h"
#include "understudy/live/agent_host.h"
#include "understudy/live/cannot_run.h"
#include "understudy/live/fence_agent.h"
#include "understudy/live/own_programs.h"
#include "understudy/live/power.h"
#include "understudy/scenario/bad_input.h"
#include "understudy/version.h"

namespace understudy::live {
namespace {

// As under nohup.
bool ignores_hangups() {
  struct sigaction present {};
  return ::sigaction(SIGHUP, nullptr, &present) == 0 && present.sa_handler == SIG_IGN;
}

class Daemon {
 public:
  explicit Daemon(const DaemonSettings& settings)
      : settings_(settings),
        control_(
            loop_, settings.socket,
            [this](const std::string& command, Caller caller) { return answer(command, caller); }),
        signals_(loop_, SIGTERM, SIGINT),
        tick_(loop_),
        power_check_(loop_) {
    if (!ignores_hangups()) signals_.add(SIGHUP);
    make_power();
    make_memory();
    for (const std::string& warning : settings.warnings) log_.say(Priority::warning, warning);
    if (!settings.events.empty()) log_.open_events(settings.events);
    host_.emplace(loop_, settings.host, log_, power(), memory());
    harden();
  }

  void run() {
    await_end([this] { hand_over(); });
    host_->start([this] {
      sd_notify(0, "READY=1");
      look_after();
      check_power();
    });
    loop_.run();
  }

 private:
  void make_power() {
    const auto report = [this](const FenceReport& what) { host_->power_reported(what); };
    if (settings_.power.program.empty()) {
      no_power_.emplace(loop_, report);
      return;
    }
    FenceAgentConfig config = settings_.power;
    if (settings_.keep_agent_started) config.holder = holder();
    fence_agent_.emplace(loop_, std::move(config), report,
                         [this](const std::string& text) { log_.say(Priority::notice, text); });
    around_.power = Surroundings::Power::not_asked;
  }

  std::string holder() {
    const auto path = own_program("fence_holder");
    if (!path) {
      log_.say(Priority::warning,
               "there is no fence_holder beside the daemon, so each order waits until the fence "
               "agent has been loaded; install it, or set power.keep_started = false");
    }
    return path.value_or("").string();
  }

  void make_memory() {
    const auto ended = [this](CopyResult result) { host_->copied(result); };
    if (settings_.memory.folder.empty()) {
      no_memory_.emplace(loop_, ended);
    } else {
      copied_memory_.emplace(loop_, settings_, log_, ended);
    }
  }

  Power& power() {
    return fence_agent_ ? static_cast<Power&>(*fence_agent_) : static_cast<Power&>(*no_power_);
  }
  ServerMemory& memory() {
    return copied_memory_ ? static_cast<ServerMemory&>(*copied_memory_) : *no_memory_;
  }

  // A power channel that fails is better found before it is needed.
  void check_power() {
    if (!fence_agent_) return;
    fence_agent_->check([this](const FenceAgent::Check& check) { power_checked(check); });
  }

  void power_checked(const FenceAgent::Check& check) {
    using enum Surroundings::Power;
    if (check.answer != FenceAgent::Answer::not_asked) {
      const auto before = around_.power;
      around_.power = check.answer == FenceAgent::Answer::reached ? reached : not_reached;
      if (around_.power == not_reached) {
        log_.say(Priority::error,
                 "the fence agent does not reach its device (" + check.reason +
                     "): the other server could not be fenced now; see power.options");
      } else if (before == not_reached) {
        log_.say(Priority::notice, "the fence agent reaches its device again");
      }
    }
    power_check_.expires_after(settings_.power_check);
    power_check_.async_wait([this](const boost::system::error_code& error) {
      if (!error) check_power();
    });
  }

  // Neither is worth not running for.
  void harden() {
    // What is there now, and later what is used: not the whole of each thread's stack.
    if (settings_.lock_memory &&
        (mlockall(MCL_CURRENT) < 0 || mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) < 0)) {
      log_.say(Priority::warning,
               "cannot stay in memory; give it CAP_IPC_LOCK, or set daemon.lock_memory = false");
    }
    if (settings_.realtime_priority == 0) return;
    const sched_param priority{.sched_priority = static_cast<int>(settings_.realtime_priority)};
    if (sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &priority) < 0) {
      log_.say(Priority::warning,
               "cannot run under SCHED_FIFO; give it CAP_SYS_NICE, or leave out "
               "daemon.realtime_priority");
    }
  }

  // Once a second, and as often as systemd wants to hear that the loop runs.
  void look_after() {
    const std::string status = "STATUS=" + summary_of(*host_) + "\nWATCHDOG=1";
    sd_notify(0, status.c_str());
    write_metrics();
    host_->look_for_messages();
    std::uint64_t watchdog_us = 0;
    std::chrono::microseconds pause = std::chrono::seconds(1);
    if (sd_watchdog_enabled(0, &watchdog_us) > 0) {
      pause = std::min(pause, std::chrono::microseconds(watchdog_us / 3));
    }
    tick_.expires_after(pause);
    tick_.async_wait([this](const boost::system::error_code& error) {
      if (!error) look_after();
    });
  }

  void write_metrics() {
    if (settings_.metrics.empty()) return;
    std::string mistake =
        replace_file(settings_.metrics, metrics_of(*host_, surroundings()), Durability::quick);
    if (!mistake.empty() && mistake != metrics_mistake_) log_.say(Priority::warning, mistake);
    metrics_mistake_ = std::move(mistake);
  }

  void await_end(std::function<void()> told) {
    signals_.async_wait([told = std::move(told)](const boost::system::error_code& error, int) {
      if (!error) told();
    });
  }

  // Who is in a hurry says so twice.
  void hand_over() {
    sd_notify(0, "STOPPING=1");
    await_end([this] { leave(); });
    host_->hand_over([this] { leave(); });
  }

  void leave() {
    if (std::exchange(leaving_, true)) return;
    log_.say(Priority::notice, "leaves");
    tick_.cancel();
    power_check_.cancel();
    host_->leave([this] { loop_.stop(); });
  }

  Surroundings surroundings() {
    if (copied_memory_) around_.bytes_received = copied_memory_->bytes_received();
    return around_;
  }

  nlohmann::json answer(const std::string& command, Caller caller) {
    if (!host_) return {{"ok", false}, {"error", "the daemon is starting; ask again"}};
    if (command == "status") return status_of(*host_, surroundings());
    if (command == "explain") return explanation_of(*host_, log_);
    const bool known =
        command == "switchover" || command == "maintenance on" || command == "maintenance off";
    if (!known) {
      return {{"ok", false},
              {"error",
               "no such command; there are status, explain, switchover, maintenance on and "
               "maintenance off"}};
    }
    if (caller != Caller::operator_) {
      return {{"ok", false}, {"error", "only root and the daemon's own user may do that"}};
    }
    return carry_out(command);
  }

  nlohmann::json carry_out(const std::string& command) {
    log_.say(Priority::notice, "is asked by its operator for " + command);
    if (command != "switchover") {
      host_->request(command == "maintenance on" ? Request::maintenance_on
                                                 : Request::maintenance_off);
      return {{"ok", true}};
    }
    const Role role = host_->agent().role();
    if (role != Role::primary) {
      return {{"ok", false},
              {"error", "this server is " + std::string(to_text(role)) +
                            ", not primary; ask the other one"}};
    }
    host_->request(Request::switchover);
    if (host_->agent().role() == Role::handing_over) return {{"ok", true}};
    return {{"ok", false}, {"error", "the monitor does not answer at the moment; see explain"}};
  }

  const DaemonSettings& settings_;
  boost::asio::io_context loop_{1};
  Log log_;
  std::optional<AgentHost> host_;
  Control control_;
  // One of each two.
  std::optional<NoPower> no_power_;
  std::optional<FenceAgent> fence_agent_;
  std::optional<NoMemory> no_memory_;
  std::optional<CopiedMemory> copied_memory_;
  Surroundings around_;
  boost::asio::signal_set signals_;
  boost::asio::steady_timer tick_;
  boost::asio::steady_timer power_check_;
  std::string metrics_mistake_;
  bool leaving_ = false;
};

int run(const std::string& path, bool only_check) {
  const DaemonSettings settings = load_settings(path);
  if (only_check) {
    std::fputs(consequences(settings).c_str(), stdout);
    for (const std::string& text : settings.warnings) std::fprintf(stderr, "%s\n", text.c_str());
    return 0;
  }
  signal(SIGPIPE, SIG_IGN);
  Daemon(settings).run();
  return 0;
}

int run(int argc, char** argv) {
  CLI::App app("The agent of a pair of servers of which one can replace the other.");
  std::string path;
  bool check = false;
  app.add_option("--config", path, "The daemon's file")->required();
  app.add_flag("--check", check,
               "Say what is wrong with the file, or what follows from it, and end");
  app.set_version_flag("--version", std::string(version));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  return run(path, check);
}

}  // namespace
}  // namespace understudy::live

int main(int argc, char** argv) {
  try {
    return understudy::live::run(argc, argv);
  } catch (const understudy::BadInput& error) {
    std::fprintf(stderr, "understudyd: %s\n", error.what());
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "understudyd: %s\n", error.what());
    return 1;
  }
}
