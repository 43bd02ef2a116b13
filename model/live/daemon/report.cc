// SPDX-License-Identifier: MIT
#include "understudy/daemon/report.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "understudy/failover/time_text.h"
#include "understudy/failover/transitions.h"
#include "understudy/live/boot_clock.h"
#include "understudy/version.h"

namespace understudy::live {
namespace {

double seconds(Duration span) { return std::chrono::duration<double>(span).count(); }

// To the millisecond, which is what people can use.
std::string span_text(Duration span) {
  return to_text(Duration(std::chrono::round<std::chrono::milliseconds>(span)));
}

std::uint32_t fences_in_window(const AgentHost& host) {
  const Time now = boot_now();
  const Duration window = host.agent().config().boots_window;
  return static_cast<std::uint32_t>(
      std::ranges::count_if(host.agent().state().history.fences,
                            [&](Time fence) { return fence != never && now - fence < window; }));
}

std::string_view stage_text(Fence::Stage stage) {
  switch (stage) {
    case Fence::Stage::none: return "none";
    case Fence::Stage::ordered: return "ordered";
    case Fence::Stage::confirmed: return "confirmed";
    case Fence::Stage::power_on: return "power on ordered";
  }
  return "?";
}

std::string waiting_for(const State& state, Time now) {
  const auto until = [&](Timer timer) {
    const Time when = state.deadlines[static_cast<std::size_t>(timer)];
    return when == never ? std::string() : ", for " + span_text(std::max(when - now, Duration{}));
  };
  switch (state.role) {
    case Role::arbitrating:
      return "waits for an answer to its probes, " + std::to_string(state.probes_left) + " to go";
    case Role::fencing: return "waits for the other to be off" + until(Timer::fence);
    case Role::restarting: return "waits for the other to come back" + until(Timer::restart);
    case Role::handing_over: return "waits for the monitor to be ready" + until(Timer::handover);
    case Role::taking_over: return "waits for the primary to let go" + until(Timer::handover);
    case Role::monitor:
    case Role::primary: break;
  }
  if (state.holding_fire) return "declares nothing: " + std::string(to_text(state.hold));
  if (!state.heard && !state.grace_over) {
    return "has not heard the other yet and leaves it time to boot" + until(Timer::grace);
  }
  if (state.misses > 0) return "misses the other, " + std::to_string(state.misses) + " in a row";
  return state.heard ? "hears the other" : "has not heard the other";
}

std::string_view power_text(Surroundings::Power power) {
  switch (power) {
    case Surroundings::Power::none: return "none";
    case Surroundings::Power::not_asked: return "not asked yet";
    case Surroundings::Power::reached: return "reached";
    case Surroundings::Power::not_reached: return "not reached";
  }
  return "?";
}

std::string reason_of(const AgentHost& host) {
  for (const Transition& row : transitions()) {
    if (row.to == host.agent().role() && row.cause == host.cause()) return std::string(row.reason);
  }
  return std::string(to_text(host.cause()));
}

}  // namespace

nlohmann::json status_of(const AgentHost& host, const Surroundings& around) {
  const State& state = host.agent().state();
  const Time now = boot_now();
  nlohmann::json status = {
      {"ok", true},
      {"version", version},
      {"id", to_text(host.agent().id())},
      {"role", to_text(state.role)},
      {"cause", to_text(host.cause())},
      {"since_s", seconds(now - host.role_since())},
      {"term", state.history.term},
      {"holds_primary", host.holds(Address::primary)},
      {"holds_monitor", host.holds(Address::monitor)},
      {"serving", host.serving()},
      {"other_heard", state.heard},
      {"misses", state.misses},
      {"maintenance", state.history.maintenance},
      {"healthy", !state.ill},
      {"power", power_text(around.power)},
      {"fence", stage_text(state.fence.stage)},
      {"fences_in_window", fences_in_window(host)},
      {"copies", host.counters().copies},
      {"messages_heard", host.acquainted()},
      {"messages_rejected", host.rejected_messages()},
      {"round_trip_s", nullptr},
  };
  if (host.round_trip()) status["round_trip_s"] = seconds(*host.round_trip());
  return status;
}

nlohmann::json explanation_of(const AgentHost& host, const Log& log) {
  const State& state = host.agent().state();
  const Time now = boot_now();
  std::vector<std::string> lines;
  lines.push_back(std::string(to_text(host.agent().id())) + " is " +
                  std::string(to_text(state.role)) + " for " + span_text(now - host.role_since()) +
                  ": " + reason_of(host));
  lines.push_back("It " + waiting_for(state, now) + ".");
  if (state.history.maintenance) {
    lines.emplace_back("Maintenance is on: it fences nobody and takes nothing over.");
  }
  if (state.excused) {
    lines.emplace_back(
        "The other server was stopped in good order: it is not fenced until it has answered "
        "again.");
  }
  if (const auto fences = fences_in_window(host); fences > 0) {
    lines.push_back("It has fenced the other " + std::to_string(fences) + " times within " +
                    to_text(host.agent().config().boots_window) + "; after " +
                    std::to_string(host.agent().config().max_boots) + " it holds its fire.");
  }
  lines.emplace_back("What happened lately, the latest last:");
  for (const Log::Line& line : log.latest()) {
    lines.push_back("  " + span_text(now - line.at) + " ago: " + line.text);
  }
  return {{"ok", true}, {"lines", lines}};
}

std::string metrics_of(const AgentHost& host, const Surroundings& around) {
  const State& state = host.agent().state();
  const Counters& c = host.counters();
  std::string text;
  const auto add = [&](std::string_view name, std::string_view type, std::string_view help,
                       std::uint64_t value) {
    const std::string full = "understudy_" + std::string(name);
    text += "# HELP " + full + " " + std::string(help) + "\n# TYPE " + full + " " +
            std::string(type) + "\n" + full + " " + std::to_string(value) + "\n";
  };
  text += "# HELP understudy_role Which role the server has.\n# TYPE understudy_role gauge\n";
  for (std::size_t i = 0; i < role_count; ++i) {
    const auto role = static_cast<Role>(i);
    text += "understudy_role{role=\"" + std::string(to_text(role)) + "\"} " +
            (role == state.role ? "1" : "0") + "\n";
  }
  add("term", "gauge", "Tenures of the primary role, as far as known.", state.history.term);
  add("serving", "gauge", "Whether the service is to run here.", host.serving() ? 1 : 0);
  add("other_heard", "gauge", "Whether the other server has answered.", state.heard ? 1 : 0);
  add("maintenance", "gauge", "Whether the operator is at work.",
      state.history.maintenance ? 1 : 0);
  add("healthy", "gauge", "Whether the service here is well.", state.ill ? 0 : 1);
  add("signals_total", "counter", "Pings and probes sent.", c.signals);
  add("answers_total", "counter", "Answers heard.", c.answers);
  add("misses_total", "counter", "Pings without an answer in time.", c.misses);
  add("failures_total", "counter", "Failures declared.", c.failures);
  add("power_orders_total", "counter", "Orders to the power channel.", c.orders);
  add("power_refusals_total", "counter", "Orders that were refused.", c.refusals);
  add("conflicts_total", "counter", "Claims of a rival heard.", host.conflicts());
  add("role_changes_total", "counter", "Changes of role.", c.role_changes);
  add("sleeps_total", "counter", "Times that the server was asleep.", c.sleeps);
  if (around.power != Surroundings::Power::none) {
    add("power_reached", "gauge", "Whether the fence agent reached its device when last asked.",
        around.power == Surroundings::Power::reached ? 1 : 0);
  }
  add("copies_total", "counter", "Whole copies of the memory.", c.copies);
  add("copied_bytes_total", "counter", "Bytes that they brought.", around.bytes_received);
  add("messages_rejected_total", "counter", "Messages that were forged or came again.",
      host.rejected_messages());
  return text;
}

std::string summary_of(const AgentHost& host) {
  const State& state = host.agent().state();
  return std::string(to_text(state.role)) + "; " + waiting_for(state, boot_now());
}

}  // namespace understudy::live
