// SPDX-License-Identifier: MIT
//
// A transcript: a script of what happens to a pair and, beneath each command, what the pair did.
//
//   # Why this story matters.
//   pair takeover=fence-first
//   settle
//   crash first
//       0s  first crashes
//   advance 1s
//       120ms  second misses the 1st answer from the primary address
//       …
//
// A line that starts with `#` is a comment, one that starts with a space is expected, any other one
// is a command:
//
//   pair KEY=VALUE…          the pair's settings and what surrounds it (words.h); starts anew
//   settle [SERVER]          a pair that has been running: `first` (or SERVER) is the primary
//   boot SERVER…             the server is up, now
//   crash SERVER             its power is gone
//   stop SERVER              it is shut down in good order, and says farewell
//   pause | hang | thaw SERVER   what arrives meanwhile waits | is lost
//   restart SERVER           its daemon starts again, on a kernel that held on to its addresses
//   break | mend SERVER      its next boots don't end | do
//   advance SPAN             the only command that lets time pass
//   cut HOST [HOST]          between the two, or between the one and all
//   cut HOST to HOST         one way
//   heal                     all cuts
//   lose | hold SORT [from SERVER]   pings, answers, announcements, messages, or messages of a
//                            kind: prepare, ready, go, questions, reports,
//                            farewells
//   flow                     no more of that; what is held stays held
//   deliver | drop NAME…     held packets
//   power works | refuses | silent | lies | hold    what becomes of orders from now on
//   power strike | confirm | refuse ORDER           of a held one
//   health SERVER well | ill the service's health check has an answer
//   switchover SERVER        the operator wants it
//   maintenance SERVER on | off
//   client asks | client writes COUNT
//   detail changes | signals | everything           what the story tells
//   show                     who is what
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "understudy/failover/names.h"
#include "understudy/failover/transitions.h"

namespace understudy::transcript {

struct Played {
  std::string text;                            // the transcript, as it should read
  std::vector<std::string> broken_promises;    // there should be none
  std::set<std::pair<Role, Cause>> used_rows;  // of the table of transitions
};

// Plays the script of a transcript. Throws BadScript, with the number of the line.
[[nodiscard]] Played play(std::string_view transcript);

}  // namespace understudy::transcript
