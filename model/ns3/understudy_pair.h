// SPDX-License-Identifier: MIT
//
// A pair in an ns-3 program of somebody's own: two agents and what surrounds them. Made by
// UnderstudyHelper.
//
//      server 0                      server 1
//      UnderstudyAgent  --orders-->  power, on and off, boots       and the other way round
//      memory           <--copies->  memory
//
// Each agent orders the other server's power through a channel that is no network: an order takes
// FenceLatency, meets no packet, and is reported to whoever gave it when it has been carried out.
// Of several orders of one server the latest counts. A server whose power comes on is up BootTime
// later, with its memory and without its agent's recollection.
//
// What goes wrong is said by the methods, at any time of the simulation:
//
//   Simulator::Schedule(Seconds(30), &UnderstudyPair::Crash, pair, 0);
//
// Servers are numbered 0 and 1, as they were installed; they start as equals and find out by
// themselves who is primary.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include <ns3/application-container.h>
#include <ns3/event-id.h>
#include <ns3/node.h>
#include <ns3/object.h>
#include <ns3/ptr.h>
#include <ns3/random-variable-stream.h>
#include <ns3/traced-callback.h>

#include "understudy/ns3/host.h"
#include "understudy/ns3/server_memory.h"
#include "understudy/ns3/understudy_agent.h"

namespace ns3 {

class UnderstudyPair : public Object, public UnderstudySurroundings {
 public:
  static TypeId GetTypeId();

  /// One server: a host, and an agent that is on its node already.
  struct Server {
    Ptr<UnderstudyHost> host;
    Ptr<UnderstudyAgent> agent;
  };
  /// `shared` are the addresses that the pair shares, and the witness'; peers are filled in.
  void Install(const std::array<Server, 2>& servers, const UnderstudyAgent::Addresses& shared);

  /// Two applications, to be started and stopped like others. The first start is the first boot.
  ApplicationContainer GetApplications() const;
  Ptr<UnderstudyAgent> GetAgent(uint32_t server) const;
  Ptr<UnderstudyHost> GetHost(uint32_t server) const;
  /// The server that answers for the primary address; none, or the first of two.
  std::optional<uint32_t> GetPrimary() const;

  /// Cuts a server's power. It stays off until the other boots it, or Boot.
  void Crash(uint32_t server);
  /// Crashes whoever is the primary at that instant; nobody, if there is none.
  void CrashPrimary();
  /// Gives a server power, if it has none: it is up after BootTime.
  void Boot(uint32_t server);
  /// A server stands still: nothing of it runs, what arrives is lost, and it keeps its addresses.
  void Hang(uint32_t server);
  void Thaw(uint32_t server);
  /// The service answers no request, though all else works; and does again.
  void HangService(uint32_t server);
  void ThawService(uint32_t server);
  /// From now on the power channel refuses all orders, or carries them out again.
  void BreakPowerChannel();
  void RepairPowerChannel();
  /// Asks the primary to hand over to the other as planned.
  void SwitchOver();

  /// The service changes the memory so many times: of every server that serves.
  void Write(uint64_t count);
  understudy::MemoryStamp GetMemory(uint32_t server) const;

  /// Fixed streams for BootTime and FenceLatency. Returns how many it used.
  int64_t AssignStreams(int64_t stream);

  /// TracedCallback signature: a server's power goes off or comes on, or it has booted.
  enum class PowerState : uint8_t { off, booting, up };
  typedef void (*PowerTracedCallback)(uint32_t server, PowerState state);

  // UnderstudySurroundings
  void OrderPower(understudy::ServerId by, understudy::PowerOrder order,
                  understudy::Token token) override;
  understudy::MemoryStamp GetMemory(understudy::ServerId id) override;
  UnderstudySnapshot TakeSnapshot(understudy::ServerId id) override;
  void InstallCopy(understudy::ServerId id, const UnderstudySnapshot& copy) override;
  void BeginService(understudy::ServerId id, understudy::Term term) override;
  void EndService(understudy::ServerId id) override;

 protected:
  void DoDispose() override;

 private:
  struct Place {
    Ptr<UnderstudyHost> host;
    Ptr<UnderstudyAgent> agent;
    understudy::ns3_substrate::ServerMemory memory{0};
    bool serving = false;
    uint32_t latestOrder = 0;  // that this server gave
    EventId boot;              // is running while its power is on and it is not up
  };

  understudy::PairSettings GetBounds() const;
  void PowerOn(uint32_t server);
  void Up(uint32_t server);
  void CarryOut(uint32_t by, understudy::PowerOrder order, uint32_t number);
  void Report(uint32_t by, const understudy::FenceReport& report);

  Ptr<RandomVariableStream> bootTime_;
  Ptr<RandomVariableStream> fenceLatency_;
  uint32_t memorySize_ = 0;
  Address primary_;
  bool channelBroken_ = false;
  std::array<Place, 2> places_;
  TracedCallback<uint32_t, PowerState> power_;
};

}  // namespace ns3
