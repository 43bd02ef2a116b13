// SPDX-License-Identifier: MIT
#include "promises.h"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "understudy/failover/transitions.h"
#include "understudy/scenario/faults.h"

namespace understudy::swarm {
namespace {

using Kind = Event::Kind;

// Long enough for whatever is under way to show.
constexpr Duration stays_for = std::chrono::seconds(1);

class Watch {
 public:
  explicit Watch(const Scenario& scenario)
      : scenario_(scenario), config_(scenario.config()), cut_off_(scenario.faults.size()) {
    one_primary_ = config_.method == Method::today && config_.takeover != Takeover::immediate &&
                   config_.on_fence_failure == OnFenceFailure::hold;
    if (scenario.run.start == Start::settled) {
      servers_[0].role = Role::primary;
      servers_[1].role = Role::monitor;
    }
  }

  std::optional<Judgement> run(const Timeline& timeline) {
    for (const Event& event : timeline.events) {
      if (event.at != now_) {
        check_addresses();
        now_ = event.at;
      }
      see_fault(event);
      if (event.host == Host::first || event.host == Host::second) {
        see(event, servers_[static_cast<std::size_t>(event.host)]);
      }
      if (broken_) return broken_;
    }
    check_addresses();
    if (broken_) return broken_;
    return std::nullopt;
  }

  [[nodiscard]] Time last_change() const { return last_change_; }

 private:
  struct Server {
    bool up = false;
    Role role = Role::arbitrating;
    std::array<bool, 2> holds{};
    bool serving = false;
    std::uint32_t unanswered = 0;  // pings in a row, since the role began
    Token last_ping = no_token;
    Time last_ping_at{};
    Time froze_at{};
    std::vector<Time> fences;
  };

  // A server's cable, or its switch; what strikes nobody in particular strikes all.
  void see_fault(const Event& event) {
    if (event.kind != Kind::fault_began && event.kind != Kind::fault_ended) return;
    const Fault& fault = scenario_.faults[event.fault];
    const bool cable = fault.kind == FaultKind::link_down && !of_network(fault.target);
    if (!cable && fault.kind != FaultKind::switch_failure) return;
    const HostSet hosts = event.struck.hosts.empty() ? HostSet::all() : event.struck.hosts;
    cut_off_[event.fault] = event.kind == Kind::fault_began ? hosts : HostSet{};
  }

  [[nodiscard]] bool cut_off(Host host) const {
    return std::ranges::any_of(cut_off_, [&](HostSet hosts) { return hosts.has(host); });
  }

  void see(const Event& event, Server& s) {
    switch (event.kind) {
      case Kind::note: return see_note(event.note, s);
      case Kind::claimed:
        s.holds.at(static_cast<std::size_t>(event.address)) = true;
        return expect(!one_primary_ || !servers_[0].holds[0] || !servers_[1].holds[0],
                      "two servers hold the primary address");
      case Kind::released: s.holds.at(static_cast<std::size_t>(event.address)) = false; return;
      case Kind::serving:
        s.serving = true;
        return expect(s.role == Role::primary, "a server serves that is no primary");
      case Kind::resting: s.serving = false; return;
      case Kind::powered_off: s = {.fences = std::move(s.fences)}; return;
      case Kind::up: s.up = true; return;
      case Kind::froze: s.froze_at = now_; return;
      case Kind::thawed:
        // Then a timer is so late that the server must notice that it was away.
        if (config_.asleep_after != forever &&
            surely(now_ - s.froze_at) > config_.asleep_after + config_.ping_interval) {
          s.unanswered = 0;
        }
        return;
      case Kind::ping_sent:
        if (s.role == Role::arbitrating || event.address == Address::witness) return;
        ++s.unanswered;
        s.last_ping = event.value;
        s.last_ping_at = now_;
        return;
      case Kind::answer_heard:
        if (event.value == s.last_ping && now_ - s.last_ping_at < surely(config_.ping_timeout)) {
          s.unanswered = 0;
        }
        return;
      case Kind::ordered:
        if (event.order == PowerOrder::on) return;
        expect(!config_.own_link || !cut_off(event.host),
               "a server is fenced by one whose own link is down");
        return see_fence(s);
      case Kind::reported:
        if (event.result == FenceResult::refused && !s.fences.empty()) s.fences.pop_back();
        return;
      default: return;
    }
  }

