// SPDX-License-Identifier: MIT
#include "understudy/scenario/faults.h"

#include <gtest/gtest.h>

namespace understudy {
namespace {

TEST(Faults, ARoleMeansWhoeverHoldsItsAddress) {
  const Holders swapped{.primary = ServerId::second, .monitor = ServerId::first};
  EXPECT_EQ(server_meant(FaultTarget::primary, swapped), ServerId::second);
  EXPECT_EQ(server_meant(FaultTarget::monitor, swapped), ServerId::first);
  EXPECT_EQ(server_meant(FaultTarget::first, swapped), ServerId::first);
  EXPECT_EQ(server_meant(FaultTarget::second, swapped), ServerId::second);
}

TEST(Faults, AnEmptyRoleAndTheNetworkMeanNobody) {
  EXPECT_EQ(server_meant(FaultTarget::primary, {}), std::nullopt);
  EXPECT_EQ(server_meant(FaultTarget::monitor, {}), std::nullopt);
  EXPECT_EQ(server_meant(FaultTarget::network, {.primary = ServerId::first, .monitor = {}}),
            std::nullopt);
}

TEST(Faults, LossesThatStrikeAtOnceAreIndependent) {
  std::vector<Fault> faults(3);
  faults[0].probability = 0.1;
  faults[1].probability = 0.5;
  faults[2].probability = 0.9;
  EXPECT_DOUBLE_EQ(combined_loss(faults, {true, true, false}), 1.0 - 0.9 * 0.5);
  EXPECT_DOUBLE_EQ(combined_loss(faults, {false, false, true}), 0.9);
  EXPECT_EQ(combined_loss(faults, {false, false, false}), 0.0);
}

}  // namespace
}  // namespace understudy
