// SPDX-License-Identifier: MIT
//
// One run of a scenario in ns-3: the network, two agents on it, their memories and the power
// channel between them, a client, and the faults. Tells what happens as a timeline.
//
// Faithful: every packet is a real one, through ns-3's own stacks. Left out: the power channel is
// no network (an order takes the latency that was drawn for it and meets no packet), and memories
// and programs take no time.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include <ns3/ptr.h>

#include "understudy/ns3/pair_network.h"
#include "understudy/ns3/run.h"
#include "understudy/ns3/server_memory.h"
#include "understudy/ns3/understudy_agent.h"
#include "understudy/outcome/client_log.h"
#include "understudy/outcome/timeline.h"
#include "understudy/outcome/troubles.h"
#include "understudy/scenario/plan.h"
#include "understudy/scenario/power_faults.h"

namespace understudy::ns3_substrate {

class Experiment final : public ns3::UnderstudySurroundings {
 public:
  // Builds everything in the simulation that is under way; it happens when that runs.
  Experiment(const Scenario& scenario, const Run& run, Detail detail);
  Experiment(const Experiment&) = delete;
  Experiment& operator=(const Experiment&) = delete;
  ~Experiment();

  [[nodiscard]] PairNetwork& network() { return *network_; }

  // To be called at the end of the simulation.
  [[nodiscard]] Timeline finish();

  // UnderstudySurroundings
  void OrderPower(ServerId by, PowerOrder order, Token token) override;
  MemoryStamp GetMemory(ServerId id) override;
  ns3::UnderstudySnapshot TakeSnapshot(ServerId id) override;
  void InstallCopy(ServerId id, const ns3::UnderstudySnapshot& copy) override;
  void BeginService(ServerId id, Term term) override;
  void EndService(ServerId id) override;

 private:
  struct Server : Troubles {
    Server(ServerId id, const Scenario& scenario, const Run& run)
        : memory(scenario.memory.size_bytes),
          boots(id, run),
          orders(id, run),
          health_checks(id, scenario.service, run) {}
    ns3::Ptr<ns3::UnderstudyAgent> agent;
    bool serving = false;
    bool kept_off = false;           // by the power channel: only the channel can end it
    std::uint32_t latest_order = 0;  // to the power channel, given by this server
    std::uint64_t incarnation = 0;   // counts powers-off, so that a cut-off boot does not end
    ServerMemory memory;
    Boots boots;
    PowerDraws orders;
    HealthChecks health_checks;

    bool in_maintenance = false;                 // so its agent was told
    bool health_watched = false;                 // a check is planned
    std::vector<std::function<void()>> waiting;  // for it to thaw
  };

  // What became of a request, told in the order of sending.
  struct Request {
    Time sent{};
    std::optional<Time> answered;
    bool settled = false;
  };

  Server& server(ServerId id) { return servers_[index(id)]; }
  [[nodiscard]] std::optional<ServerId> holder(Address address);

  void install_agents(const Run& run);
  void install_client();
  void start(const Run& run);
  void plan(const Run& run);

  void power_off(ServerId id);
  enum class PowerFrom : std::uint8_t { itself, channel };
  void power_on(ServerId id, PowerFrom from);
  void up(ServerId id, std::uint64_t incarnation);
  void carry_out(ServerId on, PowerOrder order);

  void plan_next(std::size_t number);
  void fault_begins(std::size_t number);
  void fault_ends(std::size_t number);
  void strike(ServerId id, const Fault& fault);
  void relieve(ServerId id, const Fault& fault);
  void end_for(ServerId id, std::size_t number);
  void cure_by_power_cut(ServerId id);
  void freeze_or_thaw(ServerId id);
  void set_clock_rate(ServerId id);
  void start_daemon(ServerId id);
  void moved_port(Host host, Port port);
  void watch_health(ServerId id);
  void check_health(ServerId id, std::uint64_t incarnation);
  void tell_of_maintenance(ServerId id);
  void tell_of_own_link(ServerId id);
  void report_power(ServerId to, const FenceReport& report);

  void pass_writes();
  void hear(const Event& event);
  void settle_request(std::uint64_t number, const Request& request);
  void say(Event event);

  Scenario scenario_;
  Time end_;
  Detail detail_;
  std::unique_ptr<PairNetwork> network_;
  std::array<Server, 2> servers_;
  Writes writes_;
  std::uint64_t writes_accepted_ = 0;
  std::optional<ServerId> last_primary_;
  bool had_primary_ = false;
  std::vector<Occurrences> occurrences_;  // by fault
  StruckFaults struck_;
  PowerFaults power_faults_;
  std::uint64_t first_open_request_ = 0;
  std::deque<Request> requests_;  // from that one on
  ClientLog log_;
  Timeline timeline_;
};

}  // namespace understudy::ns3_substrate
