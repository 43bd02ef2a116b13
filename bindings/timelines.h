// SPDX-License-Identifier: MIT
//
// One run as Python has it: what happened in words, and as lanes for a picture.
#pragma once

#include <pybind11/pybind11.h>

#include "understudy/outcome/timeline.h"
#include "understudy/scenario/scenario.h"

namespace understudy::python {

// {"lines": [(time_s, who, what), …], "spans": [(lane, who, what, begin_s, end_s), …],
//  "end_s": …}, of a timeline that was recorded at Detail::packets.
[[nodiscard]] pybind11::dict to_python(const Scenario& scenario, const Timeline& timeline);

}  // namespace understudy::python
