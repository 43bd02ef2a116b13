// SPDX-License-Identifier: MIT
//
// What ails a server, and whom the faults of a scenario have struck: the part of them that is the
// same on every substrate. What striking does to a machine is each substrate's own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "understudy/outcome/timeline.h"
#include "understudy/scenario/faults.h"
#include "understudy/scenario/scenario.h"

namespace understudy {

// Of one server. Faults of a kind may overlap, so they are counted.
struct Troubles {
  Fate fate = Fate::off;
  std::uint16_t hangs = 0;
  std::uint16_t pauses = 0;
  std::uint16_t service_hangs = 0;
  std::uint16_t daemon_stops = 0;
  std::uint16_t boot_failures = 0;
  std::uint16_t maintenances = 0;
  bool stuck = false;  // in a boot that failed

  [[nodiscard]] bool frozen() const { return hangs > 0 || pauses > 0; }
  [[nodiscard]] bool kernel_runs() const { return fate == Fate::running && !frozen(); }
  [[nodiscard]] bool agent_runs() const { return kernel_runs() && daemon_stops == 0; }
  [[nodiscard]] bool can_be_struck(FaultKind kind) const;
  // The power is cut: whatever runs is gone, and what ailed it too. Whether anything did.
  bool end_with_the_power();

  bool operator==(const Troubles&) const = default;
};

// By fault, whom it has struck and not left.
class StruckFaults {
 public:
  explicit StruckFaults(std::size_t faults) : struck_(faults) {}

  // Whom a fault strikes that begins now, without those who cannot be: nobody, if `hosts` is empty.
  // `able` says of a server whether a kind can strike it.
  template <class Able>
  Struck begin(const Scenario& scenario, std::size_t number, const Holders& holders,
               const Able& able) {
    const Fault& fault = scenario.faults[number];
    Struck struck = struck_by(fault, scenario.topology, holders);
    for (const ServerId id : {ServerId::first, ServerId::second}) {
      if (strikes_servers(fault.kind) && !able(id, fault.kind)) struck.hosts.remove(host_of(id));
    }
    keep(fault, number, struck);
    return struck;
  }
  [[nodiscard]] const Struck& operator[](std::size_t number) const { return struck_[number]; }
  [[nodiscard]] std::size_t size() const { return struck_.size(); }
  void leave(std::size_t number, ServerId id) { struck_[number].hosts.remove(host_of(id)); }
  void end(std::size_t number) { struck_[number] = {}; }

  bool operator==(const StruckFaults&) const = default;

 private:
  void keep(const Fault& fault, std::size_t number, Struck& struck);

  std::vector<Struck> struck_;
};

}  // namespace understudy
