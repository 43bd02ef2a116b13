// SPDX-License-Identifier: MIT
//
// A pair in virtual time, from a program of one's own: how long until a crash of the primary is
// detected, and how long its clients get no answer, for three ping intervals. The worst of 1000
// crashes each; no ns-3 is needed.
//
// Expect about three intervals and a timeout until the failure is declared, and half a second more,
// the power channel's latency, until there is an answer again.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>

#include "understudy/outcome/outcome.h"
#include "understudy/scenario/reader.h"
#include "understudy/virtual_time/run.h"

namespace {

double seconds(const std::optional<understudy::Duration>& span) {
  return std::chrono::duration<double>(span.value()).count();  // throws, if it was not measured
}

}  // namespace

int main() {
  for (const int interval_ms : {50, 100, 200}) {
    const understudy::Scenario scenario = understudy::parse(
        "[pair]\n"
        "ping_interval = \"" +
            std::to_string(interval_ms) +
            "ms\"\n"
            "[run]\n"
            "duration = \"30s\"\n"
            "[[fault]]\n"
            "kind = \"crash\"\n"
            "target = \"primary\"\n"
            "at = { uniform = [\"10s\", \"11s\"] }\n",
        "a crash");
    double detection_s = 0.0;
    double outage_s = 0.0;
    for (std::uint64_t number = 1; number <= 1000; ++number) {
      const understudy::Outcome outcome = understudy::measure(
          scenario, understudy::virtual_time::run(scenario, {.seed = 1, .number = number}));
      const understudy::FaultOutcome& crash = outcome.faults.front();
      detection_s = std::max(detection_s, seconds(crash.detection));
      outage_s = std::max(outage_s, seconds(crash.outage));
    }
    std::printf("pings every %d ms: detected within %.3f s, out for %.3f s at most\n", interval_ms,
                detection_s, outage_s);
  }
}
