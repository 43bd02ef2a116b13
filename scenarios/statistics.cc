// SPDX-License-Identifier: MIT
#include "understudy/cli/statistics.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace understudy::cli {

double quantile(const std::vector<double>& ordered, double p) {
  const double place = p * static_cast<double>(ordered.size() - 1);
  const auto below = static_cast<std::size_t>(std::floor(place));
  if (below + 1 >= ordered.size()) return ordered.back();
  return std::lerp(ordered[below], ordered[below + 1], place - std::floor(place));
}

Statistics statistics(std::vector<double> values) {
  if (values.empty()) return {};
  std::ranges::sort(values);
  const double sum = std::accumulate(values.begin(), values.end(), 0.0);
  return {.count = values.size(),
          .median = quantile(values, 0.5),
          .percentile_5 = quantile(values, 0.05),
          .percentile_95 = quantile(values, 0.95),
          .least = values.front(),
          .greatest = values.back(),
          .mean = sum / static_cast<double>(values.size())};
}

}  // namespace understudy::cli
