// SPDX-License-Identifier: MIT

#include "understudy/ns3/understudy_pair.h"

#include <string>

#include <ns3/abort.h>
#include <ns3/double.h>
#include <ns3/log.h>
#include <ns3/nstime.h>
#include <ns3/pointer.h>
#include <ns3/rng-seed-manager.h>
#include <ns3/simulator.h>
#include <ns3/string.h>
#include <ns3/trace-source-accessor.h>
#include <ns3/uinteger.h>

#include "understudy/scenario/draws.h"

namespace ns3 {

NS_LOG_COMPONENT_DEFINE("UnderstudyPair");
NS_OBJECT_ENSURE_REGISTERED(UnderstudyPair);

namespace {

using understudy::FenceResult;
using understudy::PowerOrder;
using understudy::ServerId;

constexpr std::array ids = {ServerId::first, ServerId::second};

uint32_t number_of(ServerId id) { return static_cast<uint32_t>(understudy::index(id)); }

Time draw(const Ptr<RandomVariableStream>& seconds) {
  return Max(Seconds(seconds->GetValue()), Time(0));
}

// Between which values a variable keeps, if it is one that says so.
struct Bounds {
  std::optional<understudy::Duration> least;
  std::optional<understudy::Duration> greatest;
};
Bounds bounds_of(const Ptr<RandomVariableStream>& seconds) {
  const auto named = [&](const std::string& attribute) -> std::optional<understudy::Duration> {
    DoubleValue value;
    if (!seconds->GetAttributeFailSafe(attribute, value)) return {};
    return understudy::Duration(Seconds(value.Get()).GetNanoSeconds());
  };
  if (const auto constant = named("Constant")) return {.least = constant, .greatest = constant};
  return {.least = named("Min"), .greatest = named("Max")};
}

}  // namespace

TypeId UnderstudyPair::GetTypeId() {
  static TypeId tid =
      TypeId("ns3::UnderstudyPair")
          .SetParent<Object>()
          .SetGroupName("Understudy")
          .AddConstructor<UnderstudyPair>()
          .AddAttribute("BootTime",
                        "Seconds from a server's power to its running agent. Where it has a "
                        "Constant, or Min and Max, the agents' BootMin and BootMax follow from it; "
                        "set them else.",
                        StringValue("ns3::UniformRandomVariable[Min=15|Max=25]"),
                        MakePointerAccessor(&UnderstudyPair::bootTime_),
                        MakePointerChecker<RandomVariableStream>())
          .AddAttribute("FenceLatency",
                        "Seconds from an order to the power channel until the other server is off. "
                        "Where it has a Constant, or Max, the agents' FenceMax follows from it; "
                        "set it else.",
                        StringValue("ns3::ConstantRandomVariable[Constant=0.5]"),
                        MakePointerAccessor(&UnderstudyPair::fenceLatency_),
                        MakePointerChecker<RandomVariableStream>())
          .AddAttribute("MemorySize", "Bytes of each server's memory, which copies carry.",
                        UintegerValue(65536), MakeUintegerAccessor(&UnderstudyPair::memorySize_),
                        MakeUintegerChecker<uint32_t>(1))
          .AddTraceSource("Power", "A server's power goes off or comes on, or it has booted.",
                          MakeTraceSourceAccessor(&UnderstudyPair::power_),
                          "ns3::UnderstudyPair::PowerTracedCallback");
  return tid;
}

void UnderstudyPair::Install(const std::array<Server, 2>& servers,
                             const UnderstudyAgent::Addresses& shared) {
  primary_ = shared.primary;
  const understudy::Run run{.seed = RngSeedManager::GetSeed(), .number = RngSeedManager::GetRun()};
  for (const ServerId id : ids) {
    const uint32_t server = number_of(id);
    Place& place = places_[server];
    place.host = servers[server].host;
    place.agent = servers[server].agent;
    place.memory = understudy::ns3_substrate::ServerMemory(memorySize_);
    UnderstudyAgent::Addresses addresses = shared;
    addresses.peer = servers[1 - server].host->GetServerAddress();
    const std::string node = std::to_string(place.host->GetNode()->GetId());
    place.agent->Configure(place.host,
                           {.id = id,
                            .settings = GetBounds(),
                            .addresses = addresses,
                            .tokens = understudy::Stream(run, "tokens/node/" + node)},
                           *this);
  }
}

understudy::PairSettings UnderstudyPair::GetBounds() const {
  const Bounds boot = bounds_of(bootTime_);
  understudy::PairSettings settings;
  settings.boot_min = boot.least;
  settings.boot_max = boot.greatest;
  settings.fence_max = bounds_of(fenceLatency_).greatest;
  if (settings.fence_max) settings.confirm_max = understudy::Duration(0);
  return settings;
}

ApplicationContainer UnderstudyPair::GetApplications() const {
  ApplicationContainer applications;
  for (const Place& place : places_) applications.Add(place.agent);
  return applications;
}

Ptr<UnderstudyAgent> UnderstudyPair::GetAgent(uint32_t server) const {
  return places_.at(server).agent;
}

Ptr<UnderstudyHost> UnderstudyPair::GetHost(uint32_t server) const {
  return places_.at(server).host;
}

std::optional<uint32_t> UnderstudyPair::GetPrimary() const {
  for (uint32_t server = 0; server < places_.size(); ++server) {
    if (places_[server].host->Holds(primary_)) return server;
  }
  return {};
}

// ---- power --------------------------------------------------------------------------------------

void UnderstudyPair::Crash(uint32_t server) {
  Place& place = places_.at(server);
  if (place.host->GetState() == UnderstudyHost::State::off && !place.boot.IsRunning()) return;
  NS_LOG_INFO("server " << server << " loses power");
  place.boot.Cancel();
  place.serving = false;
  place.agent->PowerGone();
  place.host->PowerOff();
  power_(server, PowerState::off);
}

void UnderstudyPair::CrashPrimary() {
  if (const auto primary = GetPrimary()) Crash(*primary);
}

void UnderstudyPair::Boot(uint32_t server) { PowerOn(server); }

void UnderstudyPair::PowerOn(uint32_t server) {
  Place& place = places_.at(server);
  if (place.host->GetState() != UnderstudyHost::State::off || place.boot.IsRunning()) return;
  NS_LOG_INFO("server " << server << " has power and boots");
  place.boot = Simulator::Schedule(draw(bootTime_), &UnderstudyPair::Up, this, server);
  power_(server, PowerState::booting);
}

void UnderstudyPair::Up(uint32_t server) {
  NS_LOG_INFO("server " << server << " is up");
  places_[server].host->Boot();
  power_(server, PowerState::up);
  places_[server].agent->Boot();
}

void UnderstudyPair::OrderPower(ServerId by, PowerOrder order, understudy::Token token) {
  const uint32_t giver = number_of(by);
  const uint32_t number = ++places_[giver].latestOrder;
  const Time latency = order == PowerOrder::on ? Time(0) : draw(fenceLatency_);
  understudy::FenceReport report{
      .token = token, .result = order == PowerOrder::on ? FenceResult::on : FenceResult::off};
  if (channelBroken_) {
    report.result = FenceResult::refused;
  } else {
    Simulator::Schedule(latency, &UnderstudyPair::CarryOut, this, giver, order, number);
  }
  Simulator::Schedule(latency, &UnderstudyPair::Report, this, giver, report);
}

void UnderstudyPair::CarryOut(uint32_t by, PowerOrder order, uint32_t number) {
  if (number != places_[by].latestOrder) return;  // Power in ports.h: a newer one counts
  const uint32_t other = 1 - by;
  if (order != PowerOrder::on) Crash(other);
  if (order != PowerOrder::off) PowerOn(other);
}

void UnderstudyPair::Report(uint32_t by, const understudy::FenceReport& report) {
  places_[by].agent->ReportPower(report);
}

void UnderstudyPair::BreakPowerChannel() { channelBroken_ = true; }
void UnderstudyPair::RepairPowerChannel() { channelBroken_ = false; }

// ---- other faults -------------------------------------------------------------------------------

void UnderstudyPair::Hang(uint32_t server) {
  Place& place = places_.at(server);
  if (place.host->GetState() != UnderstudyHost::State::running) return;
  place.host->Hang();
  place.agent->Freeze();
}

void UnderstudyPair::Thaw(uint32_t server) {
  Place& place = places_.at(server);
  if (place.host->GetState() != UnderstudyHost::State::hung) return;
  place.host->Thaw();
  place.agent->Thaw();
}

void UnderstudyPair::HangService(uint32_t server) {
  places_.at(server).agent->SetServiceHanging(true);
}
void UnderstudyPair::ThawService(uint32_t server) {
  places_.at(server).agent->SetServiceHanging(false);
}

void UnderstudyPair::SwitchOver() {
  if (const auto primary = GetPrimary()) {
    places_[*primary].agent->Request(understudy::Request::switchover);
  }
}

// ---- memory and service -------------------------------------------------------------------------

void UnderstudyPair::Write(uint64_t count) {
  for (Place& place : places_) {
    if (place.serving && place.agent->Runs()) place.memory.write(count);
  }
}

understudy::MemoryStamp UnderstudyPair::GetMemory(uint32_t server) const {
  return places_.at(server).memory.stamp();
}

understudy::MemoryStamp UnderstudyPair::GetMemory(ServerId id) { return GetMemory(number_of(id)); }

UnderstudySnapshot UnderstudyPair::TakeSnapshot(ServerId id) {
  return places_[number_of(id)].memory.snapshot();
}

void UnderstudyPair::InstallCopy(ServerId id, const UnderstudySnapshot& copy) {
  places_[number_of(id)].memory.install(copy);
}

void UnderstudyPair::BeginService(ServerId id, understudy::Term term) {
  places_[number_of(id)].serving = true;
  places_[number_of(id)].memory.begin_term(term);
}

void UnderstudyPair::EndService(ServerId id) { places_[number_of(id)].serving = false; }

int64_t UnderstudyPair::AssignStreams(int64_t stream) {
  bootTime_->SetStream(stream);
  fenceLatency_->SetStream(stream + 1);
  return 2;
}

void UnderstudyPair::DoDispose() {
  for (Place& place : places_) {
    place.boot.Cancel();
    place.host = nullptr;
    place.agent = nullptr;
  }
  Object::DoDispose();
}

}  // namespace ns3
