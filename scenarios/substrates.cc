// SPDX-License-Identifier: MIT
#include "understudy/cli/substrates.h"

#include <algorithm>
#include <array>

#include "understudy/lab/abilities.h"
#include "understudy/lab/run.h"
#include "understudy/ns3/run.h"
#include "understudy/scenario/bad_input.h"
#include "understudy/scenario/spelling.h"
#include "understudy/virtual_time/run.h"

namespace understudy::cli {
namespace {

Timeline run_virtual(const Scenario& scenario, const Run& run, const PacketWishes& /*none*/,
                     Detail detail) {
  return virtual_time::run(scenario, run, detail);
}

Timeline run_ns3(const Scenario& scenario, const Run& run, const PacketWishes& wishes,
                 Detail detail) {
  return ns3_substrate::run(scenario, run,
                            {.pcap_directory = wishes.pcap_directory,
                             .animation = wishes.animation,
                             .attributes = wishes.attributes},
                            detail);
}

Timeline run_live(const Scenario& scenario, const Run& run, const PacketWishes& wishes,
                  Detail detail) {
  return lab::run(scenario, run, detail, wishes.pcap_directory);
}

Duration time_live(const Scenario& scenario, std::uint64_t runs, std::uint64_t jobs) {
  return lab::time_for(scenario, {.runs = runs, .jobs = jobs});
}

constexpr std::array table = {
    Substrate{"virtual", "in memory", Packets::none, run_virtual},
    Substrate{"ns3", "packets in ns-3", Packets::of_ns3, run_ns3},
    Substrate{"live", "real sockets and time", Packets::of_kernels, run_live, time_live},
};

}  // namespace

std::span<const Substrate> substrates() { return table; }

const Substrate& find_substrate(std::string_view name) {
  const auto* found = std::ranges::find(table, name, &Substrate::name);
  if (found != table.end()) return *found;
  std::vector<std::string_view> names;
  for (const Substrate& substrate : table) names.push_back(substrate.name);
  throw BadInput("--substrate: there is no " + in_quotes(name) + " here; take " +
                 listed(names, "or"));
}

}  // namespace understudy::cli
