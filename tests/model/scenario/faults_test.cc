// SPDX-License-Identifier: MIT
#include "understudy/scenario/faults.h"

#include <gtest/gtest.h>

namespace understudy {
namespace {

constexpr Holders swapped{.primary = ServerId::second, .monitor = ServerId::first};

HostSet struck(FaultTarget target, const Holders& holders) {
  Fault fault;
  fault.target = target;
  return struck_by(fault, Topology{}, holders).hosts;
}

TEST(Faults, ARoleMeansWhoeverHoldsItsAddress) {
  EXPECT_EQ(struck(FaultTarget::primary, swapped), HostSet{Host::second});
  EXPECT_EQ(struck(FaultTarget::monitor, swapped), HostSet{Host::first});
  EXPECT_EQ(struck(FaultTarget::first, swapped), HostSet{Host::first});
  EXPECT_EQ(struck(FaultTarget::second, swapped), HostSet{Host::second});
  EXPECT_EQ(struck(FaultTarget::pair, swapped), (HostSet{Host::first, Host::second}));
}

TEST(Faults, AnEmptyRoleMeansNobody) {
  EXPECT_TRUE(struck(FaultTarget::primary, {}).empty());
  EXPECT_TRUE(struck(FaultTarget::monitor, {}).empty());
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
