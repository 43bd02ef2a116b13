// SPDX-License-Identifier: MIT
//
// The live substrate: a scenario's run in the lab, with real sockets, kernels and processes.
//
// A lab is a process in namespaces of its own (network, mounts, processes; for whoever is not root
// also users), and all that it starts is in these or in further ones below. It touches nothing of
// the machine's: no link, no address, no file. When it ends, however it ends, the kernel ends all
// that it has started; and it ends at the latest with the process that asked for the run.
#pragma once

#include <filesystem>

#include "understudy/outcome/timeline.h"
#include "understudy/scenario/draws.h"
#include "understudy/scenario/scenario.h"

namespace understudy::lab {

// Takes as long as the scenario lasts, and some seconds. Throws BadInput for what the lab or the
// machine cannot do, and std::runtime_error for a run that failed or was interrupted by a signal,
// or whose captures cannot be written (into a folder that is there; empty: there are none).
[[nodiscard]] Timeline run(const Scenario& scenario, const Run& run,
                           Detail detail = Detail::changes,
                           const std::filesystem::path& pcap_directory = {});

}  // namespace understudy::lab
