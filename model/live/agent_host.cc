// SPDX-License-Identifier: MIT
#include "understudy/live/agent_host.h"

#include <algorithm>
#include <utility>

#include "understudy/live/boot_clock.h"
#include "understudy/live/cannot_run.h"
#include "understudy/live/event_line.h"
#include "understudy/live/random.h"

namespace understudy::live {
namespace {

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

// A hello is answered at once, and each message makes up for a lost one.
constexpr Duration messages_wait = std::chrono::seconds(5);
// How often the last word is said.
constexpr int farewells = 3;

// Who does not mean the same two addresses is of another pair, whatever it knows: where one file
// has them swapped, each server would take the other for what it is not.
Secret secret_of_pair(const HostSettings& settings) {
  std::string text(settings.secret.begin(), settings.secret.end());
  for (const Address address : {Address::primary, Address::monitor}) {
    text += ' ' + settings.addresses.of(address).to_string();
  }
  return secret_from(text);
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
      keeper_(
          loop, history_.recall(),
          [this](const History& history) { return history_.keep(history); },
          [this](const std::string& mistake) { history_settled(mistake); }),
      shared_(
          loop,
          {.interface = interface_,
           .addresses = settings.addresses,
           .prefix = "us" + std::to_string(settings.port)},
          log,
          {.contested =
               [this](Address address) {
                 give([&](World& world) { agent_.contested(world, address); });
               },
           .ability_changed = [this] { ability_changed(); },
           .link_changed =
               [this] { give([&](World& world) { agent_.linked(world, shared_.own_link()); }); }}),
      timers_(loop, [this] { timers_due(); }),
      echo_(loop, interface_, settings.addresses.server,
            [this](const EchoReply& reply) { heard(reply); }),
      link_(loop, interface_,
            {.own = settings.addresses.server,
             .peer = settings.addresses.peer,
             .port = settings.port},
            Sealer(settings.id, secret_of_pair(settings), random_number()),
            [this](const Message& message) { told(message); }),
      programs_(
          loop, settings.service, log, [this] { return environment(); },
          [this](Health health) { checked(health); }),
      unable_(loop),
      handing_over_(loop),
      agent_(settings.id, settings.config) {}

template <class Input>
void AgentHost::give(const Input& input) {
  if (!running_) return;
  now_ = boot_now();
  input(static_cast<World&>(*this));
}

void AgentHost::start(std::function<void()> started) {
  shared_.look_around([this, started = std::move(started)] {
    boot();
    started();
  });
}

void AgentHost::boot() {
  running_ = true;
  since_ = boot_now();
  log_.event(event_line(since_, "booted"));
  give([&](World& world) { agent_.booted(world); });
  give([&](World& world) { agent_.linked(world, shared_.own_link()); });
}

void AgentHost::hand_over(std::function<void()> done) {
  hand_over_to_whom_answers(settings_.config.misses, std::move(done));
}

void AgentHost::hand_over_to_whom_answers(std::uint32_t pings_left, std::function<void()> done) {
  const Config& config = settings_.config;
  const State& state = agent_.state();
  if (!state.history.maintenance) request(Request::switchover);
  if (state.role != Role::handing_over) {
    const bool missed = state.role == Role::primary && state.heard && state.misses > 0;
    if (!missed || state.history.maintenance || pings_left == 0) return done();
    handing_over_.expires_after(config.ping_interval);
    handing_over_.async_wait([this, pings_left, done = std::move(done)](const auto& error) {
      if (!error) hand_over_to_whom_answers(pings_left - 1, done);
    });
    return;
  }
  when_handed_over_ = std::move(done);
  handing_over_.expires_after(config.handover_timeout + config.taking_over_timeout +
                              config.probes * config.probe_timeout);
  handing_over_.async_wait([this](const boost::system::error_code& error) {
    if (!error) handed_over();
  });
}

// The other was not ready in time, or serves and tells no announcements.
void AgentHost::look_for_settlement() {
  const State& state = agent_.state();
  const bool back = state.role == Role::primary;
  if (back || (state.role == Role::monitor && state.heard)) handed_over();
}

void AgentHost::handed_over() {
  if (const auto done = std::exchange(when_handed_over_, nullptr)) done();
}

void AgentHost::leave(std::function<void()> done) {
  running_ = false;
  unable_.cancel();
  handing_over_.cancel();
  shared_.leave();
  memory_.stop_copy();
  rest();
  // Nobody confirms it.
  for (int times = 0; times < farewells; ++times) {
    link_.tell({.kind = Message::Kind::farewell, .from = settings_.id});
  }
  programs_.wind_up(std::move(done));
}

void AgentHost::look_for_messages() {
  if (link_.acquainted() || !agent_.state().heard) {
    without_messages_ = never;
    return;
  }
  const Time now = boot_now();
  if (without_messages_ == never) without_messages_ = now;
  if (said_without_messages_ || now - without_messages_ < messages_wait) return;
  said_without_messages_ = true;
  log_.say(Priority::error,
           "the other server answers pings, but no message of it can be believed (" +
               std::to_string(link_.rejected()) +
               " rejected): nothing can be handed over, and two primaries would not hear of each "
               "other; give both one daemon.secret, one daemon.port, the same addresses.primary "
               "and addresses.monitor, and each its daemon.id, let UDP pass, and see that its "
               "daemon runs");
}

// ---- inputs -------------------------------------------------------------------------------------

void AgentHost::timers_due() {
  // An answer that is here already was in time, however late this comes.
  echo_.drain();
  while (const auto timer = timers_.take_due(boot_now())) {
    // What fires now may fence, and of a cable that is out the kernel tells up to a second late.
    if (*timer == Timer::ping_timeout || *timer == Timer::restart) shared_.look_at_link();
    give([&](World& world) { agent_.expired(world, *timer); });
  }
  look_for_settlement();
}

void AgentHost::heard(const EchoReply& reply) {
  for (const Address address : {Address::primary, Address::monitor, Address::witness}) {
    if (settings_.addresses.of(address) != reply.from) continue;
    ++counters_.answers;
    if (reply.token == latest_) round_trip_ = reply.received - signalled_;
    give([&](World& world) {
      agent_.answered(world,
                      {.address = address, .token = reply.token, .received = reply.received});
    });
    return look_for_settlement();
  }
  ++counters_.strangers;
}

void AgentHost::told(const Message& message) {
  if (message.kind == Message::Kind::announcement) shared_.told(message.address);
  const bool excused = agent_.state().excused;
  give([&](World& world) { agent_.received(world, message); });
  if (!excused && agent_.state().excused) {
    log_.say(Priority::notice,
             "the other server was stopped in good order: until it answers again there is no "
             "monitor, and it is not fenced for that");
  }
  // The other holds what this server has let go: it needs no second GO, nor a monitor to find, and
  // has not heard one yet whose end it would take for a failure.
  const bool other_serves = message.kind == Message::Kind::announcement &&
                            message.address == Address::primary &&
                            held_in(agent_.role()) != Address::primary;
  // Nor does a server that has left take anything over.
  if (other_serves || message.kind == Message::Kind::farewell) handed_over();
}

// A service that nobody can reach is none, whatever its own check says.
void AgentHost::checked(Health health) {
  if (!shared_.able()) health = Health::ill;
  give([&](World& world) { agent_.checked(world, health); });
}

// The agent hands over to a server that is able. Where a program looks after the service anyway,
// its next words will be those of a server that is able again.
void AgentHost::ability_changed() {
  unable_.cancel();
  if (shared_.able()) {
    if (settings_.service.health.empty()) checked(Health::well);
    return;
  }
  checked(Health::ill);
  unable_.expires_after(settings_.service.health_interval);
  unable_.async_wait([this](const boost::system::error_code& error) {
    if (!error && !shared_.able()) ability_changed();
  });
}

void AgentHost::power_reported(const FenceReport& report) {
  if (report.result == FenceResult::refused) ++counters_.refusals;
  log_.event(event_line(boot_now(), report.result));
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
  if (agent_.role() == Role::arbitrating) shared_.probe(settings_.addresses.of(address));
  echo_.send(settings_.addresses.of(address), token);
}

void AgentHost::order(PowerOrder order, Token token) {
  late_order_.reset();
  if (order == PowerOrder::off || keeper_.settled()) return give_order(order, token);
  late_order_ = {.order = order, .token = token};
}

void AgentHost::give_order(PowerOrder order, Token token) {
  ++counters_.orders;
  log_.event(event_line(now_, order));
  log_.say(Priority::warning, "orders the power channel to " + std::string(order_text(order)));
  power_.order(order, token);
}

void AgentHost::tell(const Message& message) {
  if (message.kind != Message::Kind::announcement || keeper_.settled()) return link_.tell(message);
  late_announcement_ = message;
}

void AgentHost::history_settled(const std::string& mistake) {
  if (!mistake.empty() && mistake != history_mistake_) {
    log_.say(Priority::error, "cannot keep its history (" + mistake +
                                  "): a boot now would forget its fences; make room, or give "
                                  "daemon.state another folder");
  }
  if (mistake.empty() && !history_mistake_.empty())
    log_.say(Priority::notice, "keeps its history again");
  history_mistake_ = mistake;
  if (!running_ || !keeper_.settled()) return;
  if (const auto late = std::exchange(late_announcement_, std::nullopt)) link_.tell(*late);
  if (const auto late = std::exchange(late_order_, std::nullopt))
    give_order(late->order, late->token);
}

void AgentHost::serve(Term term) {
  memory_.serving(term);
  if (!std::exchange(serving_, true)) {
    log_.say(Priority::notice, "serves");
    log_.event(event_line(now_, "serves"));
  }
  programs_.serve();
}

void AgentHost::rest() {
  memory_.resting();
  if (std::exchange(serving_, false)) {
    log_.say(Priority::notice, "rests");
    log_.event(event_line(boot_now(), "rests"));
  }
  programs_.rest();
}

// A term in which the memory was written is recalled even if the history of it was not safe yet.
History AgentHost::recall() const {
  History history = keeper_.recall();
  history.term = std::max(history.term, memory_.memory().term);
  return history;
}

void AgentHost::note(const Note& note) {
  log_.say(priority_of(note), note_text(note, before_));
  log_.event(event_line(now_, note));
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
