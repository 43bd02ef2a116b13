// SPDX-License-Identifier: MIT
//
// An agent is given any inputs in any order, with any tokens, at any time, under any configuration
// that derive() has no error for. Whatever comes, it keeps its promises (checked_world.cc), the
// same inputs lead a copy of it to the same state by the same outputs, and it never allocates.
//
// The bytes are decisions: the configuration first, then an input after the other. Many choose what
// a real world would do next (a timer fires, a signal is answered), or nothing would get far; the
// others are nonsense.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <string>

#include "../model/failover/support/allocations.h"
#include "bytes.h"
#include "checked_world.h"
#include "fuzz.h"
#include "understudy/failover/derive.h"
#include "understudy/failover/time_text.h"

namespace understudy::fuzz {
namespace {

using namespace std::chrono_literals;

// ---- the configuration --------------------------------------------------------------------------

PairSettings a_pair(Bytes& bytes) {
  PairSettings said;
  switch (bytes.below(4)) {
    case 0: break;
    case 1: said.method = Method::original; break;
    case 2:
      said.boot_min = 12s, said.boot_max = 28s, said.fence_max = 500ms, said.confirm_max = 0s;
      break;
    default:
      said.boot_min = 1s, said.boot_max = 2s, said.fence_max = 100ms, said.confirm_max = 10ms;
  }
  return said;
}

Duration a_span(Bytes& bytes) {
  constexpr std::array<Duration, 16> plausible = {
      0s, 1ns, 1ms, 10ms, 20ms, 50ms, 100ms, 200ms, 500ms, 1s, 2s, 10s, 1min, 1h, 24h, forever};
  const std::uint8_t choice = bytes.byte();
  return choice < 192 ? plausible[choice % plausible.size()] : bytes.span();
}

std::uint32_t a_count(Bytes& bytes) {
  const std::uint8_t choice = bytes.byte();
  if (choice < 240) return choice % 12;
  return static_cast<std::uint32_t>(bytes.number(4));
}

// Says one field, whichever.
void say_something(PairSettings& said, Bytes& bytes) {
  using Span = std::optional<Duration> PairSettings::*;
  using Count = std::optional<std::uint32_t> PairSettings::*;
  using Truth = std::optional<bool> PairSettings::*;
  using P = PairSettings;
  constexpr std::array<Span, 21> spans = {
      &P::ping_interval,    &P::ping_timeout,     &P::chen_margin,         &P::probe_timeout,
      &P::boot_min,         &P::boot_max,         &P::fence_max,           &P::confirm_max,
      &P::fence_timeout,    &P::fence_validity,   &P::restart_deadline,    &P::startup_grace,
      &P::monitor_grace,    &P::boots_window,     &P::announce_interval,   &P::asleep_after,
      &P::witness_patience, &P::handover_timeout, &P::taking_over_timeout, &P::ping_timeout,
      &P::ping_interval};
  constexpr std::array<Count, 7> counts = {&P::misses,         &P::probes,     &P::fence_attempts,
                                           &P::max_boots,      &P::copy_every, &P::watch_misses,
                                           &P::unhealthy_after};
  constexpr std::array<Truth, 5> truths = {&P::newer_memory_wins, &P::watch_monitor,
                                           &P::conflict_detection, &P::own_link, &P::witness};
  switch (bytes.below(10)) {
    case 0:
    case 1: said.*spans[bytes.below(spans.size())] = a_span(bytes); return;
    case 2:
    case 3: said.*counts[bytes.below(counts.size())] = a_count(bytes); return;
    case 4: said.*truths[bytes.below(truths.size())] = bytes.yes(); return;
    case 5: said.takeover = bytes.one_of<Takeover>(3); return;
    case 6: said.fence_mode = bytes.one_of<FenceMode>(2); return;
    case 7: said.on_fence_failure = bytes.one_of<OnFenceFailure>(2); return;
    case 8: said.detector = bytes.one_of<DetectorKind>(3); return;
    default:
      if (bytes.yes()) {
        said.phi_threshold = static_cast<double>(bytes.byte()) / 8.0;
      } else {
        said.clock_drift = static_cast<double>(bytes.byte()) / 512.0;
      }
  }
}

std::optional<Config> a_config(Bytes& bytes) {
  PairSettings said = a_pair(bytes);
  for (std::size_t fields = bytes.below(8); fields > 0; --fields) say_something(said, bytes);
  const Config config = derive(said);
  require(derive(settings(config)) == config, "derive(settings(config)) == config");
  for (const Violation& violation : violations(config)) {
    if (violation.severity == Severity::error) return std::nullopt;
  }
  return config;
}

// ---- the inputs ---------------------------------------------------------------------------------

// No pair runs for longer than this.
constexpr Time the_end{24h * 365 * 100};
// No pair changes its roles more often than this (wire.h).
constexpr Term latest_term = Term{1} << 62;

// With UNDERSTUDY_TELL in the environment: the configuration's fields and the inputs, as they come.
const bool telling = std::getenv("UNDERSTUDY_TELL") != nullptr;

void tell_input(const CheckedWorld& world, const Agent& agent, const Input& input) {
  if (!telling) return;
  const Message& message = input.message;
  std::cerr << to_text(world.now().time_since_epoch()) << ' ' << to_text(agent.role()) << ": ";
  switch (input.kind) {
    case Input::Kind::booted: std::cerr << "booted"; break;
    case Input::Kind::settled: std::cerr << "settled as " << to_text(input.how.role); break;
    case Input::Kind::answered:
      std::cerr << "answered from " << to_text(input.answer.address) << ", " << input.answer.token
                << ", at " << to_text(input.answer.received.time_since_epoch());
      break;
    case Input::Kind::expired: std::cerr << "expired " << to_text(input.timer); break;
    case Input::Kind::received:
      std::cerr << "received message " << static_cast<int>(message.kind) << " from "
                << to_text(message.from) << " about " << to_text(message.address) << ", term "
                << message.term << ", nonce " << message.nonce << ", memory " << message.memory.term
                << '.' << message.memory.version;
      break;
    case Input::Kind::contested: std::cerr << "contested " << to_text(input.address); break;
    case Input::Kind::fenced:
      std::cerr << "fenced " << input.report.token << ", " << static_cast<int>(input.report.result);
      break;
    case Input::Kind::copied: std::cerr << "copied " << static_cast<int>(input.copy); break;
    case Input::Kind::checked: std::cerr << "checked " << static_cast<int>(input.health); break;
    case Input::Kind::linked: std::cerr << "linked " << static_cast<int>(input.link); break;
    case Input::Kind::requested:
      std::cerr << "requested " << static_cast<int>(input.request);
      break;
  }
  std::cerr << '\n';
}

class Life {
 public:
  Life(ServerId id, const Config& config, Time begin)
      : agent_(id, config), world_(id, config, begin) {}

