// SPDX-License-Identifier: MIT
//
// What a summary says of one measure.
#pragma once

#include <cstddef>
#include <vector>

namespace understudy::cli {

struct Statistics {
  std::size_t count = 0;  // of values; all else is 0 if there is none
  double median = 0.0;
  double percentile_5 = 0.0;
  double percentile_95 = 0.0;
  double least = 0.0;
  double greatest = 0.0;
  double mean = 0.0;
  bool operator==(const Statistics&) const = default;
};

[[nodiscard]] Statistics statistics(std::vector<double> values);

// Of values in order, at least one: between two of them, the line that connects them (Hyndman and
// Fan's definition 7, which NumPy and R take too).
[[nodiscard]] double quantile(const std::vector<double>& ordered, double p);

}  // namespace understudy::cli
