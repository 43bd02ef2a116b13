// SPDX-License-Identifier: MIT
#include "understudy/live/bystanders.h"

#include <gtest/gtest.h>

namespace understudy::live {
namespace {

constexpr HardwareAddress card{2, 0, 0, 0, 0, 1};
constexpr HardwareAddress other_card{2, 0, 0, 0, 0, 2};
constexpr HardwareAddress elsewhere{2, 0, 0, 0, 0, 9};

PairAddresses some_addresses() {
  return {.server = boost::asio::ip::make_address("192.0.2.1"),
          .peer = boost::asio::ip::make_address("192.0.2.2"),
          .primary = boost::asio::ip::make_address("192.0.2.10"),
          .monitor = boost::asio::ip::make_address("192.0.2.11"),
          .witness = {}};
}

struct WhoIsThere : testing::Test {
  PairAddresses addresses = some_addresses();
  Bystanders there{addresses};
};

TEST_F(WhoIsThere, NobodyIsNoStranger) {
  EXPECT_EQ(there.stranger_at(Address::primary), std::nullopt);
}

TEST_F(WhoIsThere, TheOtherServerIsKnownByItsOwnAddressWhicheverCameFirst) {
  there.heard(addresses.primary, card);
  EXPECT_EQ(there.stranger_at(Address::primary), card);
  there.heard(addresses.peer, card);
  EXPECT_EQ(there.stranger_at(Address::primary), std::nullopt);
}

TEST_F(WhoIsThere, TheOtherServerMayHaveSeveralCards) {
  for (const HardwareAddress& each : {card, other_card}) {
    there.heard(addresses.peer, each);
    there.heard(addresses.primary, each);
  }
  EXPECT_EQ(there.stranger_at(Address::primary), std::nullopt);
}

TEST_F(WhoIsThere, WhoeverElseHasASharedAddressIsAStranger) {
  there.heard(addresses.peer, card);
  there.heard(addresses.monitor, elsewhere);
  EXPECT_EQ(there.stranger_at(Address::monitor), elsewhere);
  EXPECT_EQ(there.stranger_at(Address::primary), std::nullopt);
}

TEST_F(WhoIsThere, TheOthersWordSpeaksForACardThatItsOwnAddressIsNotAt) {
  there.heard(addresses.peer, card);
  there.heard(addresses.primary, other_card);
  there.told(Address::primary);
  EXPECT_EQ(there.stranger_at(Address::primary), std::nullopt);
}

TEST_F(WhoIsThere, TheOthersWordSpeaksForNobodyBesideIt) {
  there.heard(addresses.peer, card);
  there.heard(addresses.primary, card);
  there.told(Address::primary);
  there.heard(addresses.primary, elsewhere);
  EXPECT_EQ(there.stranger_at(Address::primary), elsewhere);
}

TEST_F(WhoIsThere, AHardwareAddressThatThePairSharesIsNoStrangers) {
  addresses.shared_hardware = SharedHardware{.primary = elsewhere};
  addresses.shared_hardware->primary.back() = 8;
  Bystanders sharing(addresses);
  sharing.heard(addresses.primary, addresses.shared_hardware->of(Address::primary));
  sharing.heard(addresses.monitor, addresses.shared_hardware->of(Address::monitor));
  EXPECT_EQ(sharing.stranger_at(Address::primary), std::nullopt);
  EXPECT_EQ(sharing.stranger_at(Address::monitor), std::nullopt);
  sharing.heard(addresses.monitor, addresses.shared_hardware->of(Address::primary));
  EXPECT_NE(sharing.stranger_at(Address::monitor), std::nullopt) << "each has its own";
}

TEST_F(WhoIsThere, WhoeverIsGoneIsNoStranger) {
  there.heard(addresses.primary, card);
  there.forget_holders();  // asked anew; its power was cut before it answered for its own address
  EXPECT_EQ(there.stranger_at(Address::primary), std::nullopt);
  there.heard(addresses.primary, elsewhere);
  EXPECT_EQ(there.stranger_at(Address::primary), elsewhere);
}

TEST_F(WhoIsThere, ACrowdOfMadeUpMachinesIsForgotten) {
  there.heard(addresses.peer, card);
  HardwareAddress made_up = elsewhere;
  for (int i = 0; i < 1000; ++i) {
    made_up[2] = static_cast<std::uint8_t>(i);
    made_up[3] = static_cast<std::uint8_t>(i >> 8);
    there.heard(addresses.primary, made_up);
  }
  EXPECT_NE(there.stranger_at(Address::primary), elsewhere);
  there.heard(addresses.peer, made_up);
  EXPECT_FALSE(there.strange(Address::primary, made_up));
}

}  // namespace
}  // namespace understudy::live
