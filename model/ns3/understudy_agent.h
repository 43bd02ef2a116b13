// SPDX-License-Identifier: MIT
//
// The agent as an application of an ns-3 node: the same understudy::Agent as everywhere, with the
// ports that it asks for made of real packets.
//
//      pings, probes      ICMP echo with a 64-bit token     (UnderstudyEcho)
//      addresses          the host's interface, gratuitous ARP or unsolicited NA
//      agent to agent     UDP between the server addresses  (UnderstudyDatagrams)
//      copies             TCP                               (UnderstudyCopySink, -Source)
//      service            UDP at the primary address        (UnderstudyService)
//      timers             ns3::Simulator
//      power, memory      the surroundings, which the user of this class brings along
//
// The application starts with the first boot. At each later boot of its host call Boot(): the agent
// has forgotten everything but its history, as a daemon does whose server was booted.
//
// Every parameter of the pair is an attribute (agent_attributes.h). UnderstudyHelper installs a
// pair of these; NS_LOG=UnderstudyAgent=level_info|prefix_time tells their story.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>

#include <ns3/address.h>
#include <ns3/application.h>
#include <ns3/event-id.h>
#include <ns3/ptr.h>
#include <ns3/traced-callback.h>

#include "understudy/failover/agent.h"
#include "understudy/ns3/agent_attributes.h"
#include "understudy/ns3/copy_sink.h"
#include "understudy/ns3/copy_source.h"
#include "understudy/ns3/datagrams.h"
#include "understudy/ns3/echo.h"
#include "understudy/ns3/host.h"
#include "understudy/ns3/service.h"
#include "understudy/outcome/timeline.h"
#include "understudy/scenario/draws.h"
#include "understudy/scenario/local_clock.h"

namespace ns3 {

/// What an agent needs that is not on its network: the power of the other server, and a memory.
class UnderstudySurroundings {
 public:
  /// An order to the power channel about the other server. The report comes later, by
  /// UnderstudyAgent::ReportPower.
  virtual void OrderPower(understudy::ServerId by, understudy::PowerOrder order,
                          understudy::Token token) = 0;
  /// The memory of this server, as it is now.
  virtual understudy::MemoryStamp GetMemory(understudy::ServerId id) = 0;
  virtual UnderstudySnapshot TakeSnapshot(understudy::ServerId id) = 0;
  /// A whole copy has arrived.
  virtual void InstallCopy(understudy::ServerId id, const UnderstudySnapshot& copy) = 0;
  /// The server begins or ends to serve, and to accept writes.
  virtual void BeginService(understudy::ServerId id, understudy::Term term) = 0;
  virtual void EndService(understudy::ServerId id) = 0;

 protected:
  ~UnderstudySurroundings() = default;
};

class UnderstudyAgent : public Application {
 public:
  static TypeId GetTypeId();

  UnderstudyAgent();
  ~UnderstudyAgent() override;

  /// The addresses that the pair shares, and those that this server needs to know.
  struct Addresses {
    Address primary;
    Address monitor;
    Address peer;     ///< the other server's own
    Address witness;  ///< asked only if the configuration says so
  };

  /// Puts the agent on its host. `settings` are what is said of the pair; this class' attributes,
  /// where they are set, win over them. Throws std::invalid_argument for what cannot be.
  struct Setup {
    understudy::ServerId id = understudy::ServerId::first;
    understudy::PairSettings settings;
    Addresses addresses;
    understudy::Stream tokens;  ///< unlike the other server's
  };
  void Configure(Ptr<UnderstudyHost> host, const Setup& setup, UnderstudySurroundings& around);

  /// Throws std::invalid_argument, led by the attribute's name, if one is out of its range.
  void CheckAttributes() const;

  /// The host has booted.
  void Boot();
  /// Begins in the midst of things instead of with a boot; see understudy::Agent::settled.
  void Settle(const understudy::Agent::Settled& how);
  /// The power channel says what became of an order.
  void ReportPower(const understudy::FenceReport& report);
  /// The host's power has gone.
  void PowerGone();