  void begin(Bytes& bytes) {
    Input input;
    if (bytes.yes()) {
      const Time now = world_.now();
      input.kind = Input::Kind::settled;
      input.how = {.role = bytes.yes() ? Role::primary : Role::monitor,
                   .first_ping = now + agent_.config().ping_interval / 2,
                   .first_announcement = now};
    }
    happens(input);
  }

  void step(Bytes& bytes) {
    switch (bytes.below(32)) {
      case 0: return happens({.kind = Input::Kind::booted});
      case 1: return happens({.kind = Input::Kind::contested, .address = an_address(bytes)});
      case 2: return happens({.kind = Input::Kind::expired, .timer = a_timer(bytes)});
      case 3: return pass(bytes.span());
      case 4: return world_replaces_memory(bytes);
      case 5: return split_in_two();
      case 6: return checked(bytes);
      case 7: return happens({.kind = Input::Kind::linked, .link = bytes.one_of<OwnLink>(2)});
      case 8:
      case 9: return happens({.kind = Input::Kind::requested, .request = bytes.one_of<Request>(3)});
      case 10:
      case 11: return happens({.kind = Input::Kind::copied, .copy = bytes.one_of<CopyResult>(2)});
      case 12:
      case 13:
      case 14: return fenced(bytes);
      case 15:
      case 16:
      case 17:
      case 18: return received(bytes);
      case 19: return answered_with_nonsense(bytes);
      case 20:
      case 21:
      case 22: return answered(bytes);
      case 23: return wake_late(bytes);
      default: return fire(bytes);
    }
  }

 private:
  void happens(const Input& input) {
    tell_input(world_, agent_, input);
    world_.begin(input);
    const std::size_t before = allocations();
    give(agent_, world_, input);
    const std::size_t after = allocations();
    require(after == before, "an agent allocates nothing");
    world_.end(agent_);
    if (!twin_) return;
    twin_->world.begin(input);
    give(twin_->agent, twin_->world, input);
    twin_->world.end(twin_->agent);
    require(twin_->agent == agent_ && twin_->world == world_,
            "the same inputs lead a copy to the same state by the same outputs");
  }

  void split_in_two() { twin_.emplace(Twin{agent_, world_}); }

  // Time alone, which no timer notices: the daemon was starved, or the machine slept.
  void pass(Duration span) { advance_to(after(world_.now(), span)); }
  void advance_to(Time when) {
    when = std::min(when, the_end);
    world_.advance_to(when);
    if (twin_) twin_->world.advance_to(when);
  }

