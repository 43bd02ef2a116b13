// SPDX-License-Identifier: MIT
//
// How fast ns-3 passes with a pair in it: pings a second of the agent, with everything around it,
// beside those of ns-3's own V4Ping on the same LAN with a token's worth of payload.
#include <benchmark/benchmark.h>

#include <chrono>
#include <cstdint>

#include <ns3/ipv4-address.h>
#include <ns3/nstime.h>
#include <ns3/simulator.h>
#include <ns3/uinteger.h>
#include <ns3/v4ping.h>

#include "understudy/ns3/pair_lan.h"
#include "understudy/ns3/run.h"
#include "understudy/ns3/simulation.h"

namespace understudy {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t pings = 20'000;
constexpr Duration interval = 1ms;

void Ns3_Agent(benchmark::State& state) {
  Scenario scenario;
  scenario.pair.method = Method::original;
  scenario.pair.ping_interval = interval;
  scenario.pair.ping_timeout = interval;
  scenario.pair.copy_every = 0U;
  scenario.service.enabled = false;
  scenario.memory.write_rate_per_s = 0.0;
  scenario.run.duration = interval * pings;
  for (auto _ : state) benchmark::DoNotOptimize(ns3_substrate::run(scenario, {}));
  state.SetItemsProcessed(state.iterations() * pings);
}
BENCHMARK(Ns3_Agent)->Unit(benchmark::kMillisecond);

void Yardstick_V4Ping(benchmark::State& state) {
  for (auto _ : state) {
    const ns3::UnderstudySimulation simulation{{}};
    const ns3_substrate::PairLan lan(Topology{}, {});
    const auto addresses = lan.addresses_for(ServerId::second);
    lan.host(Host::first)->Claim(addresses.primary);
    const auto ping = ns3::CreateObject<ns3::V4Ping>();
    ping->SetAttribute("Remote",
                       ns3::Ipv4AddressValue(ns3::Ipv4Address::ConvertFrom(addresses.primary)));
    ping->SetAttribute("Interval", ns3::TimeValue(ns3::NanoSeconds(Duration(interval).count())));
    ping->SetAttribute("Size", ns3::UintegerValue(16));
    lan.host(Host::second)->GetNode()->AddApplication(ping);
    ping->SetStartTime(ns3::Time(0));
    ns3::Simulator::Stop(ns3::NanoSeconds((interval * pings).count()));
    ns3::Simulator::Run();
  }
  state.SetItemsProcessed(state.iterations() * pings);
}
BENCHMARK(Yardstick_V4Ping)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace understudy