  /// The host stands still, and with it the agent: its timers fire late, at the Thaw, after what
  /// has waited for it. The caller stops the host itself.
  void Freeze();
  void Thaw();
  /// The agent's process dies; the host, its addresses and the service go on. Boot() starts
  /// another.
  void Kill();
  /// The service hangs, and does so no longer.
  void SetServiceHanging(bool hanging);
  /// From now on the host's clock runs so fast, and the agent lives by it.
  void SetClockRate(double rate);
  /// A health check of the service has an answer; the host's own link went down, or is back; the
  /// operator wants something.
  void ReportHealth(understudy::Health health);
  void ReportLink(understudy::OwnLink link);
  void Request(understudy::Request request);
  /// Whether it takes inputs.
  bool Runs() const;

  const understudy::Agent& GetAgent() const;
  Ptr<UnderstudyHost> GetHost() const;

  /// TracedCallback signatures.
  typedef void (*EventTracedCallback)(const understudy::Event& event);
  typedef void (*RoleTracedCallback)(understudy::Role role, understudy::Cause cause);
  typedef void (*TakeoverTracedCallback)(understudy::Cause cause);
  /// A ping or a probe, and its token.
  typedef void (*SignalTracedCallback)(understudy::Address to, uint64_t token);
  /// Misses in a row from whoever should hold the address.
  typedef void (*MissTracedCallback)(understudy::Address from, uint32_t misses);
  typedef void (*OrderTracedCallback)(understudy::PowerOrder order);
  typedef void (*ReportTracedCallback)(understudy::FenceResult result);
  typedef void (*CopyTracedCallback)(understudy::CopyResult result);

 protected:
  void DoDispose() override;

 private:
  class Ports;

  void StartApplication() override;
  void StopApplication() override;
  understudy::Config MakeConfig(understudy::PairSettings settings) const;
  void Open();
  void Expire(understudy::Timer timer);
  void PlanTimer(understudy::Timer timer);
  void PlanTimers();
  void CancelTimers();
  void HearAnswer(const Address& from, uint64_t token);
  void HearMessage(const Address& from, std::span<const uint8_t> bytes);
  void HearConflict(const Address& address, Mac48Address rival);
  void EndCopy(const std::optional<UnderstudySnapshot>& copy);
  const Address& Locate(understudy::Address address) const;
  void Say(understudy::Event event);
  void Trace(const understudy::Event& event);
  void TraceNote(const understudy::Note& note);

  friend class UnderstudyAgentAttributes;
  UnderstudyAgentAttributes attributes_;
  Ptr<UnderstudyHost> host_;
  Addresses addresses_;
  UnderstudySurroundings* around_ = nullptr;
  understudy::Stream tokens_;
  understudy::History history_;
  std::unique_ptr<understudy::Agent> agent_;
  bool running_ = false;
  bool settled_ = false;

  Ptr<UnderstudyEcho> echo_;
  Ptr<UnderstudyDatagrams> datagrams_;
  Ptr<UnderstudyService> service_;
  Ptr<UnderstudyCopySink> copySink_;
  Ptr<UnderstudyCopySource> copySource_;
  std::array<EventId, understudy::timer_count> timers_;
  std::array<understudy::Time, understudy::timer_count> deadlines_;  // by its clock; never: none
  understudy::LocalClock clock_;
  bool frozen_ = false;
  bool serviceHangs_ = false;
  std::optional<std::optional<UnderstudySnapshot>> endedCopy_;  // while frozen

  TracedCallback<const understudy::Event&> event_;
  TracedCallback<understudy::Role, understudy::Cause> role_;
  TracedCallback<understudy::Cause> takeover_;
  TracedCallback<understudy::Address, uint64_t> pingSent_;
  TracedCallback<understudy::Address, uint64_t> pingAnswered_;
  TracedCallback<understudy::Address, uint32_t> pingMissed_;
  TracedCallback<understudy::Address, uint32_t> failureDeclared_;
  TracedCallback<understudy::PowerOrder> powerOrdered_;
  TracedCallback<understudy::FenceResult> powerReported_;
  TracedCallback<> copyStarted_;
  TracedCallback<understudy::CopyResult> copyEnded_;
  understudy::Role latestRole_ = understudy::Role::arbitrating;
};

}  // namespace ns3