  // A few timers, each in its time; a pair of which only one lives does nothing else.
  void fire(Bytes& bytes) {
    for (std::size_t times = 1 + bytes.below(16) / 4 * 3; times > 0; --times) fire_one();
  }
  void fire_one() {
    const std::optional<Timer> next = world_.next_timer();
    if (!next || world_.deadline(*next) > the_end) return;
    advance_to(world_.deadline(*next));
    happens({.kind = Input::Kind::expired, .timer = *next});
  }
  void wake_late(Bytes& bytes) {
    const std::optional<Timer> next = world_.next_timer();
    if (!next) return;
    advance_to(after(world_.deadline(*next), bytes.span()));
    happens({.kind = Input::Kind::expired, .timer = *next});
  }

  static Address an_address(Bytes& bytes) { return bytes.one_of<Address>(3); }
  static Timer a_timer(Bytes& bytes) { return bytes.one_of<Timer>(timer_count); }

  Token a_token(Bytes& bytes) {
    switch (bytes.below(8)) {
      case 0: return no_token;
      case 1: return bytes.number();
      case 2: return world_.nonce();
      case 3: return world_.ordered();
      case 4: return agent_.state().nonce;
      default: return world_.drawn(bytes.below(8));
    }
  }

  // What was asked last, soon.
  void answered(Bytes& bytes) {
    const Address address = bytes.below(4) == 0                          ? Address::witness
                            : held_in(agent_.role()) == Address::monitor ? Address::primary
                                                                         : Address::monitor;
    pass(bytes.below(4) == 0 ? bytes.span() : Duration(bytes.byte()) * 100'000);
    happens({.kind = Input::Kind::answered,
             .answer = {address, world_.signalled(address), world_.now()}});
  }
  void answered_with_nonsense(Bytes& bytes) {
    Answer answer{an_address(bytes), a_token(bytes), world_.now()};
    if (bytes.yes()) answer.token = world_.signalled(an_address(bytes));
    answer.received = std::max(Time{}, answer.received - bytes.span());
    happens({.kind = Input::Kind::answered, .answer = answer});
  }

  void received(Bytes& bytes) {
    Message message{.kind = bytes.one_of<Message::Kind>(7),
                    .from = bytes.below(16) == 0 ? agent_.id() : other(agent_.id()),
                    .address = bytes.below(8) == 0 ? Address::witness : bytes.one_of<Address>(2),
                    .healthy = bytes.yes()};
    message.term = a_term(bytes);
    message.nonce = bytes.yes() ? agent_.state().nonce : a_token(bytes);
    message.memory = {.term = a_term(bytes), .version = bytes.number(bytes.yes() ? 8 : 1)};
    happens({.kind = Input::Kind::received, .message = message});
  }
  Term a_term(Bytes& bytes) {
    const std::uint8_t choice = bytes.byte();
    if (choice < 192) return agent_.state().history.term + choice % 3;
    if (choice < 224) return choice - 192;
    return bytes.number() % latest_term;
  }

  void fenced(Bytes& bytes) {
    const FenceReport report{bytes.below(4) == 0 ? a_token(bytes) : world_.ordered(),
                             bytes.one_of<FenceResult>(3)};
    happens({.kind = Input::Kind::fenced, .report = report});
  }

  void checked(Bytes& bytes) {
    const auto health = bytes.one_of<Health>(2);
    for (std::size_t times = 1 + bytes.below(4); times > 0; --times) {
      happens({.kind = Input::Kind::checked, .health = health});
    }
  }

  void world_replaces_memory(Bytes& bytes) {
    const MemoryStamp memory{.term = a_term(bytes), .version = bytes.number(2)};
    world_.replace_memory(memory);
    if (twin_) twin_->world.replace_memory(memory);
  }

  struct Twin {
    Agent agent;
    CheckedWorld world;
  };
  Agent agent_;
  CheckedWorld world_;
  std::optional<Twin> twin_;
};

// A pair's configuration, and a life under it.
int judge(Bytes bytes) {
  const auto config = a_config(bytes);
  if (!config) return -1;
  const auto id = bytes.one_of<ServerId>(2);
  Life life(id, *config, Time{bytes.span()});
  life.begin(bytes);
  while (!bytes.empty()) life.step(bytes);
  return 0;
}

}  // namespace

std::string shortcoming(std::span<const std::uint8_t> ever_reached) {
  for (const Transition& row : transitions()) {
    const std::size_t landmark = landmark_of(row.from, row.cause);
    if (ever_reached[landmark] != 0) continue;
    return "no " + std::string(to_text(row.from)) + " changed its role for '" +
           std::string(to_text(row.cause)) + "'";
  }
  return {};
}

}  // namespace understudy::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return understudy::fuzz::judge(understudy::fuzz::Bytes({data, size}));
}
