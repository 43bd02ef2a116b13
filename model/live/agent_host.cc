// SPDX-License-Identifier: MIT
#include "understudy/live/agent_host.h"

#include <fstream>
#include <utility>

#include "understudy/live/boot_clock.h"
#include "understudy/live/cannot_run.h"
#include "understudy/live/random.h"

namespace understudy::live {
namespace {

// Beyond the second in which Linux neighbours ignore a further change of an entry (`locktime`).
constexpr Duration past_locktime = std::chrono::milliseconds(1100);
// An answer within a link takes less.
constexpr Duration probe_wait = std::chrono::milliseconds(200);

std::size_t slot(Address address) { return static_cast<std::size_t>(address); }

std::string_view order_text(PowerOrder order) {
  switch (order) {
    case PowerOrder::off: return "switch the other server off";
    case PowerOrder::on: return "switch the other server on";
    case PowerOrder::reboot: return "reboot the other server";
  }
  return "?";
}

std::string_view result_text(FenceResult result) {
  switch (result) {
    case FenceResult::off: return "hears that the other server is off";
    case FenceResult::on: return "hears that the other server has power again";
    case FenceResult::refused: return "hears that the power channel refuses";
  }
  return "?";
}

}  // namespace

AgentHost::AgentHost(boost::asio::io_context& loop, const HostSettings& settings, Log& log,
                     Power& power, ServerMemory& memory)
    : settings_(settings),
      interface_(find_interface(settings.interface)),
      log_(log),
      power_(power),
      memory_(memory),
      history_(settings.state),
      addresses_(interface_),
      timers_(loop, [this] { timers_due(); }),
      echo_((check_addresses(), loop), interface_, settings.addresses.server,
            [this](const EchoReply& reply) { heard(reply); }),
      neighbours_(make_neighbours(loop, interface_, settings.addresses.server,
                                  [this](const IpAddress& address, const HardwareAddress& by) {
                                    heard_claim(address, by);
                                  })),
      link_(loop, interface_,
            {.own = settings.addresses.server,
             .peer = settings.addresses.peer,
             .port = settings.port},
            Sealer(settings.id, settings.secret, random_number()),
            [this](const Message& message) {
              give([&](World& world) { agent_.received(world, message); });
            }),
      programs_(
          loop, settings.service, log, [this] { return environment(); },
          [this](Health health) { give([&](World& world) { agent_.checked(world, health); }); }),
      before_boot_(loop),
      again_{boost::asio::steady_timer(loop), boost::asio::steady_timer(loop)},
      agent_(settings.id, settings.config) {}

// What stands in the way is better said before the first probe than found out at a failover.
void AgentHost::check_addresses() {
  std::ifstream switched_off("/proc/sys/net/ipv6/conf/" + interface_.name + "/disable_ipv6");
  if (settings_.addresses.server.is_v6() && switched_off.get() == '1') {
    throw CannotRun("IPv6 is switched off on " + interface_.name +
                    "; type `sysctl -w net.ipv6.conf." + interface_.name +
                    ".disable_ipv6=0`, or write IPv4 addresses");
  }
  bool has_own = false;
  for (const auto& present : addresses_.list()) {
    const std::string text = present.address.to_string();
    if (present.address == settings_.addresses.server && present.interface == interface_.index) {
      has_own = true;
      if (present.refused) {
        throw CannotRun("addresses.server (" + text +
                        ") is used by another machine too; give one of them another address");
      }
    }
    for (const Address shared : {Address::primary, Address::monitor}) {
      const int alone = present.address.is_v4() ? 32 : 128;
      if (present.address != settings_.addresses.of(shared)) continue;
      if (present.interface == interface_.index && present.prefix_length == alone) continue;
      throw CannotRun("this machine already has addresses." + std::string(to_text(shared)) + " (" +
                      text + "/" + std::to_string(present.prefix_length) +
                      "); remove it from the machine's own set-up, the daemon brings it");
    }
  }
  if (has_own) return;
  throw CannotRun("interface " + interface_.name + " does not have addresses.server (" +
                  settings_.addresses.server.to_string() +
                  "); add it to the machine's own set-up, or name the right one");
}

template <class Input>
void AgentHost::give(const Input& input) {
  if (!running_) return;
  now_ = boot_now();
  input(static_cast<World&>(*this));
}

void AgentHost::start(std::function<void()> started) {
  // An earlier life may have ended without a word.
  for (const Address address : {Address::primary, Address::monitor}) release(address);
  neighbours_->probe(settings_.addresses.server);
  before_boot_.expires_after(probe_wait);
  before_boot_.async_wait([this, started = std::move(started)](const auto& error) {
    if (error) return;
    boot();
    started();
  });
}

void AgentHost::boot() {
  running_ = true;
  since_ = boot_now();
  give([&](World& world) { agent_.booted(world); });
}

void AgentHost::leave(std::function<void()> done) {
  running_ = false;
  before_boot_.cancel();
  for (const Address address : {Address::primary, Address::monitor}) release(address);
  memory_.stop_copy();
  rest();
  programs_.wind_up(std::move(done));
}

bool AgentHost::holds(Address address) const { return claims_[slot(address)].there; }

// ---- inputs -------------------------------------------------------------------------------------

void AgentHost::timers_due() {
  // An answer that is here already was in time, however late this comes.
  echo_.drain();
  while (const auto timer = timers_.take_due(boot_now())) {
    give([&](World& world) { agent_.expired(world, *timer); });
  }
}

void AgentHost::heard(const EchoReply& reply) {
  for (const Address address : {Address::primary, Address::monitor, Address::witness}) {
    if (settings_.addresses.of(address) != reply.from) continue;
    ++counters_.answers;
    if (reply.token == latest_) round_trip_ = reply.received - signalled_;
    return give([&](World& world) {
      agent_.answered(world,
                      {.address = address, .token = reply.token, .received = reply.received});
    });
  }
  ++counters_.strangers;
}

void AgentHost::heard_claim(const IpAddress& address, const HardwareAddress& by) {
  if (address == settings_.addresses.server && !running_) {
    throw CannotRun("addresses.server (" + address.to_string() + ") is used by another machine, " +
                    hardware_text(by) + "; give one of them another address");
  }
  for (const Address shared : {Address::primary, Address::monitor}) {
    if (settings_.addresses.of(shared) != address || !claims_[slot(shared)].there) continue;
    if (counters_.conflicts++ == 0) {
      log_.say(Priority::warning, "hears " + hardware_text(by) + " claim the " +
                                      std::string(to_text(shared)) + " address too");
    }
    give([&](World& world) { agent_.contested(world, shared); });
  }
}

void AgentHost::power_reported(const FenceReport& report) {
  if (report.result == FenceResult::refused) ++counters_.refusals;
  log_.say(report.result == FenceResult::refused ? Priority::error : Priority::notice,
           std::string(result_text(report.result)));
  give([&](World& world) { agent_.fenced(world, report); });
}

void AgentHost::copied(CopyResult result) {
  if (result == CopyResult::whole) ++counters_.copies;
  give([&](World& world) { agent_.copied(world, result); });
}

void AgentHost::request(Request request) {
  give([&](World& world) { agent_.requested(world, request); });
}

// ---- the world ----------------------------------------------------------------------------------

Token AgentHost::draw_token() { return random_number(); }

void AgentHost::signal(Address address, Token token) {
  ++counters_.signals;
  if (address != Address::witness) {
    latest_ = token;
    signalled_ = now_;
  }
  // Where nobody answers yet, a neighbour is asked for once a second. A probe that is lost must not
  // cost the two after it.
  if (agent_.role() == Role::arbitrating) neighbours_->probe(settings_.addresses.of(address));
  echo_.send(settings_.addresses.of(address), token);
}

bool AgentHost::put_on(Address address) {
  const std::string mistake = addresses_.claim(settings_.addresses.of(address));
  if (mistake.empty()) return claims_[slot(address)].there = true;
  log_.say(Priority::error, "cannot put the " + std::string(to_text(address)) + " address on " +
                                interface_.name + ": " + mistake + "; trying again");
  return false;
}

void AgentHost::claim(Address address) {
  claims_[slot(address)].wanted = true;
  if (claims_[slot(address)].there || !put_on(address)) return;
  // First claim, then ask: a rival's kernel answers, and the agents settle who stays.
  neighbours_->probe(settings_.addresses.of(address));
  say_again_later(address);
}

void AgentHost::say_again_later(Address address) {
  auto& timer = again_[slot(address)];
  timer.expires_after(past_locktime);
  timer.async_wait([this, address](const boost::system::error_code& error) {
    if (error || !claims_[slot(address)].there) return;
    neighbours_->announce(settings_.addresses.of(address));
    neighbours_->probe(settings_.addresses.of(address));
  });
}

// Asks the kernel even for what was not claimed here: it may be left from an earlier life.
void AgentHost::release(Address address) {
  claims_[slot(address)] = {};
  again_[slot(address)].cancel();
  const std::string mistake = addresses_.release(settings_.addresses.of(address));
  if (mistake.empty()) return;
  log_.say(Priority::error, "cannot take the " + std::string(to_text(address)) + " address off " +
                                interface_.name + ": " + mistake);
}

void AgentHost::announce(Address address) {
  if (!claims_[slot(address)].wanted) return;
  if (!claims_[slot(address)].there && !put_on(address)) return;
  neighbours_->announce(settings_.addresses.of(address));
}

void AgentHost::order(PowerOrder order, Token token) {
  ++counters_.orders;
  log_.say(Priority::warning, "orders the power channel to " + std::string(order_text(order)));
  power_.order(order, token);
}

void AgentHost::serve(Term term) {
  memory_.serving(term);
  if (!std::exchange(serving_, true)) log_.say(Priority::notice, "serves");
  programs_.serve();
}

void AgentHost::rest() {
  memory_.resting();
  if (std::exchange(serving_, false)) log_.say(Priority::notice, "rests");
  programs_.rest();
}

void AgentHost::remember(const History& history) {
  if (history_.remember(history)) return;
  log_.say(Priority::error,
           "cannot keep its history (" + history_.why() + "): a boot now would forget its fences");
}

void AgentHost::note(const Note& note) {
  log_.say(priority_of(note), note_text(note, before_));
  switch (note.kind) {
    case Note::Kind::became:
      ++counters_.role_changes;
      before_ = note.role;
      cause_ = note.cause;
      since_ = now_;
      break;
    case Note::Kind::missed: ++counters_.misses; break;
    case Note::Kind::declared_failure:
      ++counters_.failures;
      programs_.failure_declared();
      break;
    case Note::Kind::slept: ++counters_.sleeps; break;
    default: break;
  }
}

std::vector<std::string> AgentHost::environment() const {
  return {"UNDERSTUDY_SERVER=" + std::string(to_text(settings_.id)),
          "UNDERSTUDY_ROLE=" + std::string(to_text(agent_.role())),
          "UNDERSTUDY_CAUSE=" + std::string(to_text(cause_)),
          "UNDERSTUDY_PRIMARY_ADDRESS=" + settings_.addresses.primary.to_string(),
          "UNDERSTUDY_MONITOR_ADDRESS=" + settings_.addresses.monitor.to_string()};
}

}  // namespace understudy::live
