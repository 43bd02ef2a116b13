// SPDX-License-Identifier: MIT
#include "understudy/lab/server_settings.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "understudy/failover/derive.h"
#include "understudy/failover/time_text.h"
#include "understudy/lab/machine.h"
#include "understudy/lab/real_time.h"
#include "understudy/live/own_programs.h"
#include "understudy/scenario/bad_input.h"
#include "understudy/scenario/keys.h"

namespace understudy::lab {
namespace {

// For a program that starts and ends on a busy machine.
constexpr Duration start_and_end = std::chrono::milliseconds(100);

std::string quoted(const std::string& text) { return "\"" + text + "\""; }

Config config_of(const Scenario& scenario) {
  PairSettings said = scenario.pair_settings();
  if (!scenario.pair.confirm_max && said.confirm_max) *said.confirm_max += start_and_end;
  return derive(said);
}

std::string pair_table(const Config& config) {
  Scenario derived;
  derived.pair = settings(config);
  std::string text = "[pair]\n";
  for (const Key& key : keys()) {
    if (key.table != "pair") continue;
    const std::string value = get(derived, dotted({&key, 0}));
    if (!value.empty()) text += std::string(key.name) + " = " + value + "\n";
  }
  return text;
}

bool can_be_ill(const Scenario& scenario) {
  return std::ranges::any_of(
      scenario.faults, [](const Fault& fault) { return fault.kind == FaultKind::service_hang; });
}

std::string service_table(const Scenario& scenario, const std::string& own,
                          const Programs& programs) {
  if (!can_be_ill(scenario)) return {};  // what nobody can be ill of need not be checked
  const auto patience_ms =
      std::max<Duration::rep>(scenario.service.request_timeout.count() / 1000000, 1);
  return "[service]\nhealth = [" + quoted(programs.health.string()) + ", " + quoted(own) + ", " +
         quoted(std::to_string(service_port)) + ", " + quoted(std::to_string(patience_ms)) +
         "]\nhealth_interval = " + quoted(to_text(scenario.service.health_interval)) + "\n";
}

}  // namespace

Programs find_programs() {
  const auto find = [](const char* name) {
    if (auto path = live::own_program(name)) return *std::move(path);
    throw BadInput(std::string("--substrate: the lab needs ") + name +
                   ", and there is none beside this program; type `./dev build programs`, or "
                   "install it");
  };
  return {.daemon = find("understudyd"),
          .tool = find("understudyctl"),
          .fence = find("fence_lab"),
          .health = find("check_lab")};
}

std::string server_settings(const Scenario& scenario, ServerId id, const Common& common) {
  const Addresses addresses(scenario.topology.ip);
  const Config config = config_of(scenario);
  const std::string disk = disk_on_server;
  const std::string name(to_text(id));
  const std::string own = addresses.of(host_of(id));
  return "[daemon]\nid = " + quoted(name) + "\ninterface = " + quoted(interface_name) +
         "\nsecret = \"known to all who read the source of the lab\"" +
         "\nport = " + std::to_string(agents_port) + "\nstate = " + quoted(disk + "/state") +
         "\nsocket = " + quoted(disk + "/socket") + "\nevents = " + quoted(disk + "/events") +
         "\nrealtime_priority = " + std::to_string(priority_of_servers) +
         "\n\n[addresses]\nserver = " + quoted(own) +
         "\npeer = " + quoted(addresses.of(host_of(other(id)))) +
         "\nprimary = " + quoted(addresses.of(Address::primary)) +
         "\nmonitor = " + quoted(addresses.of(Address::monitor)) +
         (config.witness ? "\nwitness = " + quoted(addresses.of(Address::witness)) : "") +
         "\n\n[power]\nagent = " + quoted(common.programs.fence.string()) +
         "\noptions = { plug = " + quoted(std::string(to_text(other(id)))) +
         ", socket = " + quoted(common.power.string()) + " }" +
         "\n\n[memory]\nfolder = " + quoted(disk + "/memory") +
         "\nkeys = " + quoted((common.keys / name).string()) +
         "\ncopy_timeout = " + quoted(to_text(scenario.memory.copy_timeout)) + "\n\n" +
         service_table(scenario, own, common.programs) + pair_table(config);
}

}  // namespace understudy::lab
