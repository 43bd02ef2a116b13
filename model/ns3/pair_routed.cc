// SPDX-License-Identifier: MIT
#include "understudy/ns3/pair_routed.h"

#include <cmath>

#include <ns3/callback.h>
#include <ns3/data-rate.h>
#include <ns3/node.h>

#include "understudy/ns3/link.h"
#include "understudy/ns3/route_speaker.h"
#include "understudy/ns3/schedule.h"

namespace understudy::ns3_substrate {
namespace {

constexpr int router_number = 254;
constexpr std::array representatives = {Host::first, Host::second, Host::client};

}  // namespace

// ---- building -----------------------------------------------------------------------------------

PairRouted::PairRouted(const Topology& topology, const Run& run) : PairNetwork(topology, run) {
  for (std::size_t i = 0; i < router_count; ++i) add_router(i);
  add_host(Host::first, 1);
  add_host(Host::second, 2);
  add_host(Host::client, 3);
  add_host(Host::witness, 4);
  connect(0, 1, 12);
  connect(0, 2, 13);
  connect(1, 2, 23);
  if (draws_delays()) decide_about_frames();
}

void PairRouted::add_router(std::size_t number) {
  const auto router = ns3::UnderstudyRouter::Install(ns3::CreateObject<ns3::Node>());
  router->SetAttribute("DataRate", ns3::DataRateValue(ns3::DataRate(static_cast<std::uint64_t>(
                                       std::llround(topology().bandwidth_bps)))));
  const Duration half = topology().delay.fixed() ? topology().delay.mean() / 2 : Duration{};
  router->SetAttribute("Delay", ns3::TimeValue(to_ns3(half)));
  Stream& delays = route_delays_.at(number);
  delays = Stream(run(), route_stream(representatives.at(number)));
  router->SetDelayCallback(ns3::Callback<ns3::Time>(
      [this, &delays]() { return to_ns3(topology().route_delay.draw(delays)); }));
  router->SetFilter(ns3::Callback<bool, const ns3::Address&, ns3::Ptr<const ns3::UnderstudyHost>>(
      [this](const ns3::Address& holder, ns3::Ptr<const ns3::UnderstudyHost> to) {
        std::vector<ns3::Time> arrivals(1);
        return decide({.from = owners_.at(holder),
                       .to = owners_.at(to->GetServerAddress()),
                       .kind = PacketKind::announcement},
                      arrivals);
      }));
  routers_.at(number) = router;
}

void PairRouted::add_host(Host which, int subnet) {
  const auto host = ns3::UnderstudyHost::Install(
      ns3::CreateObject<ns3::Node>(), {address(subnet, number_of(which)), prefix_length()});
  set_host(which, host);
  owners_.emplace(host->GetServerAddress(), which);
  if (which == Host::first || which == Host::second) host->Install<ns3::UnderstudyRouteSpeaker>();
  router(which)->Attach(host, {address(subnet, router_number), prefix_length()});
}

void PairRouted::connect(std::size_t a, std::size_t b, int subnet) {
  routers_.at(a)->Connect(routers_.at(b), {address(subnet, 1), prefix_length()},
                          {address(subnet, 2), prefix_length()});
}

std::size_t PairRouted::router_of(Host host) {
  return host == Host::witness ? router_of(Host::client) : static_cast<std::size_t>(host);
}

void PairRouted::settle() {
  for (const auto& router : routers_) {
    router->MeetNeighbours();
    router->Settle(address(0, primary_number), host(Host::first)->GetServerAddress());
    router->Settle(address(0, monitor_number), host(Host::second)->GetServerAddress());
  }
}

// ---- faults -------------------------------------------------------------------------------------

void PairRouted::change_parts(std::size_t /*number*/, const Fault& fault, const Struck& struck,
                              Change change) {
  using State = ns3::UnderstudyRouter::CableState;
  const int down = change == Change::breaks ? 1 : -1;
  if (fault.kind == FaultKind::switch_failure) {
    routers_down_ += down;
    for (const auto& router : routers_) {
      router->SetState(routers_down_ > 0 ? State::down : State::up);
    }
  }
  for (const Host which : all_hosts) {
    int& cable = cables_down_.at(static_cast<std::size_t>(which));
    if (fault.kind == FaultKind::link_down && struck.hosts.has(which)) cable += down;
    const bool works = cable == 0 && routers_down_ == 0;
    router(which)->SetState(host(which), works ? State::up : State::down);
  }
}

ns3::Ptr<ns3::SimpleNetDevice> PairRouted::last_hop(Host which) const {
  return router(which)->GetDevice(host(which));
}

// ---- packet by packet ---------------------------------------------------------------------------

void PairRouted::begin_to_judge() {
  judging_ = true;
  look_at_frames();
}

void PairRouted::look_at_frames() {
  using Fate = ns3::Callback<void, ns3::UnderstudyFrame&, std::vector<ns3::Time>&>;
  for (const Host which : all_hosts) {
    const auto device = host(which)->GetDevice();
    const auto link = ns3::DynamicCast<ns3::UnderstudyLink>(device->GetChannel());
    link->SetFate(
        device, Fate([this, which](ns3::UnderstudyFrame& frame, std::vector<ns3::Time>& arrivals) {
          carry(which, frame, arrivals);
        }));
    link->SetFate(last_hop(which),
                  Fate([](ns3::UnderstudyFrame& frame, std::vector<ns3::Time>& arrivals) {
                    if (frame.from == CrossTraffic::sender()) arrivals.clear();
                  }));
  }
}

void PairRouted::carry(Host from, const ns3::UnderstudyFrame& frame,
                       std::vector<ns3::Time>& arrivals) {
  const PacketFacts facts = inspect(frame);
  if (!facts.destination) return;  // between the host and its router
  const std::optional<Host> to = receiver(from, *facts.destination);
  if (!to) return;
  if (!decide({.from = from, .to = *to, .kind = facts.kind}, arrivals)) arrivals.clear();
}

// Whether it gets there, and when.
bool PairRouted::decide(const Path& path, std::vector<ns3::Time>& arrivals) {
  if (parted(path.from, path.to)) return false;
  if (judging_) judge(path, arrivals);
  return !arrivals.empty();
}

// Each router sends what goes to a shared address to that of the holder it knows of.
std::optional<Host> PairRouted::receiver(Host from, const ns3::Address& to) const {
  const auto known = owners_.find(to);
  if (known != owners_.end()) return known->second;
  std::size_t here = router_of(from);
  for (std::size_t hop = 0; hop < router_count; ++hop) {
    const auto holder = routers_.at(here)->GetHolder(to);
    if (!holder) return std::nullopt;
    const Host host = owners_.at(*holder);
    if (router_of(host) == here) return host;
    here = router_of(host);
  }
  return std::nullopt;
}

}  // namespace understudy::ns3_substrate
