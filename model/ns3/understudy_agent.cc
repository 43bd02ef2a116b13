// SPDX-License-Identifier: MIT

#include "understudy/ns3/understudy_agent.h"

#include <algorithm>
#include <cassert>
#include <stdexcept>
#include <string_view>

#include <ns3/log.h>
#include <ns3/nstime.h>
#include <ns3/simulator.h>
#include <ns3/trace-source-accessor.h>

#include "understudy/failover/derive.h"
#include "understudy/failover/wire.h"

namespace ns3 {

NS_LOG_COMPONENT_DEFINE("UnderstudyAgent");
NS_OBJECT_ENSURE_REGISTERED(UnderstudyAgent);

namespace {

using Kind = understudy::Event::Kind;

understudy::Time now() {
  return understudy::Time{} + understudy::Duration(Simulator::Now().GetNanoSeconds());
}

std::string_view text_of(understudy::PowerOrder order) {
  switch (order) {
    case understudy::PowerOrder::off: return "off";
    case understudy::PowerOrder::on: return "on";
    case understudy::PowerOrder::reboot: return "off and on";
  }
  return "?";
}

std::string_view text_of(understudy::FenceResult result) {
  switch (result) {
    case understudy::FenceResult::off: return "off";
    case understudy::FenceResult::on: return "on";
    case understudy::FenceResult::refused: return "refused";
  }
  return "?";
}

Time until(understudy::Time when) { return std::max(NanoSeconds((when - now()).count()), Time(0)); }

}  // namespace

// The ports of the agent, during one input.
class UnderstudyAgent::Ports final : public understudy::World {
 public:
  explicit Ports(UnderstudyAgent& self) : self_(self) {}

  understudy::Time now() const override { return self_.clock_.shows(ns3::now()); }
  void arm(understudy::Timer timer, understudy::Time deadline) override {
    self_.deadlines_[static_cast<std::size_t>(timer)] = deadline;
    self_.PlanTimer(timer);
  }
  void disarm(understudy::Timer timer) override {
    self_.deadlines_[static_cast<std::size_t>(timer)] = understudy::never;
    self_.timers_[static_cast<std::size_t>(timer)].Cancel();
  }
  understudy::Token draw_token() override {
    const understudy::Token token = self_.tokens_.bits();
    return token != understudy::no_token ? token : 1;
  }
  void signal(understudy::Address address, understudy::Token token) override {
    self_.Say({.kind = Kind::ping_sent, .address = address, .value = token});
    self_.echo_->Send(self_.Locate(address), token);
  }
  void claim(understudy::Address address) override {
    if (self_.host_->Holds(self_.Locate(address))) return;
    self_.host_->Claim(self_.Locate(address));
    self_.Say({.kind = Kind::claimed, .address = address});
  }
  void release(understudy::Address address) override {
    if (!self_.host_->Holds(self_.Locate(address))) return;
    self_.host_->Release(self_.Locate(address));
    self_.Say({.kind = Kind::released, .address = address});
  }
  void announce(understudy::Address address) override {
    self_.Say({.kind = Kind::announcement_sent, .address = address});
    self_.host_->Announce(self_.Locate(address));
  }
  void tell(const understudy::Message& message) override {
    self_.Say({.kind = Kind::message_sent});
    self_.datagrams_->Send(self_.addresses_.peer, understudy::encode(message));
  }
  void order(understudy::PowerOrder order, understudy::Token token) override {
    self_.Say({.kind = Kind::ordered, .order = order});
    self_.around_->OrderPower(self_.agent_->id(), order, token);
  }
  void start_copy() override {
    self_.copySink_->Fetch(self_.addresses_.peer, MakeCallback(&UnderstudyAgent::EndCopy, &self_));
  }
  void stop_copy() override { self_.copySink_->Cancel(); }
  understudy::MemoryStamp memory() override { return self_.around_->GetMemory(self_.agent_->id()); }
  void serve(understudy::Term term) override {
    self_.around_->BeginService(self_.agent_->id(), term);
    self_.service_->Serve(self_.addresses_.primary);
    if (self_.serviceHangs_) return;
    self_.Say(
        {.kind = Kind::serving, .value = self_.around_->GetMemory(self_.agent_->id()).version});
  }
  void rest() override {
    if (!self_.service_->IsServing()) return;
    self_.service_->Rest();
    self_.around_->EndService(self_.agent_->id());
    if (!self_.serviceHangs_) self_.Say({.kind = Kind::resting});
  }
  void remember(const understudy::History& history) override { self_.history_ = history; }
  understudy::History recall() const override { return self_.history_; }
  void note(const understudy::Note& note) override {
    self_.Say({.kind = Kind::note, .note = note});
  }

