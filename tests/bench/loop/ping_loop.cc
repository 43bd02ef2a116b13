// SPDX-License-Identifier: MIT
//
// One ping loop, so long, and nothing else: for what is measured of a whole process.
//
//   ping_loop original|today|lossy|lossy-by-event|heap|lossy-heap HOURS
//
// prints how many pings there were, and how much memory the process had at most, in KiB. Two
// lengths under callgrind give the instructions of a ping; the memory must not grow with the
// length. The pair's loops are as users get them (quiet ones are leapt over), but for
// lossy-by-event.
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "../ping_loops.h"
#include "understudy/virtual_time/virtual_world.h"

namespace understudy::bench {
namespace {

std::uint64_t pass(const Scenario& scenario, int hours, Pace pace = Pace::leaping) {
  VirtualWorld world(scenario, {}, Detail::changes, pace);
  world.run_until(Time{} + std::chrono::hours(hours));
  return world.signals_sent();
}

template <class Network>
std::uint64_t pass_by_hand(int hours) {
  HeapSimulation<Network> simulation;
  simulation.run_until(std::chrono::nanoseconds(std::chrono::hours(hours)).count());
  return simulation.pings();
}

// Of this program: getrusage counts what ran in the process before it, too.
std::string peak_memory_kib() {
  std::ifstream status("/proc/self/status");
  std::string word;
  while (status >> word && word != "VmHWM:") {
  }
  status >> word;
  return word;
}

std::optional<std::uint64_t> pings_of(std::string_view loop, int hours) {
  if (loop == "original") return pass(quiet_pair(Method::original), hours);
  if (loop == "today") return pass(quiet_pair(Method::today), hours);
  if (loop == "lossy") return pass(lossy_pair(), hours);
  if (loop == "lossy-by-event") return pass(lossy_pair(), hours, Pace::every_event);
  if (loop == "heap") return pass_by_hand<PlainNetwork>(hours);
  if (loop == "lossy-heap") return pass_by_hand<LossyNetwork>(hours);
  return {};
}

int measure(std::span<const char* const> arguments) {
  int hours = 0;
  if (arguments.size() == 3) {
    const std::string_view text = arguments[2];
    std::from_chars(text.data(), text.data() + text.size(), hours);
  }
  const auto pings = hours > 0 ? pings_of(arguments[1], hours) : std::nullopt;
  if (!pings) {
    std::fputs("ping_loop original|today|lossy|lossy-by-event|heap|lossy-heap HOURS\n", stderr);
    return 2;
  }
  std::printf("%llu %s\n", static_cast<unsigned long long>(*pings), peak_memory_kib().c_str());
  return 0;
}

}  // namespace
}  // namespace understudy::bench

int main(int argc, char** argv) {
  return understudy::bench::measure({argv, static_cast<std::size_t>(argc)});
}
