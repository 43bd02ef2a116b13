// SPDX-License-Identifier: MIT
//
// One run of a scenario in the lab: the hosts, two daemons, the power controller between them, a
// client, the faults, and the referee that notes what happens. Tells it as a timeline.
//
// Faithful: the daemon is the program that administrators install, on real sockets, started and
// killed as theirs; the service moves with an address of the kernel's; time is real. Who holds an
// address is heard from each server's kernel; what an agent decides, from its daemon, at its own
// instants. What chance decides is drawn from the run's streams, as everywhere.
//
// Boots: `server.boot_time` is from power to a running agent. The daemon is started so much earlier
// as it usually takes to begin (start_up). A settled pair is started second first, which finds
// nobody and becomes the monitor, and first in time for the phase that was drawn for its own pings,
// to some milliseconds; 0 is the instant that meets the monitor's in theirs. A daemon that
// something stands in the way of is started again after a second, as by its unit. A copy is told to
// begin when the monitor asks for it, some time before the other server looks at its memory; so a
// whole one says, in its event's value, which version came. Left out: the draws for the other
// rhythms of a settled pair (announcements, copies, health checks), which fall as they fall; that a
// primary which hands over answers no requests, before its address goes.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "understudy/lab/agent_events.h"
#include "understudy/lab/capture.h"
#include "understudy/lab/client.h"
#include "understudy/lab/loop.h"
#include "understudy/lab/machine.h"
#include "understudy/lab/operator.h"
#include "understudy/lab/power_controller.h"
#include "understudy/lab/server_settings.h"
#include "understudy/lab/service_memory.h"
#include "understudy/lab/wires.h"
#include "understudy/outcome/client_log.h"
#include "understudy/outcome/timeline.h"
#include "understudy/outcome/troubles.h"
#include "understudy/scenario/plan.h"
#include "understudy/scenario/power_faults.h"
#include "understudy/scenario/writes.h"

namespace understudy::lab {

// From the start of the daemon to that of its agent: it loads, and asks for 200 ms whether another
// machine has its address.
inline constexpr Duration start_up = std::chrono::milliseconds(230);

class Experiment {
 public:
  // Builds the hosts. `folder` is empty, and the lab's own. `captures` are files by host, or none.
  Experiment(const Scenario& scenario, const Run& run, Detail detail, const Programs& programs,
             const std::filesystem::path& folder, std::vector<live::Descriptor> captures);
  Experiment(const Experiment&) = delete;
  Experiment& operator=(const Experiment&) = delete;

  // Takes as long as the scenario does, and a little. Throws std::runtime_error if the pair does
  // not settle, or a daemon gives up.
  [[nodiscard]] Timeline carry_out();

 private:
  struct Server : Troubles {
    Server(ServerId id, const Scenario& scenario, const Run& run,
           const std::filesystem::path& disk);
    std::unique_ptr<Machine> machine;
    AgentEvents events;
    live::Descriptor referee;  // hears of its addresses
    Role role = Role::arbitrating;
    Time role_since{};
    std::array<bool, 2> holds{};     // primary, monitor
    bool serving = false;            // says its agent
    bool answering = false;          // so it does, for all that is known
    bool kept_off = false;           // by the power channel: only the channel can end it
    Time ordered{};                  // the latest order that its agent gave
    std::optional<Time> probed;      // an address that nobody had, the last time
    std::uint32_t latest_order = 0;  // to the power channel, given by this server
    std::uint64_t incarnation = 0;   // counts powers-off, so that a cut-off boot does not end
    ServiceMemory memory;
    Boots boots;
    PowerDraws orders;

    bool in_maintenance = false;  // so its daemon was told
  };

  Server& server(ServerId id) { return servers_[index(id)]; }
  [[nodiscard]] std::optional<ServerId> holder(Address address) const;
  [[nodiscard]] Time now() const;

  void install_servers(const Programs& programs, const std::filesystem::path& folder);
  void install_referees();

  // Before the run.
  void settle();
  void boot_at_once(ServerId id);
  void await(const std::string& what, const std::function<bool()>& so);
  [[nodiscard]] std::optional<Time> beat() const;
  [[nodiscard]] Time instant_of_watch() const;
  [[nodiscard]] Time instant_of_phase(Duration phase) const;
  void say_how_it_begins();
  void plan();

  void power_off(ServerId id);
  enum class PowerFrom : std::uint8_t { itself, channel };
  void power_on(ServerId id, PowerFrom from);
  void kernel_up(ServerId id, std::uint64_t incarnation);
  void daemon_ended(ServerId id);
  void ordered(ServerId about, PowerOrder order, PowerController::Number visit);
  void carry_out(ServerId on, PowerOrder order);

  void plan_next(std::size_t number);
  void fault_begins(std::size_t number);
  void fault_ends(std::size_t number);
  [[nodiscard]] Time instant_of_strike(Time planned);
  void strike(ServerId id, const Fault& fault, Time ends);
  void relieve(ServerId id, const Fault& fault);
  void end_for(ServerId id, std::size_t number);
  void cure_by_power_cut(ServerId id);
  void freeze_or_thaw(ServerId id);
  void start_daemon(ServerId id);
  void tell_of_maintenance(ServerId id);
  void show_links();

  void take_events(ServerId id);
  void take_event(ServerId id, const Event& event);
  void copy_begins(ServerId to, const Event& started);
  void address_changed(ServerId id, const IpBytes& address, bool there);
  void tell_of_service(ServerId id, Time at);
  void sent(Host from, const FrameFacts& facts);
  void probed_in_vain(Host from, const IpBytes& address);
  void arrived(Host to, const FrameFacts& facts);
  void moved_port(Host host, Port port);
  void passed(Host at, const Frame& frame);
  void settle_request(Time sent, std::optional<Time> answered);

  void pass_writes();
  void keep_writing();
  void at(Time when, Loop::Action action);
  void say(Event event);     // it happens now
  void record(Event event);  // it has happened
  [[nodiscard]] Timeline finish();

  Scenario scenario_;
  Run run_number_;
  Detail detail_;
  Config config_;
  Addresses addresses_;
  bool running_ = false;
  Time zero_{};  // of the run, by the boot clock; until it runs, that of this clock
  Loop loop_;
  Wires::Cables cables_;
  Wires wires_;
  std::array<Server, 2> servers_;
  PowerController power_;
  Operator operator_;
  std::optional<Client> client_;

  std::deque<Time> pings_;  // the latest of the monitor
  bool answer_heard_ = false;
  Writes writes_;
  std::uint64_t writes_accepted_ = 0;
  std::optional<ServerId> last_primary_;
  bool had_primary_ = false;
  std::vector<Occurrences> occurrences_;  // by fault
  StruckFaults struck_;
  PowerFaults power_faults_;
  Time planned_strike_ = never;
  Time latest_strike_{};
  std::vector<Capture> captures_;  // by host, or none
  ClientLog log_;
  Timeline timeline_;
};

}  // namespace understudy::lab
