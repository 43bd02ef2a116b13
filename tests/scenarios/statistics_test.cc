// SPDX-License-Identifier: MIT
#include "understudy/cli/statistics.h"

#include <gtest/gtest.h>

#include <vector>

namespace understudy::cli {
namespace {

TEST(Quantile, IsOnTheLineBetweenTwoValues) {
  const std::vector<double> values = {1.0, 2.0, 4.0, 8.0};
  EXPECT_DOUBLE_EQ(quantile(values, 0.0), 1.0);
  EXPECT_DOUBLE_EQ(quantile(values, 0.5), 3.0);
  EXPECT_DOUBLE_EQ(quantile(values, 0.95), 7.4);  // as numpy.quantile
  EXPECT_DOUBLE_EQ(quantile(values, 1.0), 8.0);
}

TEST(Quantile, OfOneValueIsThatValue) {
  EXPECT_DOUBLE_EQ(quantile({3.0}, 0.05), 3.0);
  EXPECT_DOUBLE_EQ(quantile({3.0}, 1.0), 3.0);
}

TEST(StatisticsOfValues, DoNotDependOnTheirOrder) {
  const Statistics s = statistics({8.0, 1.0, 4.0, 2.0});
  EXPECT_EQ(s.count, 4U);
  EXPECT_DOUBLE_EQ(s.median, 3.0);
  EXPECT_DOUBLE_EQ(s.percentile_5, 1.15);
  EXPECT_DOUBLE_EQ(s.percentile_95, 7.4);
  EXPECT_DOUBLE_EQ(s.least, 1.0);
  EXPECT_DOUBLE_EQ(s.greatest, 8.0);
  EXPECT_DOUBLE_EQ(s.mean, 3.75);
}

TEST(StatisticsOfValues, OfNothingCountNothing) { EXPECT_EQ(statistics({}), Statistics{}); }

}  // namespace
}  // namespace understudy::cli