 private:
  UnderstudyAgent& self_;
};

TypeId UnderstudyAgent::GetTypeId() {
  static TypeId tid = UnderstudyAgentAttributes::AddTo(
      TypeId("ns3::UnderstudyAgent")
          .SetParent<Application>()
          .SetGroupName("Understudy")
          .AddConstructor<UnderstudyAgent>()
          .AddTraceSource("Event", "Whatever the agent does or notes.",
                          MakeTraceSourceAccessor(&UnderstudyAgent::event_),
                          "ns3::UnderstudyAgent::EventTracedCallback")
          .AddTraceSource("Role", "The agent's new role, and the cause of the change.",
                          MakeTraceSourceAccessor(&UnderstudyAgent::role_),
                          "ns3::UnderstudyAgent::RoleTracedCallback")
          .AddTraceSource("Takeover",
                          "A monitor has become the primary in the other's place, for that cause.",
                          MakeTraceSourceAccessor(&UnderstudyAgent::takeover_),
                          "ns3::UnderstudyAgent::TakeoverTracedCallback")
          .AddTraceSource("PingSent", "A ping or, while arbitrating, a probe leaves.",
                          MakeTraceSourceAccessor(&UnderstudyAgent::pingSent_),
                          "ns3::UnderstudyAgent::SignalTracedCallback")
          .AddTraceSource("PingAnswered", "Its answer arrives, in time or not.",
                          MakeTraceSourceAccessor(&UnderstudyAgent::pingAnswered_),
                          "ns3::UnderstudyAgent::SignalTracedCallback")
          .AddTraceSource("PingMissed", "A ping had no answer in time.",
                          MakeTraceSourceAccessor(&UnderstudyAgent::pingMissed_),
                          "ns3::UnderstudyAgent::MissTracedCallback")
          .AddTraceSource("FailureDeclared", "The other is considered dead, after these misses.",
                          MakeTraceSourceAccessor(&UnderstudyAgent::failureDeclared_),
                          "ns3::UnderstudyAgent::MissTracedCallback")
          .AddTraceSource("PowerOrdered", "An order to the power channel: a fence, if off.",
                          MakeTraceSourceAccessor(&UnderstudyAgent::powerOrdered_),
                          "ns3::UnderstudyAgent::OrderTracedCallback")
          .AddTraceSource("PowerReported", "What the power channel says became of an order.",
                          MakeTraceSourceAccessor(&UnderstudyAgent::powerReported_),
                          "ns3::UnderstudyAgent::ReportTracedCallback")
          .AddTraceSource("CopyStarted", "A copy of the other's memory is asked for.",
                          MakeTraceSourceAccessor(&UnderstudyAgent::copyStarted_),
                          "ns3::TracedCallback::Empty")
          .AddTraceSource("CopyEnded", "The copy has arrived whole, or failed.",
                          MakeTraceSourceAccessor(&UnderstudyAgent::copyEnded_),
                          "ns3::UnderstudyAgent::CopyTracedCallback"));
  return tid;
}

UnderstudyAgent::UnderstudyAgent() { deadlines_.fill(understudy::never); }
UnderstudyAgent::~UnderstudyAgent() = default;

void UnderstudyAgent::DoDispose() {
  PowerGone();
  host_ = nullptr;
  around_ = nullptr;
  agent_.reset();
  echo_ = nullptr;
  datagrams_ = nullptr;
  service_ = nullptr;
  copySink_ = nullptr;
  copySource_ = nullptr;
  Application::DoDispose();
}

// ---- set-up -------------------------------------------------------------------------------------

understudy::Config UnderstudyAgent::MakeConfig(understudy::PairSettings settings) const {
  attributes_.ApplyTo(settings);
  const understudy::Config config = understudy::derive(settings);
  for (const understudy::Violation& violation : understudy::violations(config)) {
    if (violation.severity == understudy::Severity::error) {
      throw std::invalid_argument("ns3::UnderstudyAgent: " + violation.text);
    }
  }
  return config;
}

void UnderstudyAgent::CheckAttributes() const {
  understudy::PairSettings settings;
  attributes_.ApplyTo(settings);
}

void UnderstudyAgent::Configure(Ptr<UnderstudyHost> host, const Setup& setup,
                                UnderstudySurroundings& around) {
  host_ = host;
  addresses_ = setup.addresses;
  tokens_ = setup.tokens;
  around_ = &around;
  agent_ = std::make_unique<understudy::Agent>(setup.id, MakeConfig(setup.settings));

  echo_ = host->Install<UnderstudyEcho>();
  echo_->SetAnswerCallback(MakeCallback(&UnderstudyAgent::HearAnswer, this));
  datagrams_ = host->Install<UnderstudyDatagrams>();
  datagrams_->SetReceiveCallback(MakeCallback(&UnderstudyAgent::HearMessage, this));
  service_ = host->Install<UnderstudyService>();
  copySink_ = host->Install<UnderstudyCopySink>();
  copySource_ = host->Install<UnderstudyCopySource>();
  host->TraceConnectWithoutContext("Conflict", MakeCallback(&UnderstudyAgent::HearConflict, this));
}

// ---- life ---------------------------------------------------------------------------------------

void UnderstudyAgent::StartApplication() {
  const bool powered = host_->GetState() != UnderstudyHost::State::off;  // else its boot comes
  if (powered && !running_ && !settled_) Boot();
}

void UnderstudyAgent::StopApplication() { PowerGone(); }

void UnderstudyAgent::Open() {
  assert(agent_ && "configure the agent first");
  running_ = true;
  datagrams_->Open();
  copySource_->Open([around = around_, id = agent_->id()]() { return around->TakeSnapshot(id); });
}

void UnderstudyAgent::Boot() {
  Open();
  Ports ports(*this);
  agent_->booted(ports);
}

void UnderstudyAgent::Settle(const understudy::Agent::Settled& how) {
  settled_ = true;
  latestRole_ = how.role;
  Open();
  Ports ports(*this);
  agent_->settled(ports, how);
}

void UnderstudyAgent::PowerGone() {
  running_ = false;
  frozen_ = false;
  serviceHangs_ = false;
  endedCopy_.reset();
  deadlines_.fill(understudy::never);
  CancelTimers();
}

bool UnderstudyAgent::Runs() const { return running_ && !frozen_; }

// ---- what can befall it -------------------------------------------------------------------------

void UnderstudyAgent::Freeze() {
  frozen_ = true;
  CancelTimers();
}

void UnderstudyAgent::Thaw() {
  frozen_ = false;
  // What waits at the host's card is let in at this instant, by events that are planned already.
  Simulator::ScheduleNow(&UnderstudyAgent::PlanTimers, this);
  if (!endedCopy_) return;
  const auto copy = std::move(*endedCopy_);
  endedCopy_.reset();
  EndCopy(copy);
}

void UnderstudyAgent::Kill() {
  running_ = false;
  deadlines_.fill(understudy::never);
  CancelTimers();
  copySink_->Cancel();
  copySource_->Close();
  datagrams_->Close();
}

void UnderstudyAgent::SetServiceHanging(bool hanging) {
  if (serviceHangs_ == hanging) return;
  serviceHangs_ = hanging;
  service_->SetHanging(hanging);
  if (!service_->IsServing()) return;
  if (hanging) return Say({.kind = Kind::resting});
  Say({.kind = Kind::serving, .value = around_->GetMemory(agent_->id()).version});
}

void UnderstudyAgent::SetClockRate(double rate) {
  clock_.run_at(rate, now());
  if (!frozen_) PlanTimers();
}

void UnderstudyAgent::PlanTimer(understudy::Timer timer) {
  const auto slot = static_cast<std::size_t>(timer);
  timers_[slot].Cancel();
  const understudy::Time when = clock_.when(deadlines_[slot]);
  if (when == understudy::never) return;
  timers_[slot] = Simulator::Schedule(until(when), &UnderstudyAgent::Expire, this, timer);
}

// Those that are overdue in the order in which they should have fired.
void UnderstudyAgent::PlanTimers() {
  if (!Runs()) return;
  std::array<understudy::Timer, understudy::timer_count> order{};
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<understudy::Timer>(i);
  std::ranges::stable_sort(order, {}, [&](understudy::Timer timer) {
    return deadlines_[static_cast<std::size_t>(timer)];
  });
  for (const understudy::Timer timer : order) PlanTimer(timer);
}

void UnderstudyAgent::CancelTimers() {
  for (EventId& timer : timers_) timer.Cancel();
}

void UnderstudyAgent::ReportPower(const understudy::FenceReport& report) {
  if (!Runs()) return;
  Say({.kind = Kind::reported, .result = report.result});
  Ports ports(*this);
  agent_->fenced(ports, report);
}

const understudy::Agent& UnderstudyAgent::GetAgent() const { return *agent_; }
Ptr<UnderstudyHost> UnderstudyAgent::GetHost() const { return host_; }

// ---- inputs -------------------------------------------------------------------------------------

void UnderstudyAgent::ReportHealth(understudy::Health health) {
  if (!Runs()) return;
  Ports ports(*this);
  agent_->checked(ports, health);
}

void UnderstudyAgent::ReportLink(understudy::OwnLink link) {
  if (!Runs()) return;
  Ports ports(*this);
  agent_->linked(ports, link);
}

void UnderstudyAgent::Request(understudy::Request request) {
  if (!Runs()) return;
  Ports ports(*this);
  agent_->requested(ports, request);
}

void UnderstudyAgent::Expire(understudy::Timer timer) {
  deadlines_[static_cast<std::size_t>(timer)] = understudy::never;
  Ports ports(*this);
  agent_->expired(ports, timer);
}

void UnderstudyAgent::HearAnswer(const Address& from, uint64_t token) {
  using understudy::Address;
  if (host_->GetState() != UnderstudyHost::State::running) return;
  for (const Address address : {Address::primary, Address::monitor, Address::witness}) {
    if (Locate(address) != from) continue;
    Say({.kind = Kind::answer_heard, .address = address, .value = token});
    if (!running_) return;  // the kernel heard it, nobody else
    Ports ports(*this);
    agent_->answered(ports, {.address = address, .token = token, .received = ports.now()});
    return;
  }
}

void UnderstudyAgent::HearMessage(const Address& from, std::span<const uint8_t> bytes) {
  if (!Runs() || from != addresses_.peer) return;
  const auto message = understudy::decode(bytes);
  if (!message || message->from == agent_->id()) return;
  Ports ports(*this);
  agent_->received(ports, *message);
}

void UnderstudyAgent::HearConflict(const Address& address, Mac48Address /*rival*/) {
  if (!Runs()) return;
  for (const auto shared : {understudy::Address::primary, understudy::Address::monitor}) {
    if (Locate(shared) != address) continue;
    Ports ports(*this);
    agent_->contested(ports, shared);
  }
}

void UnderstudyAgent::EndCopy(const std::optional<UnderstudySnapshot>& copy) {
  if (frozen_) {
    endedCopy_ = copy;
    return;
  }
  if (!running_) return;
  if (copy) around_->InstallCopy(agent_->id(), *copy);
  Ports ports(*this);
  agent_->copied(ports, copy ? understudy::CopyResult::whole : understudy::CopyResult::failed);
}

const Address& UnderstudyAgent::Locate(understudy::Address address) const {
  switch (address) {
    case understudy::Address::primary: return addresses_.primary;
    case understudy::Address::monitor: return addresses_.monitor;
    case understudy::Address::witness: break;
  }
  return addresses_.witness;
}

// ---- what is told -------------------------------------------------------------------------------

void UnderstudyAgent::Say(understudy::Event event) {
  event.at = now();
  event.host = understudy::host_of(agent_->id());
  Trace(event);
  event_(event);
}

void UnderstudyAgent::Trace(const understudy::Event& event) {
  const auto who = understudy::to_text(agent_->id());
  switch (event.kind) {
    case Kind::note: return TraceNote(event.note);
    case Kind::ping_sent:
      NS_LOG_LOGIC(who << " pings the " << understudy::to_text(event.address) << " address");
      return pingSent_(event.address, event.value);
    case Kind::answer_heard:
      NS_LOG_LOGIC(who << " hears the " << understudy::to_text(event.address) << " address answer");
      return pingAnswered_(event.address, event.value);
    case Kind::claimed:
      NS_LOG_INFO(who << " claims the " << understudy::to_text(event.address) << " address");
      return;
    case Kind::released:
      NS_LOG_INFO(who << " releases the " << understudy::to_text(event.address) << " address");
      return;
    case Kind::serving: NS_LOG_INFO(who << " serves"); return;
    case Kind::resting: NS_LOG_INFO(who << " serves no longer"); return;
    case Kind::ordered:
      NS_LOG_INFO(who << " orders the other " << text_of(event.order));
      return powerOrdered_(event.order);
    case Kind::reported:
      NS_LOG_INFO(who << " is told by the power channel: " << text_of(event.result));
      return powerReported_(event.result);
    default: return;
  }
}

void UnderstudyAgent::TraceNote(const understudy::Note& note) {
  using NoteKind = understudy::Note::Kind;
  using understudy::CopyResult;
  using understudy::Role;
  using understudy::to_text;
  const auto who = to_text(agent_->id());
  switch (note.kind) {
    case NoteKind::became:
      NS_LOG_INFO(who << " is " << to_text(note.role) << ": " << to_text(note.cause));
      role_(note.role, note.cause);
      if (note.role == Role::primary && latestRole_ != Role::arbitrating &&
          latestRole_ != Role::handing_over) {
        takeover_(note.cause);
      }
      latestRole_ = note.role;
      return;
    case NoteKind::missed:
      NS_LOG_INFO(who << " misses an answer from the " << to_text(note.address) << " address, "
                      << note.count << " in a row");
      return pingMissed_(note.address, note.count);
    case NoteKind::declared_failure:
      NS_LOG_INFO(who << " declares a failure of the holder of the " << to_text(note.address)
                      << " address");
      return failureDeclared_(note.address, note.count);
    case NoteKind::held_fire:
      NS_LOG_INFO(who << " declares no failure: " << to_text(note.hold));
      return;
    case NoteKind::conflict_won:
      NS_LOG_INFO(who << " keeps the " << to_text(note.address) << " address in a conflict");
      return;
    case NoteKind::slept: NS_LOG_INFO(who << " was asleep"); return;
    case NoteKind::newer_memory: NS_LOG_INFO(who << " takes the other's newer memory"); return;
    case NoteKind::copy_started:
      NS_LOG_LOGIC(who << " copies the other's memory");
      return copyStarted_();
    case NoteKind::copy_whole:
      NS_LOG_LOGIC(who << " has a whole copy");
      return copyEnded_(CopyResult::whole);
    case NoteKind::copy_failed:
      NS_LOG_INFO(who << " has no copy: it failed");
      return copyEnded_(CopyResult::failed);
  }
}

}  // namespace ns3
