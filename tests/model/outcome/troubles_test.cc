// SPDX-License-Identifier: MIT
#include "understudy/outcome/troubles.h"

#include <gtest/gtest.h>

namespace understudy {
namespace {

constexpr Holders first_is_primary{.primary = ServerId::first, .monitor = ServerId::second};
constexpr auto anybody = [](ServerId, FaultKind) { return true; };

class FaultsOfARun : public ::testing::Test {
 protected:
  FaultsOfARun() {
    scenario_.faults = {{.kind = FaultKind::hang, .target = FaultTarget::primary},
                        {.kind = FaultKind::link_down, .target = FaultTarget::pair}};
  }
  Struck begin(std::size_t number) {
    return struck_.begin(scenario_, number, first_is_primary, anybody);
  }

  Scenario scenario_;
  StruckFaults struck_{2};
};

TEST_F(FaultsOfARun, StrikeWhomTheyCan) {
  const auto second_alone = [](ServerId id, FaultKind) { return id == ServerId::second; };
  EXPECT_TRUE(struck_.begin(scenario_, 0, first_is_primary, second_alone).hosts.empty());
  EXPECT_TRUE(struck_[0].hosts.empty());
  EXPECT_TRUE(begin(0).hosts.has(ServerId::first));
}

TEST_F(FaultsOfARun, DoNotStrikeAgainWhomTheyHaveNotLeft) {
  begin(0);
  EXPECT_TRUE(begin(0).hosts.empty());
  struck_.leave(0, ServerId::first);
  EXPECT_TRUE(begin(0).hosts.has(ServerId::first));
}

TEST_F(FaultsOfARun, WithoutAnEndStrikeOneServerAfterTheOther) {
  scenario_.faults[1].target = FaultTarget::primary;
  begin(1);
  struck_.begin(scenario_, 1, {.primary = ServerId::second, .monitor = {}}, anybody);
  EXPECT_TRUE(struck_[1].hosts.has(ServerId::first));
  EXPECT_TRUE(struck_[1].hosts.has(ServerId::second));
}

TEST_F(FaultsOfARun, AreKeptUntilTheyEnd) {
  begin(1);
  EXPECT_TRUE(struck_[1].hosts.has(ServerId::first));
  EXPECT_TRUE(struck_[1].hosts.has(ServerId::second));
  struck_.end(1);
  EXPECT_TRUE(struck_[1].hosts.empty());
}

TEST(TroublesOfAServer, SayWhatElseCanStrikeIt) {
  Troubles troubles;
  EXPECT_FALSE(troubles.can_be_struck(FaultKind::crash));
  troubles.fate = Fate::running;
  EXPECT_TRUE(troubles.can_be_struck(FaultKind::crash));
  EXPECT_TRUE(troubles.can_be_struck(FaultKind::switchover));
  troubles.daemon_stops = 1;
  EXPECT_FALSE(troubles.can_be_struck(FaultKind::switchover));
  EXPECT_TRUE(troubles.can_be_struck(FaultKind::daemon_restart));
  troubles.hangs = 1;
  EXPECT_FALSE(troubles.can_be_struck(FaultKind::daemon_restart));
  EXPECT_TRUE(troubles.can_be_struck(FaultKind::pause));
}

TEST(TroublesOfAServer, EndWithThePowerButForThoseOfTheBootAndOfTheOperator) {
  Troubles troubles;
  troubles.fate = Fate::running;
  troubles.boot_failures = 1;
  troubles.maintenances = 1;
  const Troubles left = troubles;
  troubles.hangs = 1;
  EXPECT_TRUE(troubles.end_with_the_power());
  EXPECT_EQ(troubles, left);
  EXPECT_FALSE(troubles.end_with_the_power());
}

}  // namespace
}  // namespace understudy
