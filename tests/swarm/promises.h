// SPDX-License-Identifier: MIT
//
// What must be true of a run, held against its timeline:
//
// - with fence-first or restart-first and a power channel that tells the truth, never two servers
//   hold the primary address;
// - an address is held exactly in the roles that hold it, and only a primary serves;
// - a role changes by the table;
// - nobody is fenced without as many unanswered pings in a row as the policy asks for (`fixed`
//   detector: an adaptive one gives up sooner than an outsider can tell);
// - nobody is fenced by a server whose own link is down, if it is to heed that;
// - no more fences than max_boots within a window, by the server's own clock, and each backs off;
// - no copy overwrites the memory that is served from;
// - the agents do not flood the network with messages that answer messages (main.cc sees to that);
// - once the faults have ended and the pair has had its time, one server is the primary and serves,
//   the other is the monitor, and nothing changes any more. (The bare method does not promise it:
//   after a cold start of both, say, its servers boot each other for ever.)
#pragma once

#include <string>

#include "understudy/outcome/timeline.h"
#include "understudy/scenario/scenario.h"

namespace understudy::swarm {

enum class Verdict : std::uint8_t {
  kept,
  wrong,  // something happened that must not
  stuck,  // something did not happen that must: the pair has not settled
  // Both servers have been switched off, each by the other, and there is nobody to switch one on:
  // the price of ordering off and on apart. Nothing is wrong, but nothing settles either.
  dark,
};

struct Judgement {
  Verdict verdict = Verdict::kept;
  std::string what;  // which promise is broken
  Time at{};         // and when
};

// Of a run whose timeline was recorded with Detail::packets.
[[nodiscard]] Judgement judge(const Scenario& scenario, const Timeline& timeline);

}  // namespace understudy::swarm
