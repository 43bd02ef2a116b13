// SPDX-License-Identifier: MIT
//
// The service of the scenario, as a program of a server: answers each UDP request to the primary
// address with what it contained. It is bound to that address whoever holds it, so the kernel hands
// it requests while this server does, and from the first instant on. It answers at the server's own
// address as well, for health checks.
#pragma once

#include "understudy/lab/addresses.h"

namespace understudy::lab {

// Ends with the process alone.
[[noreturn]] void serve(const Addresses& addresses, Host host);

}  // namespace understudy::lab