  void see_note(const Note& note, Server& s) {
    if (note.kind == Note::Kind::slept) s.unanswered = 0;
    expect(note.kind != Note::Kind::copy_whole || !s.serving,
           "a copy overwrites the memory that is served from");
    if (note.kind != Note::Kind::became) return;
    const Transition* row = find_transition(s.role, note.cause);
    expect(row != nullptr && row->to == note.role, "a role changes against the table");
    s.role = note.role;
    s.unanswered = 0;
    last_change_ = now_;
  }

  void see_fence(Server& s) {
    last_change_ = now_;
    const auto recent = static_cast<std::uint32_t>(std::ranges::count_if(
        s.fences, [&](Time when) { return now_ - when < surely(config_.boots_window); }));
    expect(config_.max_boots == 0 || recent < config_.max_boots,
           "more fences than max_boots in a window");
    if (config_.detector == DetectorKind::fixed) see_misses(s, recent);
    s.unanswered = 0;
    s.fences.push_back(now_);
  }

  void see_misses(const Server& s, std::uint32_t recent) {
    const bool open =
        s.last_ping != no_token && now_ - s.last_ping_at < surely(config_.ping_timeout);
    // The latest ping is no miss yet if its time is not over.
    const std::uint32_t needed =
        (s.role == Role::primary ? config_.watch_misses : config_.misses) + (open ? 1 : 0);
    expect(s.unanswered >= needed, "a server is fenced without fresh misses");
    const bool backs_off = config_.max_boots > 0 && recent > 0;
    expect(!backs_off || s.unanswered >= needed + (1U << recent), "a fence does not back off");
  }

  // At the end of each instant.
  void check_addresses() {
    for (const Server& s : servers_) {
      if (!s.up) continue;
      const auto held = held_in(s.role);
      for (const Address address : {Address::primary, Address::monitor}) {
        expect(s.holds.at(static_cast<std::size_t>(address)) == (held == address),
               "an address is held in a role that does not hold it, or the reverse");
      }
      expect(!s.serving || s.role == Role::primary, "a server serves that is no primary");
    }
  }

  // A time that the server measures with its own clock is at least as long as this.
  [[nodiscard]] Duration surely(Duration span) const {
    const double least = static_cast<double>(span.count()) * (1.0 - config_.clock_drift);
    return Duration(static_cast<Duration::rep>(least) - 1);
  }

  void expect(bool kept, const char* what) {
    if (!kept && !broken_) broken_ = Judgement{Verdict::wrong, what, now_};
  }

  const Scenario& scenario_;
  Config config_;
  std::vector<HostSet> cut_off_;  // by fault
  bool one_primary_ = false;
  std::array<Server, 2> servers_{};
  Time now_{};
  Time last_change_{};
  std::optional<Judgement> broken_;
};

}  // namespace

Judgement judge(const Scenario& scenario, const Timeline& timeline) {
  Watch watch(scenario);
  if (auto broken = watch.run(timeline)) return *broken;
  if (scenario.config().method == Method::original) return {};
  const Ending& ending = timeline.ending;
  if (ending.fates[0] == Fate::off && ending.fates[1] == Fate::off) {
    return {Verdict::dark, "both servers have been switched off", ending.at};
  }
  const auto is = [&](ServerId id, Role role) {
    return ending.fates.at(index(id)) == Fate::running && ending.roles.at(index(id)) == role;
  };
  using enum ServerId;
  const bool filled = (is(first, Role::primary) && is(second, Role::monitor)) ||
                      (is(second, Role::primary) && is(first, Role::monitor));
  if (!filled) return {Verdict::stuck, "the roles are not filled in time", ending.at};
  if (ending.at - watch.last_change() < stays_for) {
    return {Verdict::stuck, "the roles do not stay", watch.last_change()};
  }
  return {};
}

}  // namespace understudy::swarm
